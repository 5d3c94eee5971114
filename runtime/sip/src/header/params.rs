//! Header parameters: `;name=value;flag;name="quoted"`.

use std::borrow::Cow;

use super::HeaderError;
use crate::grammar::{quoted_len, split_once, trim, unquote};

/// The parameters behind a header value, in order. Names compare without case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    raw: &'a [u8],
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written.
    pub name: &'a [u8],
    /// The value as written, quotes included; `None` for a flag such as `;rport`.
    pub value: Option<&'a [u8]>,
}

impl<'a> Params<'a> {
    /// Reads what follows a header value: nothing, or text that starts with `;`. One
    /// trailing `;` is forgiven, for phones send it; an empty parameter in between is not.
    pub fn parse(raw: &'a [u8]) -> Result<Self, HeaderError> {
        let raw = trim(raw);
        let Some((first, mut rest)) = raw.split_first() else {
            return Ok(Self { raw });
        };
        if *first != b';' {
            return Err(HeaderError::UnexpectedText);
        }
        loop {
            let len = param_len(rest).ok_or(HeaderError::UnbalancedQuote)?;
            let param = trim(rest.get(..len).unwrap_or_default());
            let tail = rest.get(len + 1..);
            if param.first().is_none_or(|byte| *byte == b'=') {
                let is_trailing = param.is_empty() && tail.is_none() && raw.len() > 1;
                return if is_trailing {
                    Ok(Self { raw })
                } else {
                    Err(HeaderError::EmptyParam)
                };
            }
            match tail {
                Some(tail) => rest = tail,
                None => return Ok(Self { raw }),
            }
        }
    }

    /// What [`parse`](Self::parse) has read once.
    pub(crate) fn read_before(raw: &'a [u8]) -> Self {
        Self { raw }
    }

    /// The parameters as written, first `;` included; empty when there are none.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The first parameter of that name.
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter()
            .find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The text of the first parameter of that name. `None` also when the parameter is a
    /// flag or not UTF-8; use [`get`](Self::get) where that matters. Quotes are kept.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(|param| param.text())
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.raw.strip_prefix(b";");
        std::iter::from_fn(move || {
            let params = rest?;
            let len = param_len(params).unwrap_or(params.len());
            rest = params.get(len + 1..);
            Some(trim(params.get(..len)?))
        })
        .filter(|param| !param.is_empty())
        .map(|param| match split_once(param, b'=') {
            Some((name, value)) => Param {
                name: trim(name),
                value: Some(trim(value)),
            },
            None => Param {
                name: param,
                value: None,
            },
        })
    }
}

impl<'a> Param<'a> {
    /// The value as text, quotes kept; `None` for a flag and for bytes that are not UTF-8.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value?).ok()
    }

    /// The value without quotes and escapes; `None` for a flag.
    pub fn unquoted(&self) -> Option<Cow<'a, [u8]>> {
        self.value.map(unquote)
    }
}

/// Bytes up to the next `;` outside a quoted string; `None` when a quote is not closed.
fn param_len(params: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = params.get(at..)?;
        let Some(found) = memchr::memchr2(b';', b'"', rest) else {
            return Some(params.len());
        };
        at += found;
        if params.get(at) == Some(&b';') {
            return Some(at);
        }
        at += params.get(at..).and_then(quoted_len)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(raw: &str) -> Params<'_> {
        Params::parse(raw.as_bytes()).unwrap()
    }

    #[test]
    fn names_ignore_case_and_white_space_around_the_parts() {
        let params = params(" ;\r\n  TAG = 98asjd8 ; lr;x=\"a;\\\"b\"");
        assert_eq!(params.text("tag"), Some("98asjd8"));
        assert_eq!(params.get("lr").unwrap().value, None);
        assert_eq!(&*params.get("X").unwrap().unquoted().unwrap(), b"a;\"b");
        assert_eq!(params.iter().count(), 3);
        assert_eq!(params.get("y"), None);
    }

    #[test]
    fn empty_parameters_are_refused_but_one_trailing_semicolon_is_not() {
        assert_eq!(params(";tag=1;").text("tag"), Some("1"));
        assert_eq!(params("").iter().count(), 0);
        for bad in [";;", ";", ";a;;b", ";a=1;;", ";=x"] {
            assert_eq!(
                Params::parse(bad.as_bytes()),
                Err(HeaderError::EmptyParam),
                "{bad}"
            );
        }
        assert_eq!(Params::parse(b";a=\"x"), Err(HeaderError::UnbalancedQuote));
        assert_eq!(Params::parse(b"x;a"), Err(HeaderError::UnexpectedText));
    }
}
