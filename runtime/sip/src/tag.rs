//! Tags of From and To: one each, in the address's own parameters.

use crate::edit::EditError;
use crate::grammar::token;
use crate::header::{HeaderError, NameAddr};

/// An address that has no tag, with this one. A `;` that ends it must not become an empty
/// parameter.
pub(crate) fn tagged(address: &[u8], tag: &str) -> Vec<u8> {
    let address = address.strip_suffix(b";").unwrap_or(address);
    [address, b";tag=", tag.as_bytes()].concat()
}

/// The value of a From with exactly one tag (RFC 3261 8.1.1.3, 20.20): the first that it has
/// among its parameters, outside of quotes and angle brackets, or `tag` where it has none.
///
/// # Errors
/// [`EditError::BadHeader`] when `from` is no address, or `tag` no token.
pub fn with_one_tag(from: &str, tag: &str) -> Result<String, EditError> {
    token(tag.as_bytes()).ok_or(EditError::BadHeader(HeaderError::NotText))?;
    let address = NameAddr::parse(from.as_bytes())?;
    let is_tag = |name: &[u8]| name.eq_ignore_ascii_case(b"tag");
    let tags = || address.params().iter().filter(|param| is_tag(param.name));
    let own = tags().find_map(|param| param.text());
    let own = own.filter(|own| token(own.as_bytes()).is_some());
    match (own, tags().count()) {
        (Some(_), 1) => return Ok(from.to_owned()),
        (None, 0) => return Ok(lossless(tagged(from.trim().as_bytes(), tag))),
        (_, _) => {}
    }
    let mut value = address.display().unwrap_or_default().to_vec();
    if !value.is_empty() {
        value.push(b' ');
    }
    value.extend([b"<", address.uri(), b">"].concat());
    for param in address.params().iter() {
        if is_tag(param.name) {
            continue;
        }
        value.push(b';');
        value.extend(param.name);
        if let Some(text) = param.value {
            value.push(b'=');
            value.extend(text);
        }
    }
    Ok(lossless(tagged(&value, own.unwrap_or(tag))))
}

/// It was text, and only ASCII was put in between.
fn lossless(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_has_one_tag_whatever_it_was_asked_with() {
        for (asked, sent) in [
            ("<sip:me@h>", "<sip:me@h>;tag=t"),
            ("\"x;tag=y\" <sip:me@h>", "\"x;tag=y\" <sip:me@h>;tag=t"),
            ("<sip:me@h;tag=u>", "<sip:me@h;tag=u>;tag=t"),
            ("<sip:me@h> ; tag=abc", "<sip:me@h> ; tag=abc"),
            ("<sip:me@h>;TAG=abc", "<sip:me@h>;TAG=abc"),
            ("<sip:me@h>;tag = abc", "<sip:me@h>;tag = abc"),
            ("sip:me@h;tag=abc", "sip:me@h;tag=abc"),
            ("sip:me@h", "sip:me@h;tag=t"),
            ("Me <sip:me@h>;tag=a;x=1;tag=b", "Me <sip:me@h>;x=1;tag=a"),
            ("<sip:me@h>;tag", "<sip:me@h>;tag=t"),
            ("<sip:me@h>;tag=", "<sip:me@h>;tag=t"),
            ("<sip:me@h>;x;", "<sip:me@h>;x;tag=t"),
        ] {
            assert_eq!(with_one_tag(asked, "t").as_deref(), Ok(sent), "{asked}");
        }
        assert!(with_one_tag("\"x <sip:me@h>", "t").is_err());
        assert!(with_one_tag("<sip:me@h>", "a b").is_err());
    }
}
