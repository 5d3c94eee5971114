//! What a component is called by what is in it.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};

/// What its text begins with, as in OCI registries.
const PREFIX: &str = "sha256:";
const BYTES: usize = 32;

/// SHA-256 of a component's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentDigest([u8; BYTES]);

/// Why a text is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a digest; write sha256: and 64 hexadecimal digits")]
pub struct DigestError(pub String);

impl ComponentDigest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut running = RunningDigest::new();
        running.add(bytes);
        running.finish()
    }

    /// The 64 hexadecimal digits alone: a file's name.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

/// A digest of bytes that come one after the other.
pub(crate) struct RunningDigest(Context);

impl RunningDigest {
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> ComponentDigest {
        let mut bytes = [0; BYTES];
        for (to, from) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *to = *from;
        }
        ComponentDigest(bytes)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.hex())
    }
}

impl fmt::Debug for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ComponentDigest {
    type Err = DigestError;

    /// Reads `sha256:` and 64 digits in lower case, the only spelling there is.
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let wrong = || DigestError(text.chars().take(80).collect());
        let digits = text.strip_prefix(PREFIX).ok_or_else(wrong)?;
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        if pairs.len() != BYTES || !rest.is_empty() {
            return Err(wrong());
        }
        let mut bytes = [0; BYTES];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (high, low) = (
                nibble(*high).ok_or_else(wrong)?,
                nibble(*low).ok_or_else(wrong)?,
            );
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_what_sha256sum_prints() {
        let text = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(ComponentDigest::of(b"abc").to_string(), text);
        assert_eq!(text.parse(), Ok(ComponentDigest::of(b"abc")));
    }

    #[test]
    fn bytes_may_come_in_parts() {
        let mut running = RunningDigest::new();
        running.add(b"a");
        running.add(b"bc");
        assert_eq!(running.finish(), ComponentDigest::of(b"abc"));
    }

    #[test]
    fn other_spellings_are_none() {
        let hex = ComponentDigest::of(b"abc").hex();
        let texts = [
            hex.clone(),
            format!("sha256:{}", hex.to_uppercase()),
            format!("sha256:{hex}0"),
            format!("sha256:{}", "ä".repeat(32)),
            "sha256:../../../etc/passwd".to_owned(),
            String::new(),
        ];
        for text in texts {
            assert!(text.parse::<ComponentDigest>().is_err(), "{text}");
        }
    }
}
