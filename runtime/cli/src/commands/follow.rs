//! What a server shows as it happens, line by line.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use crate::admin_client::{Server, Target};
use crate::exit::Exit;
use crate::output;

/// The server says something at least every 15 s; who hears nothing for so long has lost it.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// How a server ends what was not to be followed.
const ALL_SHOWN: &str = "that is all";

/// Lines that are read and not yet printed.
const LINES_MAX: usize = 64;

/// Whose lines are shown, and which of them.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Of one handler
    #[arg(long, value_name = "NAME")]
    handler: Option<String>,
    /// Of one call
    #[arg(long, value_name = "ID")]
    call_id: Option<String>,
    /// Whose; a tenant's token shows its own [default: the context's; without one, all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Which {
    /// Prints them as [`follow`] does, of this event if one is named.
    pub(super) fn follow(
        &self,
        path_of: &str,
        event: Option<&str>,
        past: &[(&str, String)],
        words: fn(&Value) -> String,
    ) -> Exit {
        let target = match self.server.target() {
            Ok(target) => target,
            Err(why) => return output::wrong(why),
        };
        let values = [
            (
                "tenant",
                self.tenant.as_deref().or(target.tenant.as_deref()),
            ),
            ("event", event),
            ("handler", self.handler.as_deref()),
            ("call_id", self.call_id.as_deref()),
        ];
        let past = past.iter().map(|(key, value)| (*key, Some(value.as_str())));
        let values: Vec<_> = values.into_iter().chain(past).collect();
        follow(&target, &path(path_of, &values), words)
    }
}

/// What ends a stream.
enum Ended {
    Closed,
    Broken(String),
}

/// Prints what comes from a path until it ends; `words` puts an object into a line.
fn follow(target: &Target, path: &str, words: fn(&Value) -> String) -> Exit {
    let body = match target.stream(path) {
        Ok(body) => body,
        Err(refusal) => return refusal.exit(),
    };
    let (tell, reported) = mpsc::sync_channel(LINES_MAX);
    // Reading may wait forever on a connection that is gone; the process ends without this thread.
    std::thread::spawn(move || {
        let lines = BufReader::new(body.into_reader()).lines();
        for line in lines {
            let line = line.map_err(|error| Ended::Broken(error.to_string()));
            let is_broken = line.is_err();
            if tell.send(line).is_err() || is_broken {
                return;
            }
        }
        // Nobody is left to tell when the other side is gone.
        let _ = tell.send(Err(Ended::Closed));
    });
    loop {
        let line = match reported.recv_timeout(SILENCE_MAX) {
            Ok(Ok(line)) => line,
            Ok(Err(Ended::Broken(why))) => {
                return output::wrong(format_args!("{} broke off: {why}", target.url()));
            }
            Ok(Err(Ended::Closed)) | Err(RecvTimeoutError::Disconnected) => {
                return output::wrong(format_args!("{} closed the connection", target.url()));
            }
            Err(RecvTimeoutError::Timeout) => {
                let seconds = SILENCE_MAX.as_secs();
                let url = target.url();
                return output::wrong(format_args!("nothing came from {url} for {seconds} s"));
            }
        };
        if let Some(exit) = show(&line, words) {
            return exit;
        }
    }
}

/// Prints one line; an exit when it was the last.
fn show(line: &str, words: fn(&Value) -> String) -> Option<Exit> {
    let Ok(shown) = serde_json::from_str::<Value>(line) else {
        return Some(output::wrong(
            "what came is not JSON; is it an evroute admin address?",
        ));
    };
    if shown.get("heartbeat").is_some() {
        return None;
    }
    if let Some(dropped) = shown.get("dropped") {
        output::tell(format_args!("({dropped} dropped: this reader is too slow)"));
        return None;
    }
    if let Some(why) = shown.get("end").and_then(Value::as_str) {
        if why != ALL_SHOWN {
            output::tell(format_args!("({why})"));
        }
        return Some(Exit::Done);
    }
    match output::line(words(&shown)) {
        true => None,
        false => Some(Exit::Done),
    }
}

/// A path with a query of those values that there are.
fn path(path: &str, values: &[(&str, Option<&str>)]) -> String {
    let given = values
        .iter()
        .filter_map(|(key, value)| Some((key, (*value)?)));
    let pairs: Vec<_> = given
        .map(|(key, value)| format!("{key}={}", escaped(value)))
        .collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", pairs.join("&")),
    }
}

/// As RFC 3986 section 2.1 has it.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_what_is_given_and_escapes_it() {
        assert_eq!(path("/logs", &[("tenant", None)]), "/logs");
        let values = [
            ("tenant", Some("acme")),
            ("a", None),
            ("call_id", Some("a@b&c=%")),
        ];
        assert_eq!(
            path("/logs", &values),
            "/logs?tenant=acme&call_id=a%40b%26c%3D%25"
        );
    }
}
