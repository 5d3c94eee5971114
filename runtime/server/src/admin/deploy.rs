//! POST /deploy: a component on its way to the store.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use evroute_deploy::{ComponentDigest, StoreError};
use futures_util::StreamExt;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

use super::AdminState;
use super::routes::Asking;
use crate::deploys::{DeployError, Deploys};

/// How long the sender may take for the next piece.
const PIECE_DEADLINE: Duration = Duration::from_secs(10);

/// How long a component may take altogether.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(120);

/// How much is taken of a component that is refused already, in bytes.
const DISCARDED_BYTES_MAX: usize = 64 << 20;

/// Pieces that are waiting for the disk.
const PIECES_MAX: usize = 8;

/// Takes a component of the tenant that the query names. The answer is its digest, which
/// `deploy.put` makes a revision of.
pub(super) async fn deploy(
    State(state): State<AdminState>,
    Extension(asking): Extension<Asking>,
    body: Body,
) -> Response {
    let Some(deploys) = state.parts.deploys() else {
        return refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server starts; try again later",
        );
    };
    let Some(tenant) = asking.tenant.clone() else {
        return refused(
            StatusCode::BAD_REQUEST,
            "name the tenant: POST /deploy?tenant=NAME",
        );
    };
    match take(deploys, &asking, &tenant, body).await {
        Ok((digest, bytes)) => {
            Json(json!({ "digest": digest.to_string(), "bytes": bytes })).into_response()
        }
        Err((status, why)) => refused(status, &why),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

async fn take(
    deploys: Arc<Deploys>,
    asking: &Asking,
    tenant: &str,
    body: Body,
) -> Result<(ComponentDigest, u64), (StatusCode, String)> {
    let deploying = deploys
        .deploying(&asking.caller, tenant)
        .map_err(explained)?;
    let (_place, bytes_max) = deploys
        .begin_upload(&deploying)
        .map_err(|error| (StatusCode::TOO_MANY_REQUESTS, error.to_string()))?;
    let (pieces, received) = channel(PIECES_MAX);
    let writing = {
        let deploys = Arc::clone(&deploys);
        tokio::task::spawn_blocking(move || write(&deploys, received, bytes_max))
    };
    let sent = timeout(UPLOAD_DEADLINE, send(body, pieces)).await;
    let written = writing.await.map_err(|_| {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "it broke; the log says more".to_owned(),
        )
    })?;
    // A file that is too long, or a full disk, ends the receiving end first.
    let (digest, bytes) = match (written, sent) {
        (Err(error), _) => return Err(explained(error.into())),
        (Ok(Some(kept)), Ok(true)) => kept,
        (Ok(_), _) => {
            let why = "the component did not come to its end in time; send it again".to_owned();
            return Err((StatusCode::REQUEST_TIMEOUT, why));
        }
    };
    deploys.uploaded(&deploying, digest);
    Ok((digest, bytes))
}

/// A piece of a component, or its end.
type Piece = Option<axum::body::Bytes>;

/// Hands on what comes. True when it came to its end.
///
/// What nobody writes any more is taken nevertheless, for a while: whoever is cut off while sending
/// does not read why.
async fn send(body: Body, pieces: tokio::sync::mpsc::Sender<Piece>) -> bool {
    let mut body = body.into_data_stream();
    let mut left = DISCARDED_BYTES_MAX;
    loop {
        let Ok(next) = timeout(PIECE_DEADLINE, body.next()).await else {
            return false;
        };
        let piece = match next {
            None => None,
            Some(Ok(piece)) => Some(piece),
            Some(Err(_)) => return false,
        };
        let bytes = piece.as_ref().map_or(0, axum::body::Bytes::len);
        let is_end = piece.is_none();
        if pieces.send(piece).await.is_err() {
            left = left.saturating_sub(bytes);
        }
        if is_end || left == 0 {
            return is_end;
        }
    }
}

/// Writes what comes; keeps it when it comes to its end, else nothing.
fn write(
    deploys: &Deploys,
    mut pieces: Receiver<Piece>,
    bytes_max: u64,
) -> Result<Option<(ComponentDigest, u64)>, StoreError> {
    let mut writer = deploys.store().blobs().begin(bytes_max)?;
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Some(piece) => writer.add(&piece)?,
            None => return writer.finish().map(Some),
        }
    }
    Ok(None)
}

fn explained(error: DeployError) -> (StatusCode, String) {
    let status = match &error {
        DeployError::Store(StoreError::TooLong(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        error if error.is_refusal() => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, error.to_string())
}
