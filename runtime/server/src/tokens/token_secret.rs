//! The text of a token.

use std::fmt::{self, Write};

use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// How every token begins, so that tools that look for leaked secrets find it.
const PREFIX: &str = "evr_";

/// Random bytes of the part that is shown in lists, and of the part that is secret. 256 bits cannot
/// be guessed, so that a plain SHA-256 keeps them: there is nothing that a slow hash would slow
/// down.
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;

/// A new token: the text that its owner sends. It is shown once and kept nowhere.
pub struct TokenSecret {
    text: String,
    id: String,
}

impl TokenSecret {
    /// A random one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        let id = hex(&id);
        let text = format!("{PREFIX}{id}_{}", hex(&secret));
        Ok(Self { text, id })
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part that is no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSecret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The id within a text that has the form of a token.
pub(super) fn id_of(shown: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(shown).ok()?;
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = id.len() == 2 * ID_BYTES && secret.len() == 2 * SECRET_BYTES;
    (fits && is_hex(id) && is_hex(secret)).then_some(id)
}

/// What is kept of a token: SHA-256 of its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    /// No text has it.
    pub(super) const NONE: Self = Self([0; 32]);

    pub(super) fn of(text: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, text).as_ref());
        Self(hash)
    }

    /// Takes as long whatever the two have in common.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// As it stands in the file.
    pub(super) fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// From the file.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut hash = [0; 32];
        if pairs.len() != hash.len() || !rest.is_empty() {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(pairs) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_an_id_to_see_and_256_bits_to_keep() {
        let (one, other) = (
            TokenSecret::random().unwrap(),
            TokenSecret::random().unwrap(),
        );
        assert_eq!(id_of(one.text().as_bytes()), Some(one.id()));
        assert_eq!(one.text().len(), 4 + 12 + 1 + 64);
        assert_ne!(one.text(), other.text());
        assert!(!format!("{one:?}").contains(&one.text()[20..]));
    }

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        let secret = "0".repeat(64);
        for text in [
            String::new(),
            format!("evr_00_{secret}"),
            format!("evr_00000000000g_{secret}"),
            format!("evr_000000000000_{secret}0"),
            format!("evr_000000000000{secret}"),
            format!("EVR_000000000000_{secret}"),
        ] {
            assert_eq!(id_of(text.as_bytes()), None, "{text}");
        }
        assert_eq!(id_of(b"evr_\xff"), None);
    }

    #[test]
    fn a_hash_comes_back_from_its_file() {
        let hash = TokenHash::of(b"abc");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_hex(), expected);
        assert_eq!(TokenHash::from_hex(expected), Some(hash.clone()));
        assert!(hash.is(&TokenHash::of(b"abc")) && !hash.is(&TokenHash::of(b"abd")));
        for wrong in ["", "ba78", &expected[1..], &format!("{expected}00"), "+a"] {
            assert_eq!(TokenHash::from_hex(wrong), None, "{wrong}");
        }
    }
}
