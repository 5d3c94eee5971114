//! GET /logs and GET /runs over a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::Running;
use crate::NewToken;
use crate::feed::tests::line;

/// One who reads, by chunks as they come.
struct Reader(BufReader<TcpStream>);

impl Reader {
    fn open(running: &Running, path: &str, token: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(running.address).unwrap();
        let host = running.address;
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token = token.unwrap_or_default();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{token}\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let head = Self::head(&mut reader);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        Self(reader)
    }

    fn head(reader: &mut BufReader<TcpStream>) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        head
    }

    /// The next chunk (RFC 9112 section 7.1): objects, each a line. Empty at the end.
    fn next(&mut self) -> Vec<Value> {
        let mut size = String::new();
        self.0.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).unwrap();
        let lines = std::str::from_utf8(&chunk[..size]).unwrap().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn say(running: &Running, tenant: &str, text: &str) {
    running.parts.feed.line(&line(tenant, text));
}

fn token(running: &Running, tenant: &str) -> String {
    let new = NewToken {
        name: "ci".to_owned(),
        tenant: Some(tenant.to_owned()),
        reads_only: true,
        expires: None,
        by: "test".to_owned(),
    };
    let made = running.parts.tokens.create(new, 1_800_000_000).unwrap();
    made.text().to_owned()
}

#[test]
fn a_tenant_reads_its_own_lines_until_its_token_is_revoked() {
    let running = Running::start(None);
    let token = token(&running, "demo");
    let foreign = format!(
        "GET /logs?tenant=other HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}",
        running.address
    );
    assert_eq!(running.exchange(&foreign, "").0, 403);
    let mut reader = Reader::open(&running, "/logs?handler=guard", Some(&token));
    say(&running, "other", "not for demo");
    say(&running, "demo", "one");
    let lines = reader.next();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["text"], &lines[0]["call_id"]),
        (&"one".into(), &"a@b".into())
    );
    running.parts.tokens.revoke("ci", Some("demo")).unwrap();
    say(&running, "demo", "two");
    assert_eq!(reader.next()[0]["end"], "the token has ended");
    assert!(reader.next().is_empty());
}

#[test]
fn a_stop_of_the_server_ends_readers_with_a_sentence() {
    let running = Running::start(None);
    let mut lines = Reader::open(&running, "/logs", None);
    let mut runs = Reader::open(&running, "/runs?event=core:request", None);
    running.stop.cancel();
    for reader in [&mut lines, &mut runs] {
        assert_eq!(reader.next()[0]["end"], "the server stops");
        assert!(reader.next().is_empty());
    }
}

#[test]
fn a_reader_that_takes_nothing_costs_the_others_nothing() {
    let running = Running::start(None);
    let stuck = Reader::open(&running, "/logs", None);
    let mut reading = Reader::open(&running, "/logs", None);
    let text = "x".repeat(4000);
    let mut seen = 0;
    for said in 1..=2000 {
        say(&running, "demo", &text);
        while seen < said {
            let lines = reading.next();
            assert!(lines.iter().all(|line| line["text"] == text.as_str()));
            seen += lines.len();
        }
    }
    drop(stuck);
}

#[test]
fn what_was_written_last_comes_first_and_is_all_where_nothing_is_to_follow() {
    let running = Running::start(None);
    let token = token(&running, "demo");
    for (tenant, text) in [
        ("demo", "one"),
        ("other", "no"),
        ("demo", "two"),
        ("demo", "three"),
    ] {
        running.parts.feed.keep(&line(tenant, text));
    }
    let texts = |path: &str| {
        let mut reader = Reader::open(&running, path, Some(&token));
        let mut texts = Vec::new();
        loop {
            for line in reader.next() {
                if line["end"] == "that is all" {
                    return texts;
                }
                texts.push(line["text"].as_str().unwrap().to_owned());
            }
        }
    };
    assert_eq!(
        texts("/logs?since_us=0&follow=false"),
        ["one", "two", "three"]
    );
    assert_eq!(texts("/logs?lines=2&follow=false"), ["two", "three"]);
    assert!(
        texts("/logs?since_us=6&follow=false").is_empty(),
        "all are of time 5"
    );
    assert!(texts("/logs?lines=2&follow=false&handler=none").is_empty());
    let mut reader = Reader::open(&running, "/logs?lines=1", Some(&token));
    assert_eq!(reader.next()[0]["text"], "three");
    say(&running, "demo", "four");
    assert_eq!(reader.next()[0]["text"], "four");
    for wrong in ["/logs?lines=x", "/runs?lines=1"] {
        let host = running.address;
        let head = format!("GET {wrong} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}");
        assert_eq!(running.exchange(&head, "").0, 400, "{wrong}");
    }
}
