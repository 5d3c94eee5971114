//! CSeq (RFC 3261 20.16).

use super::HeaderError;
use crate::grammar::{Decimal, decimal, is_lws, token, trim};
use crate::method::Method;

/// A CSeq value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CSeq<'a> {
    /// The sequence number, below 2^31.
    pub number: u32,
    /// The method.
    pub method: Method<'a>,
}

impl<'a> CSeq<'a> {
    /// Reads `1*DIGIT LWS Method`.
    pub fn parse(raw: &'a [u8]) -> Result<Self, HeaderError> {
        let raw = trim(raw);
        if raw.is_empty() {
            return Err(HeaderError::Empty);
        }
        let digits_len = raw
            .iter()
            .position(|byte| is_lws(*byte))
            .unwrap_or(raw.len());
        let (digits, method) = raw.split_at_checked(digits_len).unwrap_or_default();
        let number = match decimal(digits) {
            // RFC 3261 8.1.1.5: less than 2**31.
            Decimal::Number(number) if number < 1 << 31 => number,
            Decimal::Number(_) | Decimal::TooLarge => return Err(HeaderError::NumberOutOfRange),
            Decimal::NotANumber => return Err(HeaderError::BadNumber),
        };
        let method = token(trim(method)).ok_or(HeaderError::BadMethod)?;
        Ok(Self {
            number,
            method: Method::from(method),
        })
    }
}

impl std::fmt::Display for CSeq<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_and_folds_are_read() {
        let cseq = CSeq::parse(b"0009\r\n  INVITE").unwrap();
        assert_eq!(
            cseq,
            CSeq {
                number: 9,
                method: Method::Invite
            }
        );
        assert_eq!(cseq.to_string(), "9 INVITE");
    }

    #[test]
    fn broken_values_are_refused_with_their_reason() {
        for (raw, error) in [
            ("", HeaderError::Empty),
            ("1", HeaderError::BadMethod),
            ("INVITE", HeaderError::BadNumber),
            ("2147483648 INVITE", HeaderError::NumberOutOfRange),
            (
                "36893488147419103232 REGISTER",
                HeaderError::NumberOutOfRange,
            ),
            ("1 IN VITE", HeaderError::BadMethod),
        ] {
            assert_eq!(CSeq::parse(raw.as_bytes()), Err(error), "{raw}");
        }
    }
}
