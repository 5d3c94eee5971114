//! A file of cases.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use evroute_recording::RecordingHeader;
use serde::Deserialize;
use toml::Spanned;

use crate::case::Case;
use crate::case_tenant::CaseTenant;
use crate::events::{Kind, kinds};
use crate::exchange::recorded;
use crate::limits::Limits;
use crate::written::MessageSpec;

/// A file of cases is not larger than this, bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Nor is a message in a file of its own: what a datagram can carry.
const MESSAGE_BYTES_MAX: u64 = 64 << 10;

/// The cases of one event.
#[derive(Clone, Debug)]
pub struct Suite {
    languages: Option<Vec<String>>,
    pub(crate) event: String,
    pub(crate) grants: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) domains: Vec<String>,
    pub(crate) databases: Vec<String>,
    pub(crate) setup: Vec<String>,
    /// Whose handler it is.
    pub(crate) tenant: CaseTenant,
    /// Each with its line in the file, counted from 1.
    pub(crate) cases: Vec<(usize, Case)>,
}

/// What is wrong with a file of cases, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct SuiteError {
    /// The file, when it is one.
    pub path: Option<PathBuf>,
    /// Where, counted from 1.
    pub line: Option<usize>,
    /// What is wrong and what to write.
    pub why: String,
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}:", path.display())?;
        }
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if self.path.is_some() || self.line.is_some() {
            f.write_str(" ")?;
        }
        f.write_str(&self.why)
    }
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSuite {
    /// The languages that have this example; all when absent.
    languages: Option<Vec<String>>,
    /// The event that is raised, `tm:local-request`.
    event: Spanned<String>,
    /// What the handler is granted.
    #[serde(default)]
    grants: Vec<String>,
    /// What a run may cost.
    #[serde(default)]
    limits: Limits,
    /// The domains that are the tenant's: what `$is_myself` is asked.
    #[serde(default)]
    domains: Vec<String>,
    /// Labels of databases, each empty at the start of a case; a case may have others.
    #[serde(default)]
    databases: Vec<String>,
    /// Statements that are executed in each of them before.
    #[serde(default)]
    setup: Vec<String>,
    /// What it has to do.
    #[serde(rename = "case", default)]
    cases: Vec<Spanned<Case>>,
}

impl Suite {
    /// What a recorded run found, without cases.
    pub(crate) fn of_recording(event: &str, header: &RecordingHeader) -> Result<Self, String> {
        let limits = toml::Value::try_from(&header.limits).map_err(|error| error.to_string())?;
        Ok(Self {
            languages: None,
            event: event.to_owned(),
            grants: header.grants.clone(),
            limits: limits
                .try_into()
                .map_err(|error: toml::de::Error| error.to_string())?,
            domains: header.domains.clone(),
            databases: Vec::new(),
            setup: Vec::new(),
            tenant: CaseTenant::Own,
            cases: Vec::new(),
        })
    }

    /// The cases in a file, with the messages that it names in files beside it.
    ///
    /// # Errors
    /// When it is not there, larger than a MiB, or not what it should be.
    pub fn open(path: &Path) -> Result<Self, SuiteError> {
        Self::read(path, true)
    }

    /// The same without the answers that cases have in files, which are to be recorded anew.
    ///
    /// # Errors
    /// As [`Suite::open`].
    pub fn open_to_record(path: &Path) -> Result<Self, SuiteError> {
        Self::read(path, false)
    }

    fn read(path: &Path, with_answers: bool) -> Result<Self, SuiteError> {
        let text = read_text(path, FILE_BYTES_MAX).map_err(|why| SuiteError {
            path: Some(path.to_owned()),
            line: None,
            why,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse_in(&text, folder, with_answers).map_err(|error| SuiteError {
            path: Some(path.to_owned()),
            ..error
        })
    }

    /// Cases from a text.
    ///
    /// # Errors
    /// When it is not what it should be, or has no cases.
    pub fn parse(text: &str) -> Result<Self, SuiteError> {
        Self::parse_in(text, Path::new(""), true)
    }

    fn parse_in(text: &str, folder: &Path, with_answers: bool) -> Result<Self, SuiteError> {
        let line = |start: usize| 1 + text.bytes().take(start).filter(|b| *b == b'\n').count();
        let wrong = |start: Option<usize>, why: String| SuiteError {
            path: None,
            line: start.map(line),
            why,
        };
        let raw: RawSuite = toml::from_str(text).map_err(|error| {
            let start = error.span().map(|span| span.start);
            wrong(start, error.message().replace('\n', ", "))
        })?;
        let event = raw.event.get_ref().as_str();
        let known = kinds();
        let kind = known.iter().find(|kind| kind.name.as_str() == event);
        let kind = kind.ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|kind| kind.name.as_str()).collect();
            let why = format!(
                "there is no event {event:?}; there are {}",
                names.join(", ")
            );
            wrong(Some(raw.event.span().start), why)
        })?;
        if raw.cases.is_empty() {
            return Err(wrong(None, "it has no cases; write a [[case]]".to_owned()));
        }
        let mut cases = Vec::new();
        for case in raw.cases {
            let start = case.span().start;
            let mut case = case.into_inner();
            check(&mut case, kind, folder, with_answers).map_err(|why| {
                let why = format!("case {:?}: {why}", case.name);
                wrong(Some(start), why)
            })?;
            cases.push((line(start), case));
        }
        Ok(Self {
            languages: raw.languages,
            event: raw.event.into_inner(),
            grants: raw.grants,
            limits: raw.limits,
            domains: raw.domains,
            databases: raw.databases,
            setup: raw.setup,
            tenant: CaseTenant::Own,
            cases,
        })
    }

    /// The event that its cases raise, `tm:local-request`.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }

    /// How many cases there are.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// How many cases name a file of answers.
    #[must_use]
    pub fn recordings(&self) -> usize {
        let paths = self.cases.iter().map(|(_, case)| &case.answers_path);
        paths.flatten().count()
    }

    /// The names of its cases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().map(|(_, case)| case.name.as_str())
    }

    /// Only the cases whose name contains this text.
    #[must_use]
    pub fn filtered(mut self, text: &str) -> Self {
        self.cases.retain(|(_, case)| case.name.contains(text));
        self
    }

    /// Without the cases that cannot be said in a language, and with more grants than the others
    /// need.
    #[must_use]
    pub fn adapted(mut self, language: &str, grants: &[&str]) -> Self {
        self.cases
            .retain(|(_, case)| !case.except.iter().any(|name| name == language));
        self.grants
            .extend(grants.iter().map(|&grant| grant.to_owned()));
        self
    }

    /// Whether it is for handlers in this language.
    #[must_use]
    pub fn is_for(&self, language: &str) -> bool {
        let named = |languages: &Vec<String>| languages.iter().any(|name| name == language);
        self.languages.as_ref().is_none_or(named)
    }
}

