//! POST /rpc: JSON-RPC 2.0.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use evroute_module_api::{RpcAccess, RpcCaller};
use serde_json::{Map, Value, json};

use super::audit::AuditedAction;
use super::gate::{Refused, too_many};
use super::routes::Asking;
use super::rpc_answer::RpcAnswer;
use super::waiting::Place;
use super::{
    AdminParts, AdminState, HEADER_DEADLINE, RPC_BODY_BYTES_MAX, RPC_CALLS_MAX, RpcError, RpcParams,
};

/// The most calls in one batch.
const RPC_BATCH_MAX: usize = 100;

/// How long one call may take. Longer than a SIP transaction (RFC 3261 section 17.1.1.2, timer B:
/// 32 s), which `tm.t_uac_start` waits for.
const RPC_DEADLINE: Duration = Duration::from_secs(60);

/// Methods of the process itself. They answer at once and are let in however many calls are under
/// way, so that an operator can always ask, and stop the server.
const ALWAYS: [&str; 2] = ["core.", "system."];

/// Answers a call or a batch of calls. A body that is too large is answered 413, one call too many
/// at the same time 503 (not of the methods of [`ALWAYS`]); everything else, errors included, is a
/// JSON-RPC response with 200, or 204 when nobody wants one.
pub(super) async fn rpc(
    State(state): State<AdminState>,
    Extension(asking): Extension<Asking>,
    Extension(place): Extension<Arc<Place>>,
    request: Request,
) -> Response {
    let body = tokio::time::timeout(HEADER_DEADLINE, Bytes::from_request(request, &state));
    let body = match body.await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) => return unread(&rejection),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let asked = match Asked::read(&body) {
        Ok(asked) => asked,
        Err(error) => return Json(error.response(&Value::Null)).into_response(),
    };
    if !asking.take(asked.len() - 1) {
        state.doorkeeper.count(Refused::Rate);
        return too_many();
    }
    if !state
        .doorkeeper
        .take_calls(Some(place.from()), asked.len() - 1)
    {
        return too_many();
    }
    let calling = Calling {
        caller: asking.caller,
        from: place.from(),
    };
    let place = state.calls.try_acquire();
    if place.is_err() && !asked.is_always_let_in() {
        let why = format!("{RPC_CALLS_MAX} calls are under way already; try again later");
        let busy = RpcError::refused(why).response(&Value::Null);
        return (StatusCode::SERVICE_UNAVAILABLE, Json(busy)).into_response();
    }
    let answer = answer(&state, &calling, asked).await;
    answer.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

/// What a body asks for.
enum Asked {
    One(Value),
    Batch(Vec<Value>),
}

impl Asked {
    fn read(body: &[u8]) -> Result<Self, RpcError> {
        let invalid = |why: String| Err(RpcError::new(RpcError::INVALID_REQUEST, why));
        match serde_json::from_slice(body) {
            Err(error) => Err(RpcError::new(
                RpcError::PARSE,
                format!("the body is not JSON: {error}"),
            )),
            Ok(Value::Array(calls)) if calls.is_empty() => invalid("the batch is empty".to_owned()),
            Ok(Value::Array(calls)) if calls.len() > RPC_BATCH_MAX => invalid(format!(
                "a batch has at most {RPC_BATCH_MAX} calls, this one has {}",
                calls.len()
            )),
            Ok(Value::Array(calls)) => Ok(Self::Batch(calls)),
            Ok(call) => Ok(Self::One(call)),
        }
    }

    /// At least one.
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Batch(calls) => calls.len().max(1),
        }
    }

    fn is_always_let_in(&self) -> bool {
        let calls = match self {
            Self::One(call) => std::slice::from_ref(call),
            Self::Batch(calls) => calls,
        };
        let method = |call: &Value| call.get("method")?.as_str().map(str::to_owned);
        let is_let_in = |name: String| ALWAYS.iter().any(|prefix| name.starts_with(prefix));
        calls.iter().all(|call| method(call).is_some_and(is_let_in))
    }
}

fn unread(rejection: &BytesRejection) -> Response {
    let message = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            format!("the body is larger than {RPC_BODY_BYTES_MAX} octets")
        }
        _ => "the body could not be read to its end".to_owned(),
    };
    let error = RpcError::new(RpcError::INVALID_REQUEST, message);
    (rejection.status(), Json(error.response(&Value::Null))).into_response()
}

/// The answer; none when it was notifications only.
async fn answer(state: &AdminState, calling: &Calling, asked: Asked) -> Option<Response> {
    let (calls, is_batch) = match asked {
        Asked::Batch(calls) => (calls, true),
        Asked::One(call) => (vec![call], false),
    };
    let mut answer = RpcAnswer::new(&state.answers, is_batch);
    for call in calls {
        answer_one(state, calling, call, &mut answer).await;
    }
    answer.finish()
}

