//! RPC methods of this module: `recordings.*`.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use evroute_module_api::{
    RpcCall, RpcError, RpcFuture, RpcMethod, RpcParams, RpcScope, ServerState,
};
use evroute_recording::{RecordedEvent, Recording};
use evroute_sip::Message;
use serde_json::{Value as Json, json};
use tokio::task::spawn_blocking;

use crate::Recordings;
use crate::recordings::Shared;
use crate::watched_calls::CALL_ID_BYTES_MAX;

/// How many recordings one answer lists at most.
const LISTED_MAX: usize = 100;
/// How many bytes of files are read for one answer, more by one file at most.
const READ_BYTES_MAX: usize = 16 << 20;
/// How long a call is watched, in seconds.
const WATCH_SECONDS: i64 = 3600;
const WATCH_SECONDS_MAX: i64 = 86_400;

pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "recordings.list",
        doc: "[TENANT] [BEFORE]: recorded runs, the newest first; next in the answer is what to go on before",
        scope: RpcScope::reads_tenant(0),
        is_large: true,
        call: RpcCall::Async(list),
    },
    RpcMethod {
        name: "recordings.get",
        doc: "ID [TENANT]: one recording, as evroute replay reads it, in Base64",
        scope: RpcScope::reads_tenant(1),
        is_large: true,
        call: RpcCall::Async(get),
    },
    RpcMethod {
        name: "recordings.watch",
        doc: "CALL_ID [SECONDS] [TENANT]: records each run of this call from now on, for an hour or so long",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Sync(watch),
    },
];

/// Whose recordings are meant; may be left open where there is one tenant.
fn of(server: &ServerState, params: &RpcParams, position: usize) -> Result<Arc<Shared>, RpcError> {
    let tenant = server.tenant_or_only(params.text_opt(position, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    let recordings: Option<&Recordings> = tenant.get();
    let recordings = recordings.ok_or_else(|| {
        RpcError::refused(format!(
            "nothing is recorded of tenant {}; write [tenant.recordings] in its configuration",
            tenant.id
        ))
    })?;
    Ok(Arc::clone(recordings.shared()))
}

/// A number as lists show it.
fn id(text: &str) -> Result<u64, RpcError> {
    u64::from_str_radix(text, 16).map_err(|_| {
        let wrong = format!("{text:?} is no recording's id; recordings.list shows them");
        RpcError::invalid_params(wrong)
    })
}

/// Does what waits for the disk where nobody else waits for it.
async fn beside<T: Send + 'static>(
    params: Result<(), RpcError>,
    does: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
) -> Result<T, RpcError> {
    params?;
    let done = spawn_blocking(does).await;
    done.unwrap_or_else(|_| {
        Err(RpcError::refused(
            "it panicked; the log says where".to_owned(),
        ))
    })
}

fn unreadable(error: &io::Error) -> RpcError {
    RpcError::refused(format!("the recordings cannot be read: {error}"))
}

fn list(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(beside(params.only(&["tenant", "before"]), move || {
        let shared = of(&server, &params, 0)?;
        let before = params.text_opt(1, "before")?;
        let before = before.as_deref().map(id).transpose()?.unwrap_or(u64::MAX);
        listed(&shared, before).map_err(|error| unreadable(&error))
    }))
}

fn listed(shared: &Shared, before: u64) -> io::Result<Json> {
    let (mut rows, mut read, mut next) = (Vec::new(), 0, None);
    let mut last = None;
    for number in shared.newest_first(before)? {
        if rows.len() >= LISTED_MAX || read >= READ_BYTES_MAX {
            next = last.map(|last: u64| format!("{last:x}"));
            break;
        }
        last = Some(number);
        let Some(file) = shared.read(number)? else {
            continue;
        };
        read += file.len();
        rows.push(row(number, &file));
    }
    Ok(json!({ "recordings": rows, "next": next }))
}

/// What a list says of one file, whatever is in it.
fn row(number: u64, file: &[u8]) -> Json {
    let (id, bytes) = (format!("{number:x}"), file.len());
    let recording = match evroute_recording::read(file) {
        Ok(recording) => recording,
        Err(error) => return json!({ "id": id, "bytes": bytes, "unreadable": error.to_string() }),
    };
    let Recording {
        header,
        event,
        calls,
        end,
    } = recording;
    let (header, event, end) = (
        header.unwrap_or_default(),
        event.unwrap_or_default(),
        end.unwrap_or_default(),
    );
    json!({
        "id": id,
        "bytes": bytes,
        "time_us": event.time_us,
        "kept": header.kept,
        "event": event.name,
        "call_id": call_id(&event),
        "handler": header.handler,
        "revision": header.revision,
        "component": header.component_digest,
        "outcome": end.outcome,
        "verdict": end.verdict,
        "fuel": end.fuel,
        "calls": calls.len(),
    })
}

fn call_id(event: &RecordedEvent) -> Option<String> {
    let wire = Bytes::from(event.message.clone()?);
    let message = Message::parse_without_body(&wire).ok()?;
    message.call_id().map(str::to_owned)
}

fn get(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(beside(params.only(&["id", "tenant"]), move || {
        let shared = of(&server, &params, 1)?;
        let text = params.text(0, "id")?;
        let file = shared
            .read(id(&text)?)
            .map_err(|error| unreadable(&error))?;
        let file = file.ok_or_else(|| {
            let gone = "it has given way to newer ones, or never was";
            RpcError::refused(format!("there is no recording {text}: {gone}"))
        })?;
        Ok(json!({ "id": text, "file": STANDARD.encode(file) }))
    }))
}

fn watch(server: &ServerState, params: &RpcParams) -> Result<Json, RpcError> {
    params.only(&["call_id", "seconds", "tenant"])?;
    let shared = of(server, params, 2)?;
    let call_id = params.text(0, "call_id")?;
    if call_id.is_empty() || call_id.len() > CALL_ID_BYTES_MAX {
        let wrong = format!("a Call-ID has 1 to {CALL_ID_BYTES_MAX} bytes");
        return Err(RpcError::invalid_params(wrong));
    }
    let seconds = match params.get(1, "seconds") {
        None => WATCH_SECONDS,
        Some(_) => params.integer(1, "seconds")?,
    };
    let seconds = u64::try_from(seconds)
        .ok()
        .filter(|&seconds| (1..=WATCH_SECONDS_MAX.unsigned_abs()).contains(&seconds));
    let seconds = seconds
        .ok_or_else(|| RpcError::invalid_params(format!("seconds is 1 to {WATCH_SECONDS_MAX}")))?;
    let now_us = shared.now_us();
    let until_us = now_us.saturating_add(seconds.saturating_mul(1_000_000));
    let watched = &shared.selection.watched;
    let added = watched.add(&call_id, until_us, now_us);
    added.map_err(|full| RpcError::refused(full.to_string()))?;
    Ok(json!({ "call_id": call_id, "seconds": seconds }))
}