/// Whether a case can be run and judged; what it has in files of their own is read.
fn check(case: &mut Case, kind: &Kind, folder: &Path, with_answers: bool) -> Result<(), String> {
    let ends = [&case.verdict, &case.error, &case.outcome];
    if ends.into_iter().flatten().count() != 1 {
        return Err("write one of verdict, error and outcome".to_owned());
    }
    for written in &case.sql {
        case.exchanges.push(written.read()?);
    }
    if let Some(name) = &case.answers_file {
        let path = folder.join(name);
        if with_answers {
            let text = read_text(&path, FILE_BYTES_MAX).map_err(|why| {
                let path = path.display();
                format!("{path}: {why}; evroute test --record LABEL=URL writes it")
            })?;
            case.exchanges.extend(recorded(&path, &text)?);
        }
        case.answers_path = Some(path);
    }
    if let Some(name) = &case.message_file {
        if case.message.is_some() {
            return Err("write message or message_file, not both".to_owned());
        }
        let path = folder.join(name);
        let bytes = read(&path, MESSAGE_BYTES_MAX);
        let bytes = bytes.map_err(|why| format!("{}: {why}", path.display()))?;
        case.message = Some(MessageSpec::Recorded(bytes));
    }
    let mut tables = case.tables.values().flat_map(|entries| entries.values());
    tables.try_for_each(|cell| cell.stored().map(|_| ()))?;
    (kind.build)(case).map(|_| ())
}

fn read_text(path: &Path, bytes_max: u64) -> Result<String, String> {
    let bytes = read(path, bytes_max)?;
    String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())
}

/// A whole file, if it is not too large.
fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut bytes = Vec::new();
    let limited = file.take(bytes_max + 1).read_to_end(&mut bytes);
    limited.map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!("it has more than {bytes_max} octets"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Suite::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_reported_with_its_line() {
        let reported = wrong("event = \"a:b\"\n");
        let begin = "1: there is no event \"a:b\"; there are core:pre-routing, ";
        assert!(reported.starts_with(begin), "{reported}");
        let reported = wrong("event = \"htable:mod-init\"\n");
        assert_eq!(reported, "it has no cases; write a [[case]]");
        for (lines, begin) in [
            ("verdct = \"x\"", "4: unknown field `verdct`"),
            ("fuel_max = \"x\"", "4: invalid type: string \"x\""),
            ("", "2: case \"a\": write one of verdict, error and outcome"),
            (
                "verdict = \"x\"\nerror = \"y\"",
                "2: case \"a\": write one of",
            ),
            (
                "message = 1",
                "4: invalid type: integer `1`, expected the text of a whole message",
            ),
            ("source = \"x\"", "4: \"x\": write a transport"),
        ] {
            let text = format!("event = \"htable:mod-init\"\n[[case]]\nname = \"a\"\n{lines}\n");
            let reported = wrong(&text);
            assert!(reported.starts_with(begin), "{reported}, not {begin}");
        }
    }

    #[test]
    fn a_case_without_what_its_event_is_about_is_wrong() {
        let case = "[[case]]\nname = \"a\"\nverdict = \"done\"\n";
        let found = wrong(&format!("event = \"timer\"\n{case}"));
        assert_eq!(
            found,
            "2: case \"a\": the case does not say timer = { name }"
        );
        let found = wrong(&format!(
            "event = \"core:request\"\n{case}message = \"x\"\n"
        ));
        assert!(found.starts_with("2: case \"a\": message: "), "{found}");
    }

    #[test]
    fn a_message_may_be_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let suite = folder.path().join("a.toml");
        let text = "event = \"core:request\"\n[[case]]\nname = \"a\"\nverdict = \"pass\"\nmessage_file = \"m.sip\"\n";
        std::fs::write(&suite, text).unwrap();
        let error = Suite::open(&suite).unwrap_err().to_string();
        assert!(error.contains("a.toml:2: case \"a\": "), "{error}");
        assert!(error.contains("m.sip: it cannot be read"), "{error}");
        let message = "OPTIONS sip:b@example.org SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n\
                       From: <sip:a@example.org>;tag=1\nTo: <sip:b@example.org>\nCall-ID: 1\nCSeq: 1 OPTIONS\n\n";
        std::fs::write(folder.path().join("m.sip"), message).unwrap();
        assert_eq!(Suite::open(&suite).unwrap().cases(), 1);
        std::fs::write(folder.path().join("m.sip"), "x".repeat(70_000)).unwrap();
        let error = Suite::open(&suite).unwrap_err().to_string();
        assert!(error.contains("more than 65536 octets"), "{error}");
    }
}
