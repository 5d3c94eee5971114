//! A URI on its way into a Request-URI.

use std::borrow::Cow;

use super::{Scheme, Uri};

impl<'a> Uri<'a> {
    /// The URI as it may stand in a Request-URI: without header fields and without `method`,
    /// which RFC 3261 19.1.1 allows elsewhere only; they are to be removed where the URI of a
    /// contact is called (16.6 step 2, 12.2.1.1). Other schemes than `sip` and `sips` have none.
    #[must_use]
    pub fn as_request_uri(&self) -> Cow<'a, str> {
        let is_sip = matches!(self.scheme, Scheme::Sip | Scheme::Sips);
        let has_method = self.params.get("method").is_some();
        if !is_sip || (self.headers.is_none() && !has_method) {
            return Cow::Borrowed(self.raw);
        }
        let headers_len = self.headers.map_or(0, |headers| headers.len() + 1);
        let params_len = self.params.raw().len();
        let base_len = self.raw.len().saturating_sub(headers_len + params_len);
        let mut target = self.raw.get(..base_len).unwrap_or_default().to_owned();
        for param in self.params.iter() {
            if param.name.eq_ignore_ascii_case(b"method") {
                continue;
            }
            target.push(';');
            target.push_str(&String::from_utf8_lossy(param.name));
            if let Some(value) = param.value {
                target.push('=');
                target.push_str(&String::from_utf8_lossy(value));
            }
        }
        Cow::Owned(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_method_go_and_all_else_stays() {
        for (uri, target) in [
            (
                "sip:h@192.0.2.1:5070?Subject=x&Replaces=a%3Bb",
                "sip:h@192.0.2.1:5070",
            ),
            ("sip:m@h;method=INVITE;x=1", "sip:m@h;x=1"),
            (
                "sip:m@[::1]:5070;x;METHOD=a;y=\u{e9}?a=b",
                "sip:m@[::1]:5070;x;y=\u{e9}",
            ),
            ("sips:h;method", "sips:h"),
            ("sip:h;lr;?a=b", "sip:h;lr"),
            ("sip:h?", "sip:h"),
            (
                "sip:m;method=x@h;transport=tcp;",
                "sip:m;method=x@h;transport=tcp;",
            ),
            ("tel:+1;method=x?y", "tel:+1;method=x?y"),
            ("urn:x?y", "urn:x?y"),
        ] {
            let parsed = Uri::parse(uri.as_bytes()).unwrap();
            assert_eq!(parsed.as_request_uri(), target);
        }
    }
}
