//! The corpus.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use evroute_tests::repository;
use serde_json::Value;

/// How many messages there are.
pub(crate) const TOTAL: usize = 133;

/// The domains that valid messages are sent to.
pub(crate) const DOMAINS: [&str; 13] = [
    "127.0.0.1",
    "example.com",
    "example.net",
    "example.org",
    "a.example.com",
    "b.example.com",
    "chair-dnrc.example.com",
    "host.example.net",
    "registrar.example.com",
    "services.example.com",
    "[2001:db8::10]",
    "[2001:db8::10:5070]",
    "[2001:db8::192.0.2.1]",
];

/// The users that valid messages are sent to, their escapes undone.
pub(crate) const USERS: [&str; 12] = [
    "user",
    "bob",
    "UserB",
    "vivekg",
    "kumiko",
    "t.watson",
    "+12025550123",
    "alice x",
    "sips:user@example.com",
    "user;par=u@example.net",
    "1_u,/?+x",
    "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
];

/// One message and what is said about it.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its file.
    pub(crate) file: String,
    /// `valid`, `app`, `invalid` or `either`.
    pub(crate) class: String,
    /// What is asked of a server, for people.
    pub(crate) expect: String,
    /// The bytes.
    pub(crate) wire: Vec<u8>,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing.
    Silence,
    /// The server answers.
    Answered(u16),
    /// The phone gets it, and the sender gets the phone's answer.
    Forwarded,
    /// The rest of it is waited for.
    Waiting,
}

/// All of them, in the order of the index.
pub(crate) fn cases() -> Vec<Case> {
    let folder = folder();
    let index = fs::read(folder.join("expected.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    let read = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().unwrap().to_owned();
        let file = text("file");
        let wire = fs::read(folder.join(&file)).unwrap();
        Case {
            file,
            class: text("cls"),
            expect: text("expect"),
            wire,
        }
    };
    let cases: Vec<_> = index.iter().map(read).collect();
    assert_eq!(cases.len(), TOTAL, "the corpus has changed: count again");
    cases
}

/// Series in which no branch comes twice.
pub(crate) fn without_repetitions(cases: Vec<Case>) -> Vec<Vec<Case>> {
    let mut series: Vec<(HashSet<String>, Vec<Case>)> = Vec::new();
    for case in cases {
        let branch = case.branch();
        let place = series
            .iter()
            .position(|(known, _)| !known.contains(&branch));
        let place = place.unwrap_or_else(|| {
            series.push((HashSet::new(), Vec::new()));
            series.len() - 1
        });
        let (known, members) = &mut series[place];
        known.insert(branch);
        members.push(case);
    }
    series.into_iter().map(|(_, members)| members).collect()
}

fn folder() -> PathBuf {
    let folder = repository().join("tests/torture");
    assert!(
        folder.is_dir(),
        "the torture corpus is missing: {}",
        folder.display()
    );
    folder
}

impl Case {
    /// The message as text, bytes that are none replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.wire).into_owned()
    }

    /// Its first branch; empty where there is none.
    pub(crate) fn branch(&self) -> String {
        let text = self.text();
        let after = text.split_once("branch").map(|(_, rest)| rest.trim_start());
        let value = after.and_then(|rest| rest.strip_prefix('='));
        let end = |letter: char| letter.is_whitespace() || matches!(letter, ';' | ',');
        let value = value.and_then(|value| value.trim_start().split(end).next());
        value.unwrap_or_default().to_owned()
    }

    /// The port that its sender listens on, as its top Via says.
    pub(crate) fn port(&self) -> u16 {
        let text = unfolded(&self.text());
        let via = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = name.trim().to_ascii_lowercase();
            matches!(name.as_str(), "via" | "v").then_some(value.to_owned())
        });
        let via = via.unwrap_or_default();
        let sent_by = via.split([';', ',']).next().unwrap_or_default();
        let port = sent_by.rsplit(']').next().unwrap_or_default();
        let port = port.rsplit_once(':').map(|(_, port)| port.trim());
        port.and_then(|port| port.parse().ok()).unwrap_or(5060)
    }

    pub(crate) fn is_response(&self) -> bool {
        self.wire.starts_with(b"SIP/")
    }

    pub(crate) fn is_invite(&self) -> bool {
        self.text().trim_start().starts_with("INVITE ")
    }

    pub(crate) fn is_register(&self) -> bool {
        self.text().trim_start().starts_with("REGISTER ")
    }
}

/// Header fields on one line each.
pub(crate) fn unfolded(text: &str) -> String {
    text.replace("\r\n ", " ").replace("\r\n\t", " ")
}
