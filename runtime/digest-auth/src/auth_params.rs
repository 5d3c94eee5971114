//! `Digest name=value, name="value"`: the common form of challenges and answers (RFC 7235 2.1,
//! RFC 3261 25.1).

use std::borrow::Cow;

/// The longest header field that is read, in bytes. Those of real phones have less than 600.
const BYTES_MAX: usize = 4096;

/// Parameters of one header field. RFC 7616 names twelve.
const PARAMS_MAX: usize = 32;

/// Why a header field is no digest challenge or answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MalformedAuth {
    /// It is longer than any that is meant well.
    #[error("it has more than {BYTES_MAX} bytes")]
    TooLong,
    /// It has more parameters than any that is meant well.
    #[error("it has more than {PARAMS_MAX} parameters")]
    TooManyParams,
    /// It is no text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is of another scheme: Basic, Bearer.
    #[error("its scheme is not Digest")]
    NotDigest,
    /// It does not follow the grammar.
    #[error("it does not follow the grammar at byte {at}")]
    Grammar {
        /// How many bytes were read.
        at: usize,
    },
    /// A parameter stands in it twice.
    #[error("it has a parameter twice")]
    Twice,
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter has a value that it cannot have.
    #[error("{0} has no value that it may have")]
    BadValue(&'static str),
}

/// The parameters as they stand there. What is quoted is without its quotes, and otherwise as it
/// was sent: that is what both sides hash.
#[derive(Debug)]
pub(crate) struct AuthParams<'a> {
    params: Vec<(&'a str, &'a str)>,
}

impl<'a> AuthParams<'a> {
    pub(crate) fn parse(value: &'a [u8]) -> Result<Self, MalformedAuth> {
        if value.len() > BYTES_MAX {
            return Err(MalformedAuth::TooLong);
        }
        let text = std::str::from_utf8(value).map_err(|_| MalformedAuth::NotUtf8)?;
        let mut cursor = Cursor { text, rest: text };
        cursor.skip(is_space);
        let scheme = cursor.take_while(|c| !is_space(c));
        if !scheme.eq_ignore_ascii_case("Digest") {
            return Err(MalformedAuth::NotDigest);
        }
        let mut params: Vec<(&str, &str)> = Vec::new();
        loop {
            // Empty elements of a list are allowed (RFC 9110 5.6.1).
            cursor.skip(|c| is_space(c) || c == ',');
            if cursor.rest.is_empty() {
                return Ok(Self { params });
            }
            let (name, value) = cursor.param()?;
            if params.len() == PARAMS_MAX {
                return Err(MalformedAuth::TooManyParams);
            }
            if params
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name))
            {
                return Err(MalformedAuth::Twice);
            }
            params.push((name, value));
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let mut params = self.params.iter();
        let (_, value) = params.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<&'a str, MalformedAuth> {
        self.get(name).ok_or(MalformedAuth::Missing(name))
    }
}

/// A quoted value without its backslashes.
pub(crate) fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let next = if c == '\\' { chars.next() } else { Some(c) };
        plain.extend(next);
    }
    Cow::Owned(plain)
}

/// A text so that it can stand between quotes, without control characters.
pub(crate) fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            value.push('\\');
        }
        value.push(c);
    }
    value
}

