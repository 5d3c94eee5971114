//! The few lexical rules of RFC 3261 section 25.1 that everything shares.

use std::borrow::Cow;

/// `token` characters.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'!' | b'%' | b'*'
        | b'_' | b'+' | b'`' | b'\'' | b'~')
}

/// A non-empty `token`, as text.
pub(crate) fn token(bytes: &[u8]) -> Option<&str> {
    if bytes.is_empty() || !bytes.iter().copied().all(is_token_byte) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

/// Linear white space. CR and LF only occur inside a header value as part of a fold:
/// the parser has refused them everywhere else.
pub(crate) fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        if !is_lws(*first) {
            break;
        }
        bytes = rest;
    }
    bytes
}

pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes {
        if !is_lws(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// Splits at the first `separator`; the separator itself is dropped.
pub(crate) fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(separator, bytes)?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// [`split_once`] for text; `separator` is ASCII.
pub(crate) fn split_text(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(separator, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether some byte cannot be in a URI: controls, white space, quotes, angle brackets.
/// Looks at all of them without stopping, which the compiler makes into vector code.
pub(crate) fn has_non_uri_byte(bytes: &[u8]) -> bool {
    let is_bad = |byte: u8| {
        (byte <= b' ') | (byte == b'<') | (byte == b'>') | (byte == b'"') | (byte == 0x7f)
    };
    bytes
        .iter()
        .fold(false, |found, byte| found | is_bad(*byte))
}

/// Each fold (CRLF and the white space around it) becomes one space (RFC 3261 7.3.1).
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut flat = Vec::with_capacity(value.len());
    for line in value.split(|byte| *byte == b'\n') {
        let line = trim(line);
        if !flat.is_empty() && !line.is_empty() {
            flat.push(b' ');
        }
        flat.extend_from_slice(line);
    }
    Cow::Owned(flat)
}

/// Length of the quoted string that `bytes` starts with, both quotes included.
/// `None`: it does not start with a quote, or the closing quote is missing.
pub(crate) fn quoted_len(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        let found = memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        at += found;
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            // A backslash takes the next byte with it, whatever it is.
            _ => at += 2,
        }
    }
}

/// Removes quotes and backslashes of a quoted string; anything else is returned as it is.
pub(crate) fn unquote(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = bytes
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
    else {
        return Cow::Borrowed(bytes);
    };
    if memchr::memchr(b'\\', inner).is_none() {
        return unfold(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' {
            plain.extend(bytes.next());
        } else {
            plain.push(byte);
        }
    }
    Cow::Owned(plain)
}

/// A decimal number of 1 or more digits; white space around it is the caller's.
pub(crate) fn decimal(bytes: &[u8]) -> Decimal {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return Decimal::NotANumber;
    }
    let mut number: u32 = 0;
    for byte in bytes {
        let digit = u32::from(byte - b'0');
        match number
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(digit))
        {
            Some(next) => number = next,
            None => return Decimal::TooLarge,
        }
    }
    Decimal::Number(number)
}

/// What [`decimal`] read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decimal {
    Number(u32),
    TooLarge,
    NotANumber,
}

/// Splits a list value at commas outside quoted strings and angle brackets; items are
/// trimmed and may be empty. An unbalanced quote or bracket runs to the end of the value.
#[derive(Clone, Debug)]
pub(crate) struct CommaSplit<'a> {
    rest: Option<&'a [u8]>,
    is_whole: bool,
}

impl<'a> CommaSplit<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Self {
        Self {
            rest: Some(value),
            is_whole: false,
        }
    }

    /// Yields the value as its only item.
    pub(crate) fn whole(value: &'a [u8]) -> Self {
        Self {
            rest: Some(value),
            is_whole: true,
        }
    }

    /// What has not been split yet; `None` after the last item.
    pub(crate) fn rest(&self) -> Option<&'a [u8]> {
        self.rest
    }
}

impl<'a> Iterator for CommaSplit<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        // Most values are single: look for a comma before looking at structure.
        if self.is_whole || memchr::memchr(b',', rest).is_none() {
            self.rest = None;
            return Some(trim(rest));
        }
        let end = item_len(rest);
        self.rest = rest.get(end + 1..);
        Some(trim(rest.get(..end).unwrap_or(rest)))
    }
}

/// Bytes up to the first comma outside quotes and brackets, or all of them.
fn item_len(value: &[u8]) -> usize {
    let mut at = 0;
    let mut in_angle = false;
    while let Some(byte) = value.get(at) {
        match byte {
            b'"' if !in_angle => match value.get(at..).and_then(quoted_len) {
                Some(len) => {
                    at += len;
                    continue;
                }
                None => return value.len(),
            },
            b'<' => in_angle = true,
            b'>' => in_angle = false,
            b',' if !in_angle => return at,
            _ => {}
        }
        at += 1;
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(value: &str) -> Vec<&str> {
        CommaSplit::new(value.as_bytes())
            .map(|item| std::str::from_utf8(item).unwrap())
            .collect()
    }

    #[test]
    fn commas_inside_quotes_and_brackets_do_not_split() {
        assert_eq!(
            items("\"a,\\\"b\" <sip:x,y@h>;q=1 , <sip:z>"),
            ["\"a,\\\"b\" <sip:x,y@h>;q=1", "<sip:z>"]
        );
        assert_eq!(items("a,,b"), ["a", "", "b"]);
        assert_eq!(items("a,"), ["a", ""]);
        assert_eq!(items("\"a, b"), ["\"a, b"]);
    }

    #[test]
    fn a_fold_reads_as_one_space() {
        assert_eq!(&*unfold(b"a \r\n\t b\r\n c"), b"a b c");
        assert_eq!(&*unfold(b"plain"), b"plain");
    }

    #[test]
    fn quoted_string_length_honours_escapes() {
        assert_eq!(quoted_len(b"\"a\\\"b\" x"), Some(6));
        assert_eq!(quoted_len(b"\"a\\\""), None);
        assert_eq!(quoted_len(b"\"a\\"), None);
        assert_eq!(quoted_len(b"a"), None);
        assert_eq!(&*unquote(b"\"a\\\"b\""), b"a\"b");
    }

    #[test]
    fn numbers_past_32_bits_are_told_from_non_numbers() {
        assert_eq!(decimal(b"0068"), Decimal::Number(68));
        assert_eq!(decimal(b"4294967295"), Decimal::Number(u32::MAX));
        assert_eq!(decimal(b"4294967296"), Decimal::TooLarge);
        assert_eq!(decimal(b"-1"), Decimal::NotANumber);
        assert_eq!(decimal(b""), Decimal::NotANumber);
    }
}
