//! One certificate and no other.

use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a certificate, as `openssl x509 -fingerprint -sha256` prints it: 64 hexadecimal
/// digits, with or without colons.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CertificatePin([u8; 32]);

/// What is no pin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is not the SHA-256 of a certificate")]
pub struct NotAPin;

impl CertificatePin {
    /// That of a certificate with this SHA-256.
    #[must_use]
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }
}

/// As openssl prints it.
impl fmt::Display for CertificatePin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let colon = if place == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl FromStr for CertificatePin {
    type Err = NotAPin;

    fn from_str(text: &str) -> Result<Self, NotAPin> {
        let digits = text.bytes().filter(|byte| *byte != b':');
        let digits: Option<Vec<u8>> = digits.map(nibble).collect();
        let bytes: Vec<u8> = digits
            .ok_or(NotAPin)?
            .chunks(2)
            .filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?))
            .collect();
        bytes.try_into().map(Self).map_err(|_| NotAPin)
    }
}

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_as_openssl_prints_it() {
        let colons = "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55";
        let plain = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let pin: CertificatePin = colons.parse().unwrap();
        assert_eq!(plain.parse(), Ok(pin));
        assert_eq!(pin.to_string(), colons);
        for wrong in [
            "",
            "e3b0",
            &plain[1..],
            &format!("{plain}00"),
            "sha256/4jMF=",
        ] {
            assert_eq!(wrong.parse::<CertificatePin>(), Err(NotAPin), "{wrong}");
        }
    }
}