/// White space, and the ends of lines that are folded.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn skip(&mut self, is_skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(is_skipped);
    }

    fn take_while(&mut self, is_taken: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_taken(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    const fn grammar(&self) -> MalformedAuth {
        MalformedAuth::Grammar {
            at: self.text.len() - self.rest.len(),
        }
    }

    fn param(&mut self) -> Result<(&'a str, &'a str), MalformedAuth> {
        let name = self.take_while(|c| !is_space(c) && !matches!(c, '=' | ',' | '"'));
        self.skip(is_space);
        if name.is_empty() || !self.take('=') {
            return Err(self.grammar());
        }
        self.skip(is_space);
        let value = match self.take('"') {
            true => self.quoted()?,
            // Whoever gives the value back gives it back between quotes.
            false => self
                .take_while(|c| !is_space(c) && !c.is_control() && !matches!(c, ',' | '"' | '\\')),
        };
        self.skip(is_space);
        match self.rest.is_empty() || self.rest.starts_with(',') {
            true => Ok((name, value)),
            false => Err(self.grammar()),
        }
    }

    fn take(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Up to the quote that ends it.
    fn quoted(&mut self) -> Result<&'a str, MalformedAuth> {
        let mut is_escaped = false;
        for (at, c) in self.rest.char_indices() {
            match c {
                '"' if !is_escaped => {
                    let (value, rest) = self.rest.split_at(at);
                    self.rest = rest;
                    self.take('"');
                    return Ok(value);
                }
                // Nothing of it may begin a line where it is given back.
                _ if c.is_control() => break,
                _ => is_escaped = c == '\\' && !is_escaped,
            }
        }
        Err(self.grammar())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AuthParams<'_>, MalformedAuth> {
        AuthParams::parse(text.as_bytes())
    }

    #[test]
    fn what_phones_send_is_read() {
        let text = "digest  username = \"a\\\"b\",realm=\"x, y\" ,\r\n nc=00000001,, qop=auth";
        let params = parse(text).unwrap();
        assert_eq!(params.get("USERNAME"), Some("a\\\"b"));
        assert_eq!(params.get("realm"), Some("x, y"));
        assert_eq!(params.get("nc"), Some("00000001"));
        assert_eq!(params.get("qop"), Some("auth"));
        assert_eq!(params.get("opaque"), None);
        assert_eq!(params.required("uri"), Err(MalformedAuth::Missing("uri")));
    }

    #[test]
    fn what_is_broken_says_how() {
        assert_eq!(parse("Basic YTpi").unwrap_err(), MalformedAuth::NotDigest);
        assert_eq!(parse("").unwrap_err(), MalformedAuth::NotDigest);
        assert_eq!(
            parse("Digest a=\"b").unwrap_err(),
            MalformedAuth::Grammar { at: 10 }
        );
        assert_eq!(
            parse("Digest a").unwrap_err(),
            MalformedAuth::Grammar { at: 8 }
        );
        assert_eq!(
            parse("Digest a=b c=d").unwrap_err(),
            MalformedAuth::Grammar { at: 11 }
        );
        assert_eq!(
            parse("Digest a=\\").unwrap_err(),
            MalformedAuth::Grammar { at: 9 }
        );
        assert_eq!(
            parse("Digest a=b\u{7f}").unwrap_err(),
            MalformedAuth::Grammar { at: 10 }
        );
        assert_eq!(
            parse("Digest a=\"\r\n b\"").unwrap_err(),
            MalformedAuth::Grammar { at: 10 }
        );
        assert_eq!(parse("Digest a=b, A=c").unwrap_err(), MalformedAuth::Twice);
        assert_eq!(
            AuthParams::parse(b"Digest a=\xff").unwrap_err(),
            MalformedAuth::NotUtf8
        );
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let long = format!("Digest a=\"{}\"", "x".repeat(BYTES_MAX));
        assert_eq!(parse(&long).unwrap_err(), MalformedAuth::TooLong);
        let params: Vec<_> = (0..=PARAMS_MAX).map(|n| format!("p{n}=1")).collect();
        let most = format!("Digest {}", params[1..].join(","));
        assert!(parse(&most).is_ok());
        let many = format!("Digest {}", params.join(","));
        assert_eq!(parse(&many).unwrap_err(), MalformedAuth::TooManyParams);
    }

    #[test]
    fn an_escaped_text_is_read_as_it_was() {
        for text in ["a\"b\\c", "plain", "Jäsøn \\\"", ""] {
            assert_eq!(unescaped(&escaped(text)), text);
        }
        assert_eq!(escaped("a\r\nb"), "ab");
    }
}
