//! A password as it is typed or piped: never an argument, which every process of the machine sees.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Bytes of a password.
const PASSWORD_BYTES_MAX: usize = 1024;

/// What a terminal sends for Ctrl-C where it is a character like others.
const INTERRUPT: char = '\u{3}';

/// Reads a password: from a terminal without showing it, twice, else the first line of standard
/// input.
///
/// # Errors
/// One sentence.
pub(crate) fn password(whose: &str) -> Result<String, String> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return checked(first_line(&mut stdin.lock())?);
    }
    let first = typed(&format!("Password of {whose}: "))?;
    let again = typed("Again: ")?;
    match first == again {
        true => checked(first),
        false => Err("the two are not the same; nothing was changed".to_owned()),
    }
}

fn first_line(input: &mut impl BufRead) -> Result<String, String> {
    let mut line = String::new();
    let limit = u64::try_from(PASSWORD_BYTES_MAX + 2).unwrap_or(u64::MAX);
    let read = io::Read::take(input, limit).read_line(&mut line);
    read.map_err(|error| format!("the password cannot be read: {error}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn checked(password: String) -> Result<String, String> {
    if password.is_empty() {
        return Err("there is no password; type one, or write it to standard input".to_owned());
    }
    if password.len() > PASSWORD_BYTES_MAX || password.chars().any(char::is_control) {
        return Err(format!(
            "a password has at most {PASSWORD_BYTES_MAX} bytes, none of them a control character"
        ));
    }
    Ok(password)
}

fn typed(prompt: &str) -> Result<String, String> {
    let failed = |error: io::Error| format!("the terminal cannot be read: {error}");
    let mut stderr = io::stderr();
    // Before it is asked for: who types at once is not seen either.
    let silent = Silent::begin().map_err(failed)?;
    let asked = write!(stderr, "{prompt}").and_then(|()| stderr.flush());
    asked.map_err(failed)?;
    let line = first_line(&mut io::stdin().lock());
    drop(silent);
    let ended = writeln!(stderr);
    ended.map_err(failed)?;
    let line = line?;
    match line.contains(INTERRUPT) {
        true => Err("interrupted; nothing was changed".to_owned()),
        false => Ok(line),
    }
}

/// A terminal that shows nothing of what is typed, until this is dropped. Ctrl-C does not end the
/// program meanwhile, for then nobody would set the terminal back.
struct Silent(Termios);

impl Silent {
    fn begin() -> io::Result<Self> {
        let stdin = io::stdin();
        let before = tcgetattr(&stdin)?;
        let mut silent = before.clone();
        silent
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ISIG);
        tcsetattr(&stdin, OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        let read = |text: &str| first_line(&mut text.as_bytes()).and_then(checked);
        assert_eq!(read("se cret\r\nmore\n"), Ok("se cret".to_owned()));
        assert_eq!(read("secret"), Ok("secret".to_owned()));
        assert!(read("\n").unwrap_err().contains("there is no password"));
        assert!(read("a\u{3}b").is_err());
        assert!(read(&"x".repeat(PASSWORD_BYTES_MAX)).is_ok());
        assert!(read(&"x".repeat(PASSWORD_BYTES_MAX + 1)).is_err());
    }
}
