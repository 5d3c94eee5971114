//! GET /logs and GET /runs: what happens, as it happens, one JSON object in a line.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use super::AdminState;
use super::routes::{Asking, in_query};
use crate::feed::{FeedFilter, FeedKind, FeedReader, OldLine, Past, Taken};

/// How long a reader hears nothing at most: then it is told that there was nothing. Whoever hears
/// nothing for longer has lost the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn logs(
    state: State<AdminState>,
    asking: Extension<Asking>,
    uri: Uri,
) -> Response {
    follow(&state, &asking, &uri, FeedKind::Lines)
}

pub(super) async fn runs(
    state: State<AdminState>,
    asking: Extension<Asking>,
    uri: Uri,
) -> Response {
    follow(&state, &asking, &uri, FeedKind::Runs)
}

fn follow(state: &AdminState, asking: &Asking, uri: &Uri, kind: FeedKind) -> Response {
    let filter = FeedFilter {
        kind,
        tenant: asking.tenant.clone(),
        handler: in_query(uri, "handler"),
        event: in_query(uri, "event"),
        call_id: in_query(uri, "call_id"),
    };
    let past = match past(uri, kind) {
        Ok(past) => past,
        Err(why) => return (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    };
    // What is written between the two is shown twice rather than never.
    let reader = match state.parts.feed.read(filter.clone()) {
        Ok(reader) => reader,
        Err(refusal) => {
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{refusal}\n")).into_response();
        }
    };
    let old = past.map(|past| {
        let history = state.parts.feed.history();
        let tenant = filter.tenant.as_deref();
        history.lines(tenant, past, |line| filter.wants_old(line))
    });
    let following = Following {
        old: old.into_iter().flatten().collect(),
        ends_then: in_query(uri, "follow").as_deref() == Some("false"),
        reader,
        state: state.clone(),
        asking: asking.clone(),
        is_over: false,
    };
    let lines = stream::unfold(following, |mut following| async {
        let text = following.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), following))
    });
    let heads = [
        (CONTENT_TYPE, "application/jsonl"),
        (CACHE_CONTROL, "no-store"),
    ];
    (heads, Body::from_stream(lines)).into_response()
}

/// Which old lines are wanted first; none where the query says nothing of it.
fn past(uri: &Uri, kind: FeedKind) -> Result<Option<Past>, &'static str> {
    let number = |name: &str| match in_query(uri, name).map(|text| text.parse::<u64>()) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => {
            Err("since_us and lines are numbers: microseconds since 1970, and how many")
        }
    };
    let (since_us, lines) = (number("since_us")?, number("lines")?);
    if since_us.is_none() && lines.is_none() {
        return Ok(None);
    }
    match kind {
        FeedKind::Lines => Ok(Some(Past {
            since_us,
            lines: lines.map(|lines| usize::try_from(lines).unwrap_or(usize::MAX)),
        })),
        FeedKind::Runs => Err("of runs there is no history; leave out since_us and lines"),
    }
}

/// One who reads.
struct Following {
    /// What is shown first.
    old: VecDeque<OldLine>,
    /// Nothing is shown after them.
    ends_then: bool,
    reader: FeedReader,
    state: AdminState,
    asking: Asking,
    is_over: bool,
}

impl Following {
    /// What is sent next; none at the end.
    async fn next(&mut self) -> Option<String> {
        if self.is_over {
            return None;
        }
        if let Some(old) = self.old.pop_front() {
            return Some(old.text.to_string());
        }
        if self.ends_then {
            return Some(self.end("that is all"));
        }
        let taken = tokio::select! {
            biased;
            () = self.state.stop.cancelled() => return Some(self.end("the server stops")),
            taken = tokio::time::timeout(HEARTBEAT, self.reader.queue().take()) => taken,
        };
        if !self.asking.is_valid() {
            return Some(self.end("the token has ended"));
        }
        Some(match taken {
            Err(_) => "{\"heartbeat\":true}\n".to_owned(),
            Ok(Taken { text, dropped: 0 }) => text,
            Ok(Taken { text, dropped }) => format!("{text}{}\n", json!({ "dropped": dropped })),
        })
    }

    fn end(&mut self, why: &str) -> String {
        self.is_over = true;
        format!("{}\n", json!({ "end": why }))
    }
}
