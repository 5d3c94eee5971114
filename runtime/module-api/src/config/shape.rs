//! Mistakes of shape, in our words: what the TOML reader found, and keys that nobody reads.

use super::error::line_at;
use super::nearest;

/// Says what is wrong with the shape of a file, which the reader found at this place.
pub(super) fn explain(text: &str, offset: Option<usize>, message: &str) -> Explained {
    let message = message.replace('\n', ", ");
    unknown_key(&message)
        .or_else(|| missing_key(&message))
        .unwrap_or_else(|| other(text, offset, message))
}

/// The key, what is wrong, what to do.
pub(super) type Explained = (String, String, String);

/// serde: "unknown field `a`, expected one of `b`, `c`" or "..., expected `b`".
fn unknown_key(message: &str) -> Option<Explained> {
    let rest = message.strip_prefix("unknown field `")?;
    let (key, rest) = rest.split_once('`')?;
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    Some(unknown(key, &known))
}

/// A key that nobody reads.
pub(super) fn unknown(key: &str, known: &[&str]) -> Explained {
    let fix = match nearest(key, known.iter().copied()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("known keys here: {}", known.join(", ")),
    };
    (key.to_owned(), "unknown key".to_owned(), fix)
}

/// serde: "missing field `a`".
fn missing_key(message: &str) -> Option<Explained> {
    let key = message.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(missing(key))
}

/// A key that must be there.
pub(super) fn missing(key: &str) -> Explained {
    (
        key.to_owned(),
        "is missing".to_owned(),
        format!("add {key} = ... to this section"),
    )
}

/// A wrong type, or text that is not TOML.
fn other(text: &str, offset: Option<usize>, message: String) -> Explained {
    let line = offset.and_then(|offset| text.lines().nth(line_at(text, offset) - 1));
    let key = line
        .and_then(|line| line.split_once('='))
        .map(|(key, _)| key.trim());
    match key.filter(|key| !key.is_empty()) {
        Some(key) => (
            key.to_owned(),
            message,
            format!("correct the value of {key}"),
        ),
        None => ("toml".to_owned(), message, "correct this line".to_owned()),
    }
}
