//! What is printed, and where: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

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

/// Prints one line of many at once; false when nobody reads any more.
pub(crate) fn line(text: impl Display) -> bool {
    let mut stdout = io::stdout().lock();
    let printed = writeln!(stdout, "{}", printable(&text.to_string()));
    printed.and_then(|()| stdout.flush()).is_ok()
}

/// What a line says, for terminals with colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    /// Nothing to mark.
    Plain,
    /// As it should be, or what should be.
    Good,
    /// Not as it should be.
    Bad,
}

/// Prints lines of a result. Colours are for terminals, and not where NO_COLOR is set to anything.
pub(crate) fn lines(lines: &[(Tone, String)]) -> Exit {
    let mut stdout = io::stdout().lock();
    let wants = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colours = wants && stdout.is_terminal();
    let mut print = || {
        for (tone, text) in lines {
            writeln!(stdout, "{}", toned(*tone, text, colours))?;
        }
        Ok(())
    };
    Exit::after_printing(print())
}

fn toned(tone: Tone, text: &str, colours: bool) -> String {
    let text = printable(text);
    // SGR of ECMA-48, 8.3.117: green, red, back to normal.
    match tone {
        Tone::Good if colours => format!("\u{1b}[32m{text}\u{1b}[0m"),
        Tone::Bad if colours => format!("\u{1b}[31m{text}\u{1b}[0m"),
        Tone::Plain | Tone::Good | Tone::Bad => text,
    }
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

/// Prints why it cannot be done.
pub(crate) fn cannot(text: impl Display) -> Exit {
    complain(text);
    Exit::Cannot
}

/// Writes a file that was asked for; prints why where that cannot be done.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    std::fs::write(path, bytes).map_err(|why| {
        let path = path.display();
        cannot(format_args!("{path} cannot be written: {why}"))
    })
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

/// Draws lines in the place of what was there, where standard error is a terminal; prints them
/// where it is none.
pub(crate) fn redraw(lines: &[String]) {
    let mut stderr = io::stderr().lock();
    // CUP and ED of ECMA-48, 8.3.21 and 8.3.39: to the first place, and all behind it erased.
    let begin = if stderr.is_terminal() {
        "\u{1b}[H\u{1b}[J"
    } else {
        ""
    };
    // Nobody is left to tell when standard error is gone.
    let _ = write!(stderr, "{begin}");
    for line in lines {
        let _ = writeln!(stderr, "{}", printable(line));
    }
}

/// Prints an error, each line for itself; one that begins with a blank belongs to the one before.
pub(crate) fn complain(text: impl Display) {
    let mut stderr = io::stderr().lock();
    for line in text.to_string().lines() {
        // Nobody is left to tell when standard error is gone.
        let _ = writeln!(stderr, "{}", complaint(line));
    }
}

fn complaint(line: &str) -> String {
    let begin = if line.starts_with(' ') { "" } else { "error: " };
    format!("{begin}{}", printable(line))
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
            hidden if hidden.is_control() || is_direction(hidden) => {
                printable.extend(hidden.escape_default());
            }
            other => printable.push(other),
        }
    }
    printable
}

/// Whether a character only changes the order in which others are shown (UAX #9, section 2), so
/// that a line could read as another.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
    fn each_line_is_an_error_of_its_own_or_belongs_to_the_one_before() {
        assert_eq!(complaint("a.cfg:1:1: no\r"), "error: a.cfg:1:1: no\\r");
        assert_eq!(complaint("  1 | x\u{1b}"), "  1 | x\\u{1b}");
    }

    #[test]
    fn colours_are_for_terminals_and_do_not_let_others_steer_them() {
        assert_eq!(
            toned(Tone::Bad, "- a\u{1b}", true),
            "\u{1b}[31m- a\\u{1b}\u{1b}[0m"
        );
        assert_eq!(toned(Tone::Good, "+ a", true), "\u{1b}[32m+ a\u{1b}[0m");
        assert_eq!(toned(Tone::Plain, "a", true), "a");
        assert_eq!(toned(Tone::Bad, "- a", false), "- a");
    }

    #[test]
    fn a_terminal_cannot_be_steered() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\u{9b}\u{7f}\n\tä"),
            "a\\u{1b}[2Jb\\r\\u{9b}\\u{7f}\n\tä"
        );
    }
}
