//! URI comparison.

use std::borrow::Cow;

use super::subscriber::is_visual_separator;
use super::{Scheme, Uri, unescape};
use crate::header::{Param, Params};

/// Parameters that must be in both URIs when they are in one (RFC 3261 19.1.4).
const STRICT_PARAMS: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

/// Comparison is quadratic in the number of parameters; no honest URI has this many.
const COMPARED_PARAMS_MAX: usize = 64;

impl Uri<'_> {
    /// Whether two URIs are equal by RFC 3261 19.1.4. The relation is not transitive, so
    /// it is no `PartialEq`. `tel` compares by RFC 3966 section 4 (digits without visual
    /// separators, parameters as a set); other schemes byte for byte after the scheme. So
    /// do URIs with more than 64 parameters, for the work grows with their square.
    pub fn uri_eq(&self, other: &Uri<'_>) -> bool {
        let is_large = |uri: &Uri<'_>| uri.params.iter().nth(COMPARED_PARAMS_MAX).is_some();
        if is_large(self) || is_large(other) {
            return self.raw == other.raw;
        }
        match (self.scheme, other.scheme) {
            (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) => self.sip_eq(other),
            (Scheme::Tel, Scheme::Tel) => self.tel_eq(other),
            (Scheme::Other(a), Scheme::Other(b)) => {
                a.eq_ignore_ascii_case(b) && self.opaque == other.opaque
            }
            _ => false,
        }
    }

    fn sip_eq(&self, other: &Uri<'_>) -> bool {
        self.port == other.port
            && self.host_eq(other)
            && part_eq(self.user, other.user)
            && part_eq(self.password, other.password)
            && params_agree(self.params, other.params)
            && params_agree(other.params, self.params)
            && headers_eq(self.headers, other.headers)
    }

    fn host_eq(&self, other: &Uri<'_>) -> bool {
        match (self.host_ip(), other.host_ip()) {
            // Two spellings of one IPv6 address are one host.
            (Some(a), Some(b)) => a == b,
            _ => self.host.eq_ignore_ascii_case(other.host),
        }
    }

    fn tel_eq(&self, other: &Uri<'_>) -> bool {
        let digits = |number: &str| -> Vec<u8> {
            number
                .bytes()
                .filter(|byte| !is_visual_separator(*byte))
                .map(|byte| byte.to_ascii_lowercase())
                .collect()
        };
        let covers =
            |a: Params<'_>, b: Params<'_>| firsts(a).all(|param| param_in(&b, param) == Some(true));
        digits(self.opaque) == digits(other.opaque)
            && covers(self.params, other.params)
            && covers(other.params, self.params)
    }
}

/// User parts compare with case, after undoing escapes.
fn part_eq(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a == b || canonical(a) == canonical(b),
        _ => false,
    }
}

/// Escapes undone, except those that stand for reserved characters: `%40` is not `@`.
fn canonical(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let (escape, tail) = escape.split_at_checked(3).unwrap_or((escape, ""));
        match &*unescape(escape) {
            [byte] if is_unreserved(*byte) => out.push(char::from(*byte)),
            _ => out.push_str(&escape.to_ascii_uppercase()),
        }
        rest = tail;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `unreserved` of RFC 3261 25.1.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
        )
}

/// Every parameter of `a` that is also in `b` has the same value there, and none of the
/// strict ones is missing from `b`.
fn params_agree(a: Params<'_>, b: Params<'_>) -> bool {
    firsts(a).all(|param| match param_in(&b, param) {
        Some(is_equal) => is_equal,
        None => !STRICT_PARAMS
            .iter()
            .any(|name| param.name.eq_ignore_ascii_case(name.as_bytes())),
    })
}

/// The parameters without repetitions: a name counts where it comes first (RFC 3261
/// 19.1.1 allows it only once).
fn firsts<'a>(params: Params<'a>) -> impl Iterator<Item = Param<'a>> {
    params.iter().enumerate().filter_map(move |(at, param)| {
        let is_named = |other: &Param<'_>| other.name.eq_ignore_ascii_case(param.name);
        (params.iter().position(|other| is_named(&other)) == Some(at)).then_some(param)
    })
}

/// Whether `params` has that parameter with an equal value; `None` when it lacks it.
fn param_in(params: &Params<'_>, wanted: Param<'_>) -> Option<bool> {
    let Param { name, value } = wanted;
    let text = |bytes: Option<&[u8]>| {
        let text = String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        canonical(&text).to_ascii_lowercase()
    };
    let found = params
        .iter()
        .find(|param| param.name.eq_ignore_ascii_case(name))?;
    Some(found.value == value || text(found.value) == text(value))
}

/// Header components are never ignored; their order does not matter.
fn headers_eq(a: Option<&str>, b: Option<&str>) -> bool {
    let components = |headers: Option<&str>| -> Vec<(String, String)> {
        let mut list: Vec<_> = headers
            .unwrap_or_default()
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), canonical(value).into_owned()))
            .collect();
        list.sort();
        list
    };
    a == b || components(a) == components(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_equal(a: &str, b: &str) -> bool {
        let (a, b) = (
            Uri::parse(a.as_bytes()).unwrap(),
            Uri::parse(b.as_bytes()).unwrap(),
        );
        assert_eq!(
            a.uri_eq(&b),
            b.uri_eq(&a),
            "comparison must not depend on the order"
        );
        a.uri_eq(&b)
    }

    #[test]
    fn the_equal_examples_of_the_rfc_are_equal() {
        for (a, b) in [
            (
                "sip:%61lice@atlanta.com;transport=TCP",
                "sip:alice@AtLanTa.CoM;Transport=tcp",
            ),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
            ("tel:+1-202-555-0123", "tel:+12025550123"),
            ("sip:h;a=1;a=2", "sip:h;A=1;a=3"),
        ] {
            assert!(is_equal(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_uri_stuffed_with_parameters_is_compared_as_text() {
        let (a, b) = (
            format!("sip:h{}", ";a".repeat(65)),
            format!("sip:H{}", ";a".repeat(65)),
        );
        assert!(is_equal(&a, &a) && !is_equal(&a, &b));
        assert!(is_equal(&a.replacen(";a", "", 1), &b.replacen(";a", "", 1)));
    }

    #[test]
    fn the_different_examples_of_the_rfc_are_different() {
        for (a, b) in [
            (
                "SIP:ALICE@AtLanTa.CoM;Transport=udp",
                "sip:alice@AtLanTa.CoM;Transport=UDP",
            ),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            (
                "sip:bob@biloxi.com",
                "sip:bob@biloxi.com:6000;transport=tcp",
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com?Subject=next%20meeting",
            ),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            (
                "sip:carol@chicago.com;security=on",
                "sip:carol@chicago.com;security=off",
            ),
            ("sip:a@b", "sips:a@b"),
            ("sip:a%40c@b", "sip:a@b"),
            ("sip:%00@host5.example.com", "sip:%00%00@host5.example.com"),
            ("tel:+1202;ext=1", "tel:+1202"),
            ("isbn:1", "isbn:2"),
        ] {
            assert!(!is_equal(a, b), "{a} {b}");
        }
    }
}
