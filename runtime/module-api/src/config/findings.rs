//! What is wrong with a configuration, collected.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use evroute_tenant::{NetworkError, SourceNetwork};

use super::error::quoted_at;
use super::shape::Explained;
use super::{At, ConfigError, ConfigErrors};

/// Collects what is wrong with a configuration instead of stopping at the first.
///
/// A mistake of **shape** (an unknown key, a missing one, a value of another type) leaves open what
/// the file means: where there is one, the first in the file is all that is reported.
#[derive(Debug)]
pub struct Findings {
    file: PathBuf,
    /// What paths are relative to.
    folder: PathBuf,
    text: String,
    /// Where each line ends, in bytes: of thousands of handlers each is asked for its line.
    line_ends: Vec<usize>,
    shape: Vec<ConfigError>,
    errors: Vec<ConfigError>,
}

impl Findings {
    /// None yet, of this text. `file` is for messages and to resolve paths.
    #[must_use]
    pub fn new(file: &Path, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            folder: file.parent().unwrap_or(Path::new("")).to_owned(),
            line_ends: text.match_indices('\n').map(|(end, _)| end).collect(),
            text: text.to_owned(),
            shape: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The same of a file whose paths are relative to another folder than its own.
    #[must_use]
    pub fn relative_to(self, folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            ..self
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Notes a mistake in a value: what is wrong, and what to do.
    pub fn wrong<T>(&mut self, at: &At<T>, key: &str, wrong: impl Display, fix: &str) {
        let (key, fix) = (key.to_owned(), fix.to_owned());
        let error = self.error(Some(at.span().start), key, wrong.to_string(), fix);
        self.errors.push(error);
    }

    /// Notes a mistake that has no line of its own.
    pub fn wrong_file(&mut self, key: &str, wrong: &str, fix: &str) {
        let (key, fix) = (key.to_owned(), fix.to_owned());
        let error = self.error(None, key, wrong.to_owned(), fix);
        self.errors.push(error);
    }

    /// The line of a value, counted from 1.
    #[must_use]
    pub fn line<T>(&self, at: &At<T>) -> usize {
        self.line_at(at.span().start)
    }

    /// The number of the line, from 1, in which the byte at this offset stands.
    fn line_at(&self, offset: usize) -> usize {
        self.line_ends.partition_point(|end| *end < offset) + 1
    }

    /// The line of a value as messages show it, with a caret below the place; none where it may
    /// hold a password.
    #[must_use]
    pub fn quoted<T>(&self, at: &At<T>) -> Option<String> {
        let offset = at.span().start;
        quoted_at(&self.text, offset, self.line_at(offset))
    }

    fn error(&self, offset: Option<usize>, key: String, wrong: String, fix: String) -> ConfigError {
        ConfigError {
            file: self.file.clone(),
            line: offset.map(|offset| self.line_at(offset)),
            key,
            wrong,
            fix,
            quoted: offset.and_then(|offset| quoted_at(&self.text, offset, self.line_at(offset))),
        }
    }

    /// Notes what the TOML reader found.
    pub(super) fn unreadable(&mut self, error: &toml::de::Error) {
        let offset = error.span().map(|span| span.start);
        self.misshapen(
            offset,
            super::shape::explain(&self.text, offset, error.message()),
        );
    }

    /// Notes that nobody reads this key.
    pub(super) fn unknown_key(&mut self, key: &At<&str>, known: &[&str]) {
        let offset = Some(key.span().start);
        self.misshapen(offset, super::shape::unknown(key.get_ref(), known));
    }

    /// Notes that a key is not there that must be.
    pub(super) fn missing_key(&mut self, section: &At<()>, key: &str) {
        let offset = Some(section.span().start);
        self.misshapen(offset, super::shape::missing(key));
    }

    fn misshapen(&mut self, offset: Option<usize>, (key, wrong, fix): Explained) {
        let error = self.error(offset, key, wrong, fix);
        self.shape.push(error);
    }

    /// A number within a range, or the default.
    pub fn number<T: TryFrom<i64>>(
        &mut self,
        key: &str,
        written: Option<&At<i64>>,
        range: RangeInclusive<i64>,
        default: T,
    ) -> T {
        let Some(written) = written else {
            return default;
        };
        let value = *written.get_ref();
        let fitting = if range.contains(&value) {
            T::try_from(value).ok()
        } else {
            None
        };
        fitting.unwrap_or_else(|| {
            let fix = format!("write a number from {} to {}", range.start(), range.end());
            self.wrong(written, key, format!("{value} is out of range"), &fix);
            default
        })
    }

    /// A network that messages come from, or one address; `fix` says what to write where it is
    /// none.
    pub fn network(&mut self, at: &At<String>, key: &str, fix: &str) -> Option<SourceNetwork> {
        let network = at.get_ref().parse();
        let noted = network.map_err(|error: NetworkError| {
            self.wrong(at, key, format!("{:?}: {error}", at.get_ref()), fix);
        });
        noted.ok()
    }

    /// A name that becomes part of a variable (`$sht(name=>key)`), an event name or a grant.
    pub fn word(&mut self, at: &At<String>, key: &str) {
        let name = at.get_ref();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            let fix = "use 1 to 64 letters, digits, '-', '_' and '.'";
            self.wrong(at, key, format!("{name:?} is not a name"), fix);
        }
    }

    /// A path as the file means it.
    #[must_use]
    pub fn beside_file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Nothing was found, or all that was.
    ///
    /// # Errors
    /// What was found.
    pub fn finish(self) -> Result<(), ConfigErrors> {
        if let Some(first) = self.shape.into_iter().min_by_key(|error| error.line) {
            return Err(first.into());
        }
        match self.errors.is_empty() {
            true => Ok(()),
            false => Err(ConfigErrors(self.errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one_and_end_with_their_line_feed() {
        let text = "a\n\nbc\n";
        let findings = Findings::new(Path::new("c.toml"), text);
        let lines: Vec<_> = (0..=text.len()).map(|at| findings.line_at(at)).collect();
        assert_eq!(lines, [1, 1, 2, 3, 3, 3, 4]);
    }
}
