//! Words whose end has to be looked for: texts and pseudo-variables.

use super::input::Input;

/// Reads the text that begins with this quote, escapes resolved; none when it does not end. An
/// error is why no text can hold what its escapes stand for.
///
/// Between double quotes Kamailio knows escapes, and what follows in double quotes belongs to the
/// same text. Between single quotes everything is as it stands.
pub(super) fn text(input: &mut Input<'_>, quote: char) -> Option<Result<String, &'static str>> {
    let mut bytes = Vec::new();
    input.next();
    loop {
        let character = input.next()?;
        if character == quote {
            if quote == '\'' {
                return Some(whole(bytes));
            }
            input.take_while(is_blank);
            if input.peek() != Some('"') {
                return Some(whole(bytes));
            }
            input.next();
        } else if character == '\\' && quote == '"' {
            escape(input, &mut bytes);
        } else {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

fn whole(bytes: Vec<u8>) -> Result<String, &'static str> {
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => {
            Err("\\x00 ends a text in Kamailio; take the escape out of the text")
        }
        Ok(text) if text.contains(char::REPLACEMENT_CHARACTER) => {
            Err("this text has bytes that are not UTF-8")
        }
        Ok(text) => Ok(text),
        Err(_) => Err(
            "what \\x and octal escapes make of this text is not UTF-8; take the escape out of the text",
        ),
    }
}

/// What Kamailio reads over between words.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{8}' | '\r' | '\n')
}

/// What follows a backslash: `\xH`, `\xHH`, and two or three octal digits are bytes; what is no
/// escape keeps its backslash, a single quote too.
fn escape(input: &mut Input<'_>, bytes: &mut Vec<u8>) {
    let simple = match input.peek() {
        Some('n') => Some(b'\n'),
        Some('r') => Some(b'\r'),
        Some('t') => Some(b'\t'),
        Some('a') => Some(7),
        Some('"') => Some(b'"'),
        Some('\\') => Some(b'\\'),
        // A line that goes on in the next one.
        Some('\n') => {
            input.next();
            return;
        }
        _ => None,
    };
    if let Some(byte) = simple {
        input.next();
        bytes.push(byte);
        return;
    }
    let is_hexadecimal = input.peek() == Some('x');
    let (skipped, radix, least, most) = if is_hexadecimal {
        (1, 16, 1, 2)
    } else {
        (0, 8, 2, 3)
    };
    let digits = input.ahead().skip(skipped).take(most);
    let digits: String = digits.take_while(|digit| digit.is_digit(radix)).collect();
    match u8::from_str_radix(&digits, radix) {
        Ok(byte) if digits.len() >= least => {
            input.skip(skipped + digits.len());
            bytes.push(byte);
        }
        Ok(_) | Err(_) => bytes.push(b'\\'),
    }
}

/// How many bytes the pseudo-variable at the beginning takes: `$name`, `$name(...)`, `$(...)`. None
/// when it is none.
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

/// How many bytes up to the parenthesis that closes the first one.
fn parenthesised(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
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

/// How many characters the pseudo-variable at the beginning of a route's text takes. Dots end it
/// there.
pub(super) fn variable_ahead(mut ahead: impl Iterator<Item = char>) -> Option<usize> {
    let (mut count, mut depth) = (1, 0_u32);
    if ahead.next() != Some('$') {
        return None;
    }
    for character in ahead {
        match character {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(count + 1),
            ')' if depth > 1 => depth -= 1,
            '\n' if depth > 0 => return None,
            c if depth > 0 || c.is_ascii_alphabetic() || c == '_' => {}
            c if c.is_ascii_digit() && count > 1 => {}
            _ => break,
        }
        count += 1;
    }
    (count > 1 && depth == 0).then_some(count)
}
