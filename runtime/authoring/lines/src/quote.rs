//! A line of a source as messages show it.

/// A line with more characters is not shown.
const LINE_CHARS_MAX: usize = 200;

/// A line with its number, and below it a caret at a place of it: two lines that begin with blanks.
/// `column` counts bytes, and the first is 1. None of a line that is empty, or too long to be
/// looked at.
#[must_use]
pub fn quote(line: &str, number: usize, column: usize) -> Option<String> {
    if line.trim().is_empty() || line.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let before = column.checked_sub(1)?;
    let before = line.get(..line.floor_char_boundary(before))?;
    // A tab is as wide below as it is above.
    let blank = |character| if character == '\t' { '\t' } else { ' ' };
    let blanks: String = before.chars().map(blank).collect();
    let number = number.to_string();
    let margin = " ".repeat(number.len());
    Some(format!("  {number} | {line}\n  {margin} | {blanks}^"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_below_the_place() {
        let quoted = quote("\tif (\u{e4}) x", 12, 9).unwrap();
        assert_eq!(quoted, "  12 | \tif (\u{e4}) x\n     | \t      ^");
        assert_eq!(quote("ab", 1, 40).unwrap(), "  1 | ab\n    |   ^");
        assert_eq!(quote("  ", 1, 1), None);
        assert_eq!(quote(&"y".repeat(201), 1, 1), None);
        assert_eq!(quote("a", 1, 0), None);
    }
}
