//! What is printed, and where: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde_json::Value;

use crate::exit::Exit;

/// Prints a result and ends well.
pub(crate) fn done(text: impl Display) -> Exit {
    Exit::after_printing(writeln!(
        io::stdout().lock(),
        "{}",
        printable(&text.to_string())
    ))
}

/// Prints what is wrong, each line for itself.
pub(crate) fn wrong(text: impl Display) -> Exit {
    complain(text);
    Exit::Wrong
}

/// Prints how it should have been called.
pub(crate) fn usage(text: impl Display) -> Exit {
    complain(text);
    Exit::Usage
}

/// Prints what we did wrong.
pub(crate) fn our_fault(text: impl Display) -> Exit {
    complain(text);
    Exit::OurFault
}

/// Prints how things go, for people who wait.
pub(crate) fn tell(text: impl Display) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text.to_string()));
}

/// Prints an error, each line for itself.
pub(crate) fn complain(text: impl Display) {
    let mut stderr = io::stderr().lock();
    for line in text.to_string().lines() {
        // Nobody is left to tell when standard error is gone.
        let _ = writeln!(stderr, "error: {}", printable(line));
    }
}

/// A result for people: a text as it is, everything else as indented JSON.
pub(crate) fn pretty(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            format!("{value:#}")
        }
    }
}

/// Text that cannot steer a terminal: what callers wrote into a SIP message ends up in answers.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => printable.push(character),
            control if control.is_control() => printable.extend(control.escape_default()),
            other => printable.push(other),
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_printed_as_it_is_and_everything_else_as_json() {
        assert_eq!(pretty(&json!("sent")), "sent");
        assert_eq!(pretty(&json!(5)), "5");
        assert_eq!(pretty(&json!({ "a": [1] })), "{\n  \"a\": [\n    1\n  ]\n}");
    }

    #[test]
    fn a_terminal_cannot_be_steered() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\u{9b}\u{7f}\n\tä"),
            "a\\u{1b}[2Jb\\r\\u{9b}\\u{7f}\n\tä"
        );
    }
}
