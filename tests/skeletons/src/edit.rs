//! Where in a text something is put.

/// Before the line that closes what `opening` opens: the next one that begins with `closing` at the
/// same depth.
pub(crate) fn before_close(text: &str, opening: &str, closing: &str, new: &str) -> Option<String> {
    let from = text.find(opening)?;
    let line_start = text.get(..from)?.rfind('\n').map_or(0, |at| at + 1);
    let indent: String = text
        .get(line_start..)?
        .chars()
        .take_while(|c| *c == ' ')
        .collect();
    let close = format!("\n{indent}{closing}");
    let at = from + text.get(from..)?.find(&close)? + 1;
    Some(format!("{}{new}{}", text.get(..at)?, text.get(at..)?))
}

/// As the last item of the list that `opening` opens, `vec![`, on a line of its own.
pub(crate) fn last_item(text: &str, opening: &str, item: &str) -> Option<String> {
    let from = text.find(opening)? + opening.len();
    let mut depth = 1_usize;
    let length = text.get(from..)?.find(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let items = text.get(from..from + length)?.trim().trim_end_matches(',');
    let comma = if items.is_empty() { "" } else { ",\n" };
    let rest = text.get(from + length..)?;
    Some(format!(
        "{}\n{items}{comma}{item},\n{rest}",
        text.get(..from)?
    ))
}

/// As the last row of the table of Markdown that has this first line.
pub(crate) fn last_row(text: &str, head: &str, row: &str) -> Option<String> {
    let from = text.find(head)?;
    let mut end = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        if !line.starts_with('|') {
            break;
        }
        end += line.len();
    }
    Some(format!("{}{row}\n{}", text.get(..end)?, text.get(end..)?))
}

/// After the last of the lines that begin so.
pub(crate) fn after_last(text: &str, start: &str, new: &str) -> Option<String> {
    let mut end = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.starts_with(start) {
            end = Some(at);
        }
    }
    let end = end?;
    Some(format!("{}{new}{}", text.get(..end)?, text.get(end..)?))
}

/// At the end, after an empty line.
pub(crate) fn appended(text: &str, new: &str) -> String {
    format!("{}\n\n{new}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_before_the_bracket_that_closes_its_list() {
        let text = "fn a() {\n    vec![\n        1,\n    ]\n}\n\nfn b() {\n}\n";
        assert_eq!(
            before_close(text, "vec![", "]", "        2,\n").unwrap(),
            "fn a() {\n    vec![\n        1,\n        2,\n    ]\n}\n\nfn b() {\n}\n"
        );
        assert_eq!(before_close(text, "fn c", "}", ""), None);
    }

    #[test]
    fn an_item_goes_to_the_end_of_its_list() {
        assert_eq!(
            last_item("x vec![a[0], b] y]", "vec![", "c").unwrap(),
            "x vec![\na[0], b,\nc,\n] y]"
        );
        assert_eq!(
            last_item("vec![\n  a,\n]", "vec![", "c").unwrap(),
            "vec![\na,\nc,\n]"
        );
        assert_eq!(last_item("vec![]", "vec![", "c").unwrap(), "vec![\nc,\n]");
        assert_eq!(last_item("vec![a", "vec![", "c"), None);
        assert_eq!(last_item("", "vec![", "c"), None);
    }

    #[test]
    fn a_row_goes_to_the_end_of_its_table() {
        let text = "a\n\n| x |\n|---|\n| 1 |\n\n| y |\n";
        assert_eq!(
            last_row(text, "| x |", "| 2 |").unwrap(),
            "a\n\n| x |\n|---|\n| 1 |\n| 2 |\n\n| y |\n"
        );
        assert_eq!(last_row(text, "| z |", ""), None);
        assert_eq!(
            last_row("| x |\n", "| x |", "| 1 |").unwrap(),
            "| x |\n| 1 |\n"
        );
    }

    #[test]
    fn a_line_goes_after_its_like() {
        assert_eq!(
            after_last("use a;\nuse b;\n\nx\n", "use ", "use c;\n").unwrap(),
            "use a;\nuse b;\nuse c;\n\nx\n"
        );
        assert_eq!(appended("x\n\n", "y\n"), "x\n\ny\n");
    }
}
