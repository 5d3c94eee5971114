//! A header field.

use bytes::Bytes;

/// Fields that say where a message ends or what becomes of the connection (RFC 9110 7.6.1, RFC 9112
/// 6): the server writes them, nobody else. Date is its clock's.
const OWN: [&str; 9] = [
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
    "Date",
];

/// One header field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpField {
    /// Its name, case kept.
    pub name: String,
    /// Its value, without the white space around it.
    pub value: Bytes,
}

/// Why a field cannot stand in an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnfitField {
    /// RFC 9110 5.1.
    #[error("its name is no token")]
    Name,
    /// It would end the field, and begin another one.
    #[error("its value has control characters")]
    Value,
    /// See the list at the head of this file.
    #[error("the server writes it itself")]
    Own,
}

impl HttpField {
    /// Whether it can stand in an answer.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), UnfitField> {
        check_field(&self.name, &self.value)
    }
}

/// Whether a field of this name and value can stand in an answer.
///
/// # Errors
/// Why not.
pub fn check_field(name: &str, value: &[u8]) -> Result<(), UnfitField> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(UnfitField::Name);
    }
    if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(UnfitField::Own);
    }
    let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    match value.iter().any(is_control) {
        true => Err(UnfitField::Value),
        false => Ok(()),
    }
}

/// RFC 9110 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_or_the_answer_is_unfit() {
        for (name, value, unfit) in [
            ("X-Id", &b"a \t\xe9"[..], None),
            ("X-Id", b"", None),
            ("", b"a", Some(UnfitField::Name)),
            ("X Id", b"a", Some(UnfitField::Name)),
            ("X-Id:", b"a", Some(UnfitField::Name)),
            ("X-Id\r\nA", b"a", Some(UnfitField::Name)),
            ("X-Id", b"a\r\nSet-Cookie: b", Some(UnfitField::Value)),
            ("X-Id", b"a\nb", Some(UnfitField::Value)),
            ("X-Id", b"a\0", Some(UnfitField::Value)),
            ("content-LENGTH", b"0", Some(UnfitField::Own)),
            ("Transfer-Encoding", b"chunked", Some(UnfitField::Own)),
            ("connection", b"close", Some(UnfitField::Own)),
        ] {
            let field = HttpField {
                name: name.to_owned(),
                value: Bytes::copy_from_slice(value),
            };
            assert_eq!(field.check().err(), unfit, "{name}: {value:?}");
        }
    }
}
