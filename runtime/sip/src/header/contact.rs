//! Contact (RFC 3261 20.10).

use super::{HeaderError, NameAddr};
use crate::grammar::{Decimal, decimal};

/// One Contact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: all bindings, only meaningful in REGISTER with Expires 0 (RFC 3261 10.2.2).
    Star,
    /// An address.
    Addr(NameAddr<'a>),
}

/// A `q` value in thousandths, 0 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QValue(u16);

impl QValue {
    /// What a contact without `q` counts as here (Kamailio: unspecified sorts highest).
    pub const HIGHEST: QValue = QValue(1000);

    /// From thousandths; none above [`HIGHEST`](Self::HIGHEST).
    pub fn from_thousandths(thousandths: u16) -> Option<Self> {
        (thousandths <= Self::HIGHEST.0).then_some(Self(thousandths))
    }

    /// Thousandths.
    pub fn thousandths(self) -> u16 {
        self.0
    }
}

impl<'a> Contact<'a> {
    /// Reads one value.
    pub fn parse(raw: &'a [u8]) -> Result<Self, HeaderError> {
        if raw == b"*" {
            return Ok(Contact::Star);
        }
        NameAddr::parse(raw).map(Contact::Addr)
    }

    /// The address; `None` for `*`.
    pub fn addr(&self) -> Option<NameAddr<'a>> {
        match self {
            Contact::Star => None,
            Contact::Addr(addr) => Some(*addr),
        }
    }

    /// The expires parameter in seconds. A malformed value is [`HeaderError::BadNumber`];
    /// a registrar treats it as 3600 (RFC 3261 20.10).
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        let Some(param) = self.addr().and_then(|addr| addr.params().get("expires")) else {
            return Ok(None);
        };
        match decimal(param.value.unwrap_or_default()) {
            Decimal::Number(seconds) => Ok(Some(seconds)),
            Decimal::TooLarge => Err(HeaderError::NumberOutOfRange),
            Decimal::NotANumber => Err(HeaderError::BadNumber),
        }
    }

    /// The q parameter.
    pub fn q(&self) -> Result<Option<QValue>, HeaderError> {
        let Some(param) = self.addr().and_then(|addr| addr.params().get("q")) else {
            return Ok(None);
        };
        thousandths(param.value.unwrap_or_default()).map(|q| Some(QValue(q)))
    }
}

/// `0`, `1`, `0.5`, `1.000`: at most three decimals (RFC 3261 25.1 `qvalue`).
fn thousandths(text: &[u8]) -> Result<u16, HeaderError> {
    let (whole, fraction): (u16, &[u8]) = match text {
        [b'0'] | [b'0', b'.'] => (0, b""),
        [b'1'] | [b'1', b'.'] => (1000, b""),
        [b'0', b'.', fraction @ ..] => (0, fraction),
        [b'1', b'.', fraction @ ..] => (1000, fraction),
        [b'.', fraction @ ..] => (0, fraction),
        _ => return Err(HeaderError::BadNumber),
    };
    if fraction.len() > 3 || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(HeaderError::BadNumber);
    }
    let mut q = whole;
    for (digit, scale) in fraction.iter().zip([100, 10, 1]) {
        q += u16::from(digit - b'0') * scale;
    }
    if q > 1000 {
        Err(HeaderError::NumberOutOfRange)
    } else {
        Ok(q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(raw: &str) -> Contact<'_> {
        Contact::parse(raw.as_bytes()).unwrap()
    }

    #[test]
    fn expires_tells_absent_from_malformed_from_too_large() {
        assert_eq!(contact("<sip:a@b>").expires(), Ok(None));
        assert_eq!(contact("<sip:a@b>;expires=60").expires(), Ok(Some(60)));
        assert_eq!(
            contact("<sip:a@b>;expires").expires(),
            Err(HeaderError::BadNumber)
        );
        assert_eq!(
            contact("<sip:a@b>;expires=280297596632815").expires(),
            Err(HeaderError::NumberOutOfRange)
        );
        assert_eq!(contact("*").expires(), Ok(None));
    }

    #[test]
    fn q_is_read_in_thousandths() {
        for (q, expected) in [
            ("0.33", 330),
            ("1", 1000),
            ("0", 0),
            ("1.000", 1000),
            ("0.001", 1),
        ] {
            let raw = format!("<sip:a@b>;q={q}");
            assert_eq!(
                contact(&raw).q().unwrap().unwrap().thousandths(),
                expected,
                "{q}"
            );
        }
        for q in ["1.5", "0.1234", "x", "", "-1", "2"] {
            assert!(contact(&format!("<sip:a@b>;q={q}")).q().is_err(), "{q}");
        }
    }
}
