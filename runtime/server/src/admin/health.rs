//! GET /health and GET /metrics.

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::AdminState;
use super::routes::Asking;
use super::status::Phase;

/// The format of GET /metrics.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// 200 while calls are taken, 503 before and after. One word, so that it may be shown to anybody;
/// and how many tenants are still starting and how many did not start, where there are some.
pub(super) async fn health(State(state): State<AdminState>) -> Response {
    let phase = state.parts.status.phase(&state.parts.shutdown);
    let code = match phase {
        Phase::Ready => StatusCode::OK,
        Phase::Starting | Phase::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut reported = json!({ "status": phase.as_str() });
    if let (Some(ready), Some(reported)) = (state.parts.status.ready(), reported.as_object_mut()) {
        let counts = [
            ("tenants_starting", ready.starts.starting()),
            ("tenants_disabled", ready.starts.disabled()),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            reported.insert(name.to_owned(), json!(count));
        }
    }
    (code, Json(reported)).into_response()
}

/// All tenants; or one, in full, which is all that a tenant is shown.
pub(super) async fn metrics(
    State(state): State<AdminState>,
    Extension(asking): Extension<Asking>,
) -> Response {
    let metrics = &state.parts.metrics;
    let text = match &asking.tenant {
        None => metrics.text(),
        Some(tenant) => metrics.text_of(tenant),
    };
    match text {
        Ok(text) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
