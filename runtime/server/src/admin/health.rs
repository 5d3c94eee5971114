//! GET /health and GET /metrics.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::AdminState;
use super::status::Phase;

/// The format of GET /metrics.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// 200 while calls are taken, 503 before and after. One word, so that it may be shown to anybody; and how many tenants did
/// not start, where there are some.
pub(super) async fn health(State(state): State<AdminState>) -> Response {
    let phase = state.parts.status.phase(&state.parts.shutdown);
    let code = match phase {
        Phase::Ready => StatusCode::OK,
        Phase::Starting | Phase::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut told = json!({ "status": phase.as_str() });
    let left_out = state.parts.status.ready().map_or(0, |ready| ready.left_out);
    if let (1.., Some(told)) = (left_out, told.as_object_mut()) {
        told.insert("tenants_left_out".to_owned(), json!(left_out));
    }
    (code, Json(told)).into_response()
}

pub(super) async fn metrics(State(state): State<AdminState>) -> Response {
    match state.parts.metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
