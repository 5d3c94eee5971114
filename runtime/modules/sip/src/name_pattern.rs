//! Patterns of header field names: `X-*`.

use evroute_sip::HeaderName;

/// The longest pattern, in bytes.
const BYTES_MAX: usize = 64;
/// The most `*` of one: each may lead back once for each byte of a name.
const STARS_MAX: usize = 8;

/// What names of header fields are compared with: `*` stands for any characters, `?` for one. It
/// takes at most as many steps as name and pattern are long, multiplied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NamePattern<'a>(&'a [u8]);

impl<'a> NamePattern<'a> {
    /// Reads one; a sentence where it is none.
    pub(crate) fn read(text: &'a str) -> Result<Self, String> {
        if text.len() > BYTES_MAX {
            return Err(format!("a pattern has at most {BYTES_MAX} bytes"));
        }
        if text.bytes().filter(|byte| *byte == b'*').count() > STARS_MAX {
            return Err(format!("a pattern has at most {STARS_MAX} *"));
        }
        if !HeaderName::Other(&text.replace('?', "x")).is_token() {
            return Err("no name of a header field is like that".to_owned());
        }
        Ok(Self(text.as_bytes()))
    }

    /// Whether a name is like that, letters of both cases the same.
    pub(crate) fn matches(self, name: &str) -> bool {
        let name = name.as_bytes();
        let (mut at, mut place) = (0, 0);
        // Where the last `*` is, and the byte of the name up to which it stands for.
        let mut star = None;
        while let Some(byte) = name.get(place) {
            match self.0.get(at) {
                Some(b'*') => {
                    star = Some((at, place));
                    at += 1;
                }
                Some(own) if *own == b'?' || own.eq_ignore_ascii_case(byte) => {
                    at += 1;
                    place += 1;
                }
                Some(_) | None => {
                    let Some((before, until)) = star else {
                        return false;
                    };
                    (at, place) = (before + 1, until + 1);
                    star = Some((before, place));
                }
            }
        }
        let rest = self.0.get(at..).unwrap_or_default();
        rest.iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_like_their_pattern_or_not() {
        for (pattern, names, others) in [
            ("X-*", "X-A x-b X-", "XA AX-B"),
            ("*", "a Subject", ""),
            ("Subject", "subject SUBJECT", "Subjects Subjec"),
            ("X-?", "X-A", "X- X-AB"),
            ("*-Id", "X-Id Call-ID -id", "Id X-Id-Y"),
            ("a*b*c", "abc aXbYc aabbcc abcbc", "ab acb abcd"),
            ("P-*-*", "P-Asserted-Identity P--", "P-Asserted"),
        ] {
            let pattern = NamePattern::read(pattern).unwrap();
            for name in names.split_whitespace() {
                assert!(pattern.matches(name), "{pattern:?} {name}");
            }
            for name in others.split_whitespace() {
                assert!(!pattern.matches(name), "{pattern:?} {name}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let long = "a".repeat(BYTES_MAX + 1);
        let stars = "*a".repeat(STARS_MAX + 1);
        for pattern in ["", "X:", "X *", "X\r\nY", "\u{e9}*", "(a|b)", &long, &stars] {
            assert!(NamePattern::read(pattern).is_err(), "{pattern:?}");
        }
        let most = "*a".repeat(STARS_MAX);
        assert!(
            NamePattern::read(&most)
                .unwrap()
                .matches(&"a".repeat(STARS_MAX))
        );
    }
}
