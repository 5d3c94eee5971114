//! What is not as a case says.

use std::fmt;

/// More lines than this on a side are not lined up, only listed.
const LINES_MAX: usize = 1000;

/// Something that a case says, and what came instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// What: `verdict`, `log`, `tables`.
    pub what: &'static str,
    /// What the case says, by lines.
    pub expected: Vec<String>,
    /// What came.
    pub found: Vec<String>,
    /// What to write into the case, by lines, where that can be said.
    pub help: Vec<String>,
}

/// A line of a comparison. The first side is what was expected, the second what came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiffLine<'a> {
    /// On both sides.
    Same(&'a str),
    /// Only on the first.
    First(&'a str),
    /// Only on the second.
    Second(&'a str),
}

impl Mismatch {
    /// None when they are the same.
    pub(crate) fn between(
        what: &'static str,
        expected: Vec<String>,
        found: Vec<String>,
    ) -> Option<Self> {
        (expected != found).then_some(Self {
            what,
            expected,
            found,
            help: Vec::new(),
        })
    }

    /// With texts to write into the case below a line that says so; nothing when there are none.
    pub(crate) fn with_help(mut self, begin: &str, texts: &[String]) -> Self {
        if !texts.is_empty() {
            self.help.push(begin.to_owned());
            let lines = texts.iter().flat_map(|text| text.lines());
            self.help.extend(lines.map(|line| format!("  {line}")));
        }
        self
    }

    /// Both sides in one list, line by line.
    #[must_use]
    pub fn lines(&self) -> Vec<DiffLine<'_>> {
        compare(&self.expected, &self.found)
    }
}

/// The name, then a line each: `-` was expected and did not come, `+` came and was not expected.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (- expected, + found)", self.what)?;
        self.lines()
            .iter()
            .try_for_each(|line| write!(f, "\n{line}"))?;
        let mut help = self.help.iter();
        help.try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// The sign and the text, below the name of what differs; a text of several lines has the sign
/// before each. What differs in something that cannot be seen, a blank at its end or a tab, is
/// quoted.
impl fmt::Display for DiffLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, text) = match self {
            Self::Same(text) => (' ', text),
            Self::First(text) => ('-', text),
            Self::Second(text) => ('+', text),
        };
        for (place, part) in text.split('\n').enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            if sign != ' ' && has_unseen(part) {
                write!(f, "{end}  {sign} {part:?}")?;
            } else {
                write!(f, "{end}  {sign} {part}")?;
            }
        }
        Ok(())
    }
}

/// Whether a line has something that looks like nothing, or like another blank.
fn has_unseen(line: &str) -> bool {
    let is_unseen = |letter: char| letter != ' ' && (letter.is_whitespace() || letter.is_control());
    line.trim() != line || line.contains("  ") || line.contains(is_unseen)
}

/// Both sides in one list, with as many lines as possible on both.
pub(crate) fn compare<'a>(first: &'a [String], second: &'a [String]) -> Vec<DiffLine<'a>> {
    let is_long = first.len() > LINES_MAX || second.len() > LINES_MAX;
    let common = if is_long {
        Vec::new()
    } else {
        common_lengths(first, second)
    };
    let length = |row: usize, column: usize| -> usize {
        let row: Option<&Vec<usize>> = common.get(row);
        row.and_then(|row| row.get(column))
            .copied()
            .unwrap_or_default()
    };
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    loop {
        match (first.get(row), second.get(column)) {
            (Some(left), Some(right)) if left == right => {
                lines.push(DiffLine::Same(left));
                row += 1;
                column += 1;
            }
            (Some(left), right)
                if right.is_none() || length(row + 1, column) >= length(row, column + 1) =>
            {
                lines.push(DiffLine::First(left));
                row += 1;
            }
            (_, Some(right)) => {
                lines.push(DiffLine::Second(right));
                column += 1;
            }
            (_, None) => return lines,
        }
    }
}

/// For each pair of places, how many lines what follows has in common.
fn common_lengths(first: &[String], second: &[String]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; second.len() + 1]];
    for left in first.iter().rev() {
        let mut row = vec![0; second.len() + 1];
        if let Some(below) = rows.last() {
            for (place, right) in second.iter().enumerate().rev() {
                let at = |row: &Vec<usize>, place: usize| row.get(place).copied().unwrap_or(0);
                let best = if left == right {
                    at(below, place + 1) + 1
                } else {
                    at(below, place).max(at(&row, place + 1))
                };
                if let Some(cell) = row.get_mut(place) {
                    *cell = best;
                }
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_on_both_sides_is_reported_once() {
        let mismatch = Mismatch::between("log", lines("a b c d"), lines("a x c d e")).unwrap();
        assert_eq!(
            mismatch.to_string(),
            "log (- expected, + found)\n    a\n  - b\n  + x\n    c\n    d\n  + e"
        );
        assert_eq!(Mismatch::between("log", lines("a"), lines("a")), None);
    }

    #[test]
    fn what_cannot_be_seen_is_quoted_where_it_differs() {
        for (expected, reported) in [
            ("reject 603 ", "\n  - \"reject 603 \"\n  + reject 603"),
            ("reject\t603", "\n  - \"reject\\t603\"\n  + reject 603"),
            (
                "reject\u{a0}603",
                "\n  - \"reject\\u{a0}603\"\n  + reject 603",
            ),
            ("reject  603", "\n  - \"reject  603\"\n  + reject 603"),
        ] {
            let found = vec!["reject 603".to_owned()];
            let mismatch = Mismatch::between("verdict", vec![expected.to_owned()], found).unwrap();
            assert!(mismatch.to_string().ends_with(reported), "{mismatch}");
        }
        // A blank that is on both sides is none to look for.
        assert_eq!(DiffLine::Same(" a").to_string(), "     a");
    }

    #[test]
    fn an_end_without_its_other_side_is_reported() {
        let reported = Mismatch::between("log", lines("a b"), Vec::new()).unwrap();
        assert!(
            reported.to_string().ends_with("\n  - a\n  - b"),
            "{reported}"
        );
        let reported = Mismatch::between("log", Vec::new(), lines("a b")).unwrap();
        assert!(
            reported.to_string().ends_with("\n  + a\n  + b"),
            "{reported}"
        );
    }

    #[test]
    fn very_long_sides_are_listed() {
        let many: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
        let compared = compare(&many, &[]);
        assert_eq!(compared.len(), many.len());
    }
}
