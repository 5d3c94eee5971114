//! How a log line looks. One rule for handlers' lines and for the server's own.
//!
//! ```text
//! 2026-11-23T10:00:00.000000Z   INFO evroute::handler: tenant=demo call_id="a b" what is said
//! ```
//!
//! A value is a bare word or stands in quotes. JSON: one object with `timestamp`, `level`,
//! `target`, the same fields, and `message`. On a terminal, in colours:
//!
//! ```text
//! 11:00:00.000   INFO what is said  evroute::handler tenant=demo
//! ```

use std::fmt::Display;
use std::io::Write;
use std::sync::LazyLock;

use evroute_module_api::is_escaped;
use jiff::tz::TimeZone;

use crate::stamp::Stamp;

/// How a log line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// For people and their tools.
    #[default]
    Text,
    /// For people who look on: local time, what is said before its fields, in colours.
    Terminal,
    /// One JSON object per line.
    Json,
}

/// The longest word for a level: NOTICE.
const LEVEL_WIDTH: usize = 6;

/// SGR of ECMA-48, 8.3.117.
const FAINT: &[u8] = b"\x1b[2m";
const PLAIN: &[u8] = b"\x1b[0m";

/// What clocks around here show.
static LOCAL: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);

/// Where a text stands in a line, which says what has to be escaped.
#[derive(Clone, Copy)]
enum Place {
    /// The message of a text line: it ends the line.
    Rest,
    /// Between quotes in a text line.
    Quotes,
    /// Between quotes in JSON.
    Json,
}

impl LogFormat {
    /// Begins a line: when, how important, from which part. Fields come next, then [`Self::end`]
    /// with the answer.
    pub(crate) fn begin(
        self,
        out: &mut Vec<u8>,
        stamp: &mut Stamp,
        level: &str,
        target: &str,
    ) -> Head {
        match self {
            Self::Text => {
                stamp.push(out);
                push_level(out, level);
                out.push(b' ');
                out.extend_from_slice(target.as_bytes());
                out.push(b':');
            }
            Self::Terminal => {
                out.extend_from_slice(FAINT);
                stamp.push_local(out, &LOCAL);
                out.extend_from_slice(PLAIN);
                out.extend_from_slice(colour(level));
                push_level(out, level);
                out.extend_from_slice(PLAIN);
                let head = Head(out.len());
                push_escaped(out, target, Place::Rest);
                return head;
            }
            Self::Json => {
                out.extend_from_slice(b"{\"timestamp\":\"");
                stamp.push(out);
                out.extend_from_slice(b"\",\"level\":\"");
                out.extend_from_slice(level.as_bytes());
                out.extend_from_slice(b"\",\"target\":\"");
                push_escaped(out, target, Place::Json);
                out.push(b'"');
            }
        }
        Head(out.len())
    }

    /// Adds a field. `key` is a word of ours; the value may hold anything.
    pub(crate) fn field(self, out: &mut Vec<u8>, key: &str, value: &str) {
        self.key(out, key);
        match self {
            Self::Text | Self::Terminal if is_word(value) => {
                out.extend_from_slice(value.as_bytes());
            }
            Self::Text | Self::Terminal => push_quoted(out, value, Place::Quotes),
            Self::Json => push_quoted(out, value, Place::Json),
        }
    }

    /// Adds a number or a truth value.
    pub(crate) fn bare_field(self, out: &mut Vec<u8>, key: &str, value: impl Display) {
        self.key(out, key);
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{value}");
    }

    fn key(self, out: &mut Vec<u8>, key: &str) {
        match self {
            Self::Text | Self::Terminal => {
                out.push(b' ');
                out.extend_from_slice(key.as_bytes());
                out.push(b'=');
            }
            Self::Json => {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(key.as_bytes());
                out.extend_from_slice(b"\":");
            }
        }
    }

    /// Ends a line with what it says.
    pub(crate) fn end(self, out: &mut Vec<u8>, head: Head, message: &str) {
        let message = message.trim_end_matches(['\r', '\n']);
        match self {
            Self::Text => {
                out.push(b' ');
                push_escaped(out, message, Place::Rest);
                out.push(b'\n');
            }
            Self::Terminal => {
                let fields = out.split_off(head.0.min(out.len()));
                out.push(b' ');
                push_escaped(out, message, Place::Rest);
                out.extend_from_slice(b"  ");
                out.extend_from_slice(FAINT);
                out.extend_from_slice(&fields);
                out.extend_from_slice(PLAIN);
                out.push(b'\n');
            }
            Self::Json => {
                out.extend_from_slice(b",\"message\":");
                push_quoted(out, message, Place::Json);
                out.extend_from_slice(b"}\n");
            }
        }
    }
}

/// Where a line has its fields, in bytes from the beginning of what it was added to.
#[derive(Clone, Copy)]
pub(crate) struct Head(usize);

fn push_level(out: &mut Vec<u8>, level: &str) {
    let padding = LEVEL_WIDTH.saturating_sub(level.len()) + 1;
    out.extend(std::iter::repeat_n(b' ', padding));
    out.extend_from_slice(level.as_bytes());
}

