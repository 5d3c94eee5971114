//! A message as a case writes it.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// A message as a case writes it.
#[derive(Clone, Debug)]
pub(crate) enum MessageSpec {
    /// The whole text; lines may end with LF alone.
    Whole(String),
    /// The parts of a request that many handlers look at.
    Parts(Parts),
    /// What was in a file of its own.
    Recorded(Vec<u8>),
}

/// The parts of a request that many handlers look at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parts {
    method: String,
    uri: String,
    /// The value of From.
    from: String,
    /// Further header fields, `Name: value`; one of those that every request has takes its place.
    #[serde(default)]
    headers: Vec<Field>,
    /// The body, in the place of five bytes of which two are not UTF-8.
    body: Option<String>,
}

/// A header field.
#[derive(Clone, Debug)]
struct Field {
    name: String,
    value: String,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        let field = line
            .split_once(':')
            .filter(|_| !line.contains(['\r', '\n']));
        let (name, value) = field.ok_or_else(|| {
            Error::custom(format!(
                "{line:?}: write a header field, \"Subject: lunch\""
            ))
        })?;
        Ok(Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    }
}

/// Which of both it is says what it is written as, so that an error is about that one.
impl<'de> Deserialize<'de> for MessageSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = MessageSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a whole message, or { method = \"...\", uri = \"...\", from = \"...\" }")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<MessageSpec, E> {
                Ok(MessageSpec::Whole(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MessageSpec, A::Error> {
                Parts::deserialize(MapAccessDeserializer::new(map)).map(MessageSpec::Parts)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl Parts {
    /// A whole request around them.
    pub(crate) fn request(&self) -> Vec<u8> {
        let Self {
            method, uri, from, ..
        } = self;
        // A body that no text type could carry must come out as it went in.
        let (body, content) = match &self.body {
            Some(body) => (body.as_bytes(), "text/plain"),
            None => (&b"a\0\r\xff."[..], "application/octet-stream"),
        };
        let mut text = format!("{method} {uri} SIP/2.0\r\n");
        for (name, value) in [
            (
                "Via",
                "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-conformance-1",
            ),
            ("Max-Forwards", "70"),
            ("From", from),
            ("To", &format!("<{uri}>")),
            ("Call-ID", "conformance-1@192.0.2.1"),
            ("CSeq", &format!("1 {method}")),
            ("Content-Type", content),
            ("Content-Length", &body.len().to_string()),
        ] {
            let mut given = self.headers.iter();
            if !given.any(|field| field.name.eq_ignore_ascii_case(name)) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        for Field { name, value } in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        [text.as_bytes(), body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Case {
        message: MessageSpec,
    }

    fn request(more: &str) -> Result<String, String> {
        let text = format!(
            "message = {{ method = \"INVITE\", uri = \"sip:b@example.org\", from = \"<sip:a@example.com>;tag=1\"{more} }}"
        );
        let case: Case = toml::from_str(&text).map_err(|error| error.message().to_owned())?;
        match case.message {
            MessageSpec::Parts(parts) => Ok(String::from_utf8_lossy(&parts.request()).into_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn header_fields_are_added_or_take_the_place_of_those_that_every_request_has() {
        let more = ", headers = [\"X-A: 1\", \"call-id: mine\", \"X-A:2\"], body = \"v=0\"";
        let text = request(more).unwrap();
        let end = "CSeq: 1 INVITE\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\
                   X-A: 1\r\ncall-id: mine\r\nX-A: 2\r\n\r\nv=0";
        assert!(text.ends_with(end), "{text}");
        assert!(!text.contains("conformance-1@"), "{text}");
        assert!(
            request("")
                .unwrap()
                .contains("\r\nContent-Length: 5\r\n\r\na\0")
        );
    }

    #[test]
    fn what_is_wrong_with_it_is_reported() {
        for (more, reported) in [
            (", header = []", "unknown field `header`"),
            (", headers = [\"X\"]", "\"X\": write a header field"),
            (", headers = [\"X: a\\r\\nY: b\"]", "write a header field"),
        ] {
            let error = request(more).unwrap_err();
            assert!(error.contains(reported), "{error}, not {reported}");
        }
        let error = toml::from_str::<Case>("message = 1").unwrap_err();
        assert!(
            error.message().contains("the text of a whole message"),
            "{error}"
        );
    }
}
