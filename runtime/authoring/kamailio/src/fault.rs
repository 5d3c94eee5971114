//! What is wrong with a configuration, and what to write instead.

use std::fmt;

use evroute_lines::quote;

use crate::span::Span;

/// One thing that cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// What to write instead; empty when `what` says it all.
    pub instead: String,
}

impl Diagnostic {
    pub(crate) fn new(span: Span, what: impl Into<String>) -> Self {
        Self {
            span,
            what: what.into(),
            instead: String::new(),
        }
    }

    pub(crate) fn instead(mut self, remedy: impl Into<String>) -> Self {
        self.instead = remedy.into();
        self
    }
}

/// How many faults are reported; a file of another kind would have thousands.
pub(crate) const FAULTS_MAX: usize = 100;

/// Everything that is wrong with a configuration, in the order of its lines. Never empty.
///
/// Printed as one line each: `file:line:column: what; remedy`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostics {
    files: Vec<String>,
    faults: Vec<Diagnostic>,
    /// The lines in which those stand that are reported.
    lines: Vec<String>,
}

impl std::error::Error for Diagnostics {}

impl Diagnostics {
    /// `texts` are those of the files, in the same order.
    pub(crate) fn new(files: Vec<String>, texts: &[String], mut faults: Vec<Diagnostic>) -> Self {
        faults.sort_by_key(|fault| (fault.span.file, fault.span.line, fault.span.column));
        faults.dedup();
        let reported = faults.iter().take(FAULTS_MAX);
        let lines = reported.map(|fault| line(texts, fault.span).unwrap_or_default().to_owned());
        Self {
            lines: lines.collect(),
            files,
            faults,
        }
    }

    /// The faults, by place.
    #[must_use]
    pub fn all(&self) -> &[Diagnostic] {
        &self.faults
    }

    /// The same as it is printed, and below each fault its line of the source with a caret below
    /// the place: lines that begin with blanks.
    #[must_use]
    pub fn with_lines(&self) -> String {
        let mut reported = Vec::new();
        for (fault, line) in self.faults.iter().zip(&self.lines) {
            reported.push(self.sentence(fault));
            reported.extend(marked(line, fault.span));
        }
        reported.extend(self.more());
        reported.join("\n")
    }

    fn sentence(&self, fault: &Diagnostic) -> String {
        let Span { file, line, column } = fault.span;
        let file = self.files.get(usize::from(file));
        let file = file.map_or("?", String::as_str);
        let what = &fault.what;
        if fault.instead.is_empty() {
            format!("{file}:{line}:{column}: {what}")
        } else {
            format!("{file}:{line}:{column}: {what}; {}", fault.instead)
        }
    }

    /// How many are not reported.
    fn more(&self) -> Option<String> {
        let more = self.faults.len().saturating_sub(FAULTS_MAX);
        (more > 0).then(|| format!("and {more} more"))
    }
}

/// The line of a place.
fn line(texts: &[String], span: Span) -> Option<&str> {
    let text = texts.get(usize::from(span.file))?;
    let number = usize::try_from(span.line).ok()?;
    text.lines().nth(number.checked_sub(1)?)
}

/// A line with its number, and a caret below the place.
fn marked(line: &str, span: Span) -> Option<String> {
    let number = usize::try_from(span.line).ok()?;
    quote(line, number, usize::try_from(span.column).ok()?)
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.faults.iter().take(FAULTS_MAX);
        let mut reported: Vec<String> = faults.map(|fault| self.sentence(fault)).collect();
        reported.extend(self.more());
        f.write_str(&reported.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(file: u16, line: u32, column: u32) -> Diagnostic {
        let span = Span { file, line, column };
        Diagnostic::new(span, "this is wrong")
    }

    #[test]
    fn below_each_fault_stands_its_line_with_a_caret() {
        let texts = ["a\n\tif (\u{e4}) x\n".to_owned(), "y".repeat(300)];
        let files = ["a.cfg".to_owned(), "b.cfg".to_owned()];
        let faults = vec![
            fault(1, 1, 2),
            fault(0, 2, 9).instead("write y"),
            fault(0, 7, 1),
            fault(0, 1, 40),
        ];
        let faults = Diagnostics::new(files.into(), &texts, faults);
        assert_eq!(
            faults.with_lines(),
            "a.cfg:1:40: this is wrong\n  1 | a\n    |  ^\n\
             a.cfg:2:9: this is wrong; write y\n  2 | \tif (\u{e4}) x\n    | \t      ^\n\
             a.cfg:7:1: this is wrong\n\
             b.cfg:1:2: this is wrong"
        );
        assert_eq!(
            faults.to_string(),
            "a.cfg:1:40: this is wrong\na.cfg:2:9: this is wrong; write y\n\
             a.cfg:7:1: this is wrong\nb.cfg:1:2: this is wrong"
        );
        let many = (1..=FAULTS_MAX + 2).map(|column| fault(0, 1, u32::try_from(column).unwrap()));
        let many = Diagnostics::new(vec!["a.cfg".to_owned()], &texts, many.collect());
        assert!(many.with_lines().ends_with("^\nand 2 more"));
        assert!(many.to_string().ends_with("wrong\nand 2 more"));
    }
}