/// Answers one call. What it answers is written at once and released.
async fn answer_one(state: &AdminState, calling: &Calling, call: Value, answer: &mut RpcAnswer) {
    let call = match Call::read(call) {
        Ok(call) => call,
        Err((id, message)) => {
            let error = RpcError::new(RpcError::INVALID_REQUEST, message);
            return answer.add(&id, &error.response(&id));
        }
    };
    let is_large = state.parts.methods().is_large(&call.method);
    let _permit = match is_large {
        true => state.answers.large_result().await,
        false => None,
    };
    let outcome = match is_large && answer.is_full() {
        true => Err(RpcAnswer::too_large()),
        false => perform(&state.parts, calling, &call.method, call.params).await,
    };
    // A call without an id is a notification: nobody wants to know.
    let Some(id) = call.id else {
        return;
    };
    let response = match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => error.response(&id),
    };
    answer.add(&id, &response);
}

/// One call, taken apart.
struct Call {
    id: Option<Value>,
    method: String,
    params: RpcParams,
}

impl Call {
    /// Takes a request object apart (JSON-RPC 2.0 section 4).
    fn read(call: Value) -> Result<Self, (Value, &'static str)> {
        let Value::Object(mut call) = call else {
            return Err((Value::Null, "a call is a JSON object"));
        };
        let id = call.remove("id");
        if !matches!(
            id,
            None | Some(Value::Null | Value::String(_) | Value::Number(_))
        ) {
            return Err((Value::Null, "\"id\" must be a text, a number or null"));
        }
        let wrong = |message| (id.clone().unwrap_or_default(), message);
        if call.remove("jsonrpc") != Some(Value::from("2.0")) {
            return Err(wrong("\"jsonrpc\" must be \"2.0\""));
        }
        let Some(Value::String(method)) = call.remove("method") else {
            return Err(wrong("\"method\" must be a text"));
        };
        let params = Self::params(&mut call)
            .ok_or_else(|| wrong("\"params\" must be a list or an object"))?;
        Ok(Self { id, method, params })
    }

    fn params(call: &mut Map<String, Value>) -> Option<RpcParams> {
        match call.remove("params") {
            None => Some(RpcParams::Positional(Vec::new())),
            Some(Value::Array(values)) => Some(RpcParams::Positional(values)),
            Some(Value::Object(values)) => Some(RpcParams::Named(values)),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => None,
        }
    }
}

/// Who calls, and from where.
pub(super) struct Calling {
    pub(super) caller: Arc<RpcCaller>,
    pub(super) from: IpAddr,
}

/// Calls the method if its scope admits the caller. What changes something is audited, and what is
/// refused for its scope.
pub(super) async fn perform(
    parts: &AdminParts,
    calling: &Calling,
    method: &str,
    params: RpcParams,
) -> Result<Value, RpcError> {
    let Some(scope) = parts.methods().scope(method) else {
        return Err(unknown(parts, method));
    };
    let tenant = scope.named_tenant(&params);
    let outcome = match calling.caller.admit(scope, params) {
        Ok(params) => run(parts, &calling.caller, method, params).await,
        Err(error) => Err(error),
    };
    let is_forbidden = matches!(&outcome, Err(error) if error.code == RpcError::FORBIDDEN);
    if is_forbidden || scope.access == RpcAccess::Change {
        let own = calling.caller.tenant().map(|tenant| tenant.as_str());
        parts.audit.record(&AuditedAction {
            caller: &calling.caller,
            from: calling.from,
            method,
            tenant: tenant.as_deref().or(own),
            outcome: outcome.as_ref().map(|_| ()),
        });
    }
    outcome
}

fn unknown(parts: &AdminParts, method: &str) -> RpcError {
    let message = if parts.status.ready().is_some() {
        format!("there is no method {method:?}; system.listMethods lists them")
    } else {
        format!("there is no method {method:?} while the server starts; try again later")
    };
    RpcError::new(RpcError::METHOD_NOT_FOUND, message)
}

/// Calls the method in a task of its own: a panic in it is an answer, and a caller who hangs up
/// does not undo half of it.
async fn run(
    parts: &AdminParts,
    caller: &Arc<RpcCaller>,
    method: &str,
    params: RpcParams,
) -> Result<Value, RpcError> {
    let Some(call) = parts.methods().call(method, Arc::clone(caller), params) else {
        return Err(unknown(parts, method));
    };
    let mut task = parts.shutdown.tasks().spawn(call);
    tokio::select! {
        ended = &mut task => ended.unwrap_or_else(|error| {
            tracing::error!(%error, method, "an RPC method broke");
            Err(RpcError::internal("the method broke; the server's log says more"))
        }),
        () = tokio::time::sleep(RPC_DEADLINE) => {
            task.abort();
            let message = format!("no answer within {} s", RPC_DEADLINE.as_secs());
            Err(RpcError::new(RpcError::DEADLINE, message))
        }
        () = parts.shutdown.cutting().cancelled() => {
            task.abort();
            Err(RpcError::refused("the server stops"))
        }
    }
}