/// Red, yellow, green or blue; nothing for what is only to be found when it is looked for.
fn colour(level: &str) -> &'static [u8] {
    match level {
        "ERROR" => b"\x1b[31m",
        "WARN" => b"\x1b[33m",
        "NOTICE" | "INFO" => b"\x1b[32m",
        "DEBUG" => b"\x1b[34m",
        _ => b"",
    }
}

/// Whether a value can stand in a text line without quotes: nothing in it ends it or begins
/// another.
fn is_word(text: &str) -> bool {
    let fits = |byte| matches!(byte, b'!'..=b'~') & !matches!(byte, b'"' | b'=' | b'\\');
    !text.is_empty() && is_all(text, fits)
}

/// Whether all bytes are of a kind. Looks at every one, since nearly always all are: without a way
/// out of the loop, the compiler looks at many at once.
fn is_all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & fits(byte))
}

fn push_quoted(out: &mut Vec<u8>, text: &str, place: Place) {
    out.push(b'"');
    push_escaped(out, text, place);
    out.push(b'"');
}

/// What steers a terminal, ends a line or turns its direction is escaped: a line is one line and
/// reads as it was written, whatever a handler or a peer puts into it.
fn push_escaped(out: &mut Vec<u8>, text: &str, place: Place) {
    let is_plain = |byte| matches!(byte, b' '..=b'~');
    let is_clean = match place {
        Place::Rest => is_all(text, is_plain),
        Place::Quotes | Place::Json => {
            is_all(text, |byte| is_plain(byte) & !matches!(byte, b'"' | b'\\'))
        }
    };
    if is_clean {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        // Writing to a Vec cannot fail.
        let _ = match (place, character) {
            (Place::Quotes | Place::Json, '"' | '\\') => write!(out, "\\{character}"),
            (Place::Rest | Place::Quotes, _) if is_escaped(character) => {
                write!(out, "{}", character.escape_unicode())
            }
            // All of them are in the first plane, so one escape of four digits says it.
            (Place::Json, _) if is_escaped(character) => {
                write!(out, "\\u{:04x}", u32::from(character))
            }
            (Place::Rest | Place::Quotes | Place::Json, _) => write!(out, "{character}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(format: LogFormat, text: &str) -> String {
        let mut out = Vec::new();
        format.field(&mut out, "key", text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_a_word_or_stands_in_quotes() {
        let text = |value_text: &str| value(LogFormat::Text, value_text);
        assert_eq!(text("a84b4c76e66710@pc33"), " key=a84b4c76e66710@pc33");
        assert_eq!(text(""), " key=\"\"");
        assert_eq!(
            text("x tenant=two \"a\" \\"),
            " key=\"x tenant=two \\\"a\\\" \\\\\""
        );
        assert_eq!(value(LogFormat::Json, "a b"), ",\"key\":\"a b\"");
    }

    #[test]
    fn a_peer_cannot_write_fields_of_its_own_or_steer_a_terminal() {
        let hostile = "\" tenant=\"two\u{9b}2J\u{85}\u{2028}\u{202e}\u{e4}\r\n\0\u{7f}";
        let text = value(LogFormat::Text, hostile);
        let expected = " key=\"\\\" tenant=\\\"two\\u{9b}2J\\u{85}\\u{2028}\\u{202e}\u{e4}\\u{d}\\u{a}\\u{0}\\u{7f}\"";
        assert_eq!(text, expected);
        let json = value(LogFormat::Json, hostile);
        assert!(!json.chars().any(is_escaped), "{json:?}");
        let object: serde_json::Value =
            serde_json::from_str(&format!("{{{}}}", &json[1..])).unwrap();
        assert_eq!(object["key"], hostile);
        let mut out = Vec::new();
        LogFormat::Text.end(&mut out, Head(0), "caller alice = \"blocked\"\u{1b}\r\n");
        assert_eq!(out, b" caller alice = \"blocked\"\\u{1b}\n");
    }

    #[test]
    fn on_a_terminal_the_sentence_comes_first_and_nobody_else_steers_it() {
        let format = LogFormat::Terminal;
        let mut stamp = Stamp::new();
        let stamp = stamp.set(1_700_000_000_000_042);
        let mut out = b"a line before\n".to_vec();
        let head = format.begin(&mut out, stamp, "WARN", "evroute::handler");
        format.field(&mut out, "tenant", "demo");
        format.field(&mut out, "call_id", "a\u{1b}[2J b");
        format.end(&mut out, head, "caller \u{1b}[2J alice\n");
        let text = String::from_utf8(out).unwrap();
        let line = text.strip_prefix("a line before\n\u{1b}[2m").unwrap();
        // What the clock shows depends on where this is.
        let (_, line) = line.split_at("22:13:20.000".len());
        let expected = "\u{1b}[0m\u{1b}[33m   WARN\u{1b}[0m caller \\u{1b}[2J alice  \
                        \u{1b}[2mevroute::handler tenant=demo call_id=\"a\\u{1b}[2J b\"\u{1b}[0m\n";
        assert_eq!(line, expected);
    }
}
