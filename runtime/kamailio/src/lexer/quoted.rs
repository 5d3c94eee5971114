//! Words whose end has to be looked for: texts and pseudo-variables.

/// The text that begins with this quote, escapes resolved, and how many octets it takes with its quotes. Only the double
/// quote knows escapes.
pub(super) fn text(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Some((text, at + quote.len_utf8()));
        }
        if character != '\\' || quote == '\'' {
            text.push(character);
            continue;
        }
        match characters.next()?.1 {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'a' => text.push('\u{7}'),
            // A line that goes on in the next one.
            '\n' => {}
            same @ ('\\' | '"' | '\'') => text.push(same),
            other => text.extend(['\\', other]),
        }
    }
    None
}

/// How many octets the pseudo-variable at the beginning takes: `$name`, `$name(...)`, `$(...)`. None when it is none.
///
/// Inside of parentheses, brackets and braces only those count, as in Kamailio.
pub(crate) fn variable(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('$')?;
    let name = inner
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(inner.len());
    let after = inner.get(name..)?;
    if after.starts_with('(') {
        return Some(1 + name + parenthesised(after)?);
    }
    (name > 0).then_some(1 + name)
}

/// How many octets up to the parenthesis that closes the first one.
fn parenthesised(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'\n' => return None,
            _ => {}
        }
    }
    None
}
