//! Words whose end has to be looked for: texts and pseudo-variables.

/// A text that was found.
pub(super) struct Quoted {
    /// Escapes resolved.
    pub(super) text: String,
    /// How many octets it takes with its quotes.
    pub(super) length: usize,
    /// An escape that stands for what no text can hold.
    pub(super) refused: Option<&'static str>,
}

/// The text that begins with this quote. Only the double quote knows escapes.
pub(super) fn text(rest: &str, quote: char) -> Option<Quoted> {
    let mut octets = Vec::new();
    let mut tail = rest.get(quote.len_utf8()..)?;
    while let Some(character) = tail.chars().next() {
        let width = character.len_utf8();
        if character == quote {
            let length = rest.len() - tail.len() + width;
            return Some(quoted(octets, length));
        }
        if character != '\\' || quote == '\'' {
            octets.extend_from_slice(tail.get(..width)?.as_bytes());
            tail = tail.get(width..)?;
            continue;
        }
        let taken = escape(tail.get(width..)?, &mut octets)?;
        tail = tail.get(width + taken..)?;
    }
    None
}

fn quoted(octets: Vec<u8>, length: usize) -> Quoted {
    let has_nul = octets.contains(&0);
    let (text, refused) = match String::from_utf8(octets) {
        Ok(text) if has_nul => (text, Some("\\x00 ends a text in Kamailio")),
        Ok(text) => (text, None),
        Err(_) => {
            let what = "what \\x and octal escapes make of this text is not UTF-8";
            (String::new(), Some(what))
        }
    };
    Quoted {
        text,
        length,
        refused,
    }
}

/// Resolves what stands behind a backslash: how many octets it takes. `\xH`, `\xHH`, and two or three octal digits are
/// octets; what is no escape keeps its backslash, a single quote too.
fn escape(rest: &str, octets: &mut Vec<u8>) -> Option<usize> {
    let first = rest.chars().next()?;
    let hexadecimal = rest
        .strip_prefix('x')
        .map_or(0, |digits| leading(digits, 16, 2));
    if hexadecimal > 0 {
        octets.push(u8::from_str_radix(rest.get(1..=hexadecimal)?, 16).ok()?);
        return Some(1 + hexadecimal);
    }
    let octal = rest.get(..leading(rest, 8, 3))?;
    if octal.len() > 1
        && let Ok(octet) = u8::from_str_radix(octal, 8)
    {
        octets.push(octet);
        return Some(octal.len());
    }
    match first {
        'n' => octets.push(b'\n'),
        'r' => octets.push(b'\r'),
        't' => octets.push(b'\t'),
        'a' => octets.push(7),
        '\\' => octets.push(b'\\'),
        '"' => octets.push(b'"'),
        // A line that goes on in the next one.
        '\n' => {}
        '\r' if rest.starts_with("\r\n") => return Some(2),
        other => {
            octets.push(b'\\');
            octets.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Some(first.len_utf8())
}

/// How many digits of a base stand first, at most so many.
fn leading(text: &str, base: u32, most: usize) -> usize {
    let digits = text.chars().take(most);
    digits.take_while(|c| c.is_digit(base)).count()
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
