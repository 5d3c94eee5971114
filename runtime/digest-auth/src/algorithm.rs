//! The hashes that RFC 7616 and RFC 8760 name.

use std::fmt;

use md5::{Digest, Md5};
use sha2::{Sha256, Sha512_256};

/// A hash that answers are made with. Ordered by strength, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// What every phone has.
    Md5,
    /// What RFC 8760 wants everybody to have.
    Sha256,
    /// SHA-512/256, which is not SHA-512 cut short.
    Sha512_256,
}

impl Algorithm {
    /// All, the best first: the order in which they are offered (RFC 8760 2.4).
    pub const ALL: [Self; 3] = [Self::Sha512_256, Self::Sha256, Self::Md5];

    /// As it stands in `algorithm`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// The one of this name, in whatever case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }

    /// How many hexadecimal digits its hashes have.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 | Self::Sha512_256 => HEX_MAX,
        }
    }

    /// H(...) of these parts with a colon between each two of them.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> HexHash {
        match self {
            Self::Md5 => hash::<Md5>(parts),
            Self::Sha256 => hash::<Sha256>(parts),
            Self::Sha512_256 => hash::<Sha512_256>(parts),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn hash<H: Digest>(parts: &[&[u8]]) -> HexHash {
    let mut hasher = H::new();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            hasher.update(b":");
        }
        hasher.update(part);
    }
    HexHash::of(&hasher.finalize())
}

/// Digits of the longest hash: 256 bits.
const HEX_MAX: usize = 64;

/// A hash as lower-case hexadecimal digits, which is how digest authentication hashes it again.
#[derive(Clone, Copy)]
pub struct HexHash {
    digits: [u8; HEX_MAX],
    len: usize,
}

/// Without its digits: they may be as good as a password.
impl fmt::Debug for HexHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HexHash({} digits)", self.len)
    }
}

impl HexHash {
    fn of(bytes: &[u8]) -> Self {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut hash = Self {
            digits: [b'0'; HEX_MAX],
            len: (bytes.len() * 2).min(HEX_MAX),
        };
        for (pair, byte) in hash.digits.chunks_exact_mut(2).zip(bytes) {
            if let [high, low] = pair {
                *high = DIGITS.get(usize::from(byte >> 4)).copied().unwrap_or(b'0');
                *low = DIGITS.get(usize::from(byte & 15)).copied().unwrap_or(b'0');
            }
        }
        hash
    }

    /// Reads digits in either case. `None` for anything else, or for more or less of them than
    /// the algorithm's hashes have.
    #[must_use]
    pub fn parse(algorithm: Algorithm, text: &str) -> Option<Self> {
        let is_hash =
            text.len() == algorithm.digits() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hash {
            return None;
        }
        let mut hash = Self {
            digits: [b'0'; HEX_MAX],
            len: text.len(),
        };
        for (digit, byte) in hash.digits.iter_mut().zip(text.bytes()) {
            *digit = byte.to_ascii_lowercase();
        }
        Some(hash)
    }

    /// The digits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or(&self.digits)
    }

    /// The digits as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_openssl() {
        // printf 'a:b' | openssl dgst -md5, -sha256, -sha512-256
        let of = |algorithm: Algorithm| algorithm.hash(&[b"a", b"b"]);
        assert_eq!(
            of(Algorithm::Md5).as_str(),
            "d8160c9b3dc20d4e931aeb4f45262155"
        );
        assert_eq!(
            of(Algorithm::Sha256).as_str(),
            "6783a31eabf68ccc0660f935c0826282bdd2241f3a80a9f2d10d59aea9ebb5d8"
        );
        assert_eq!(
            of(Algorithm::Sha512_256).as_str(),
            "399ce3b985f4a59dcded69bacdd23f8fe39ff5dacb7ced8431ff48ca561cf644"
        );
    }

    #[test]
    fn names_are_read_in_whatever_case() {
        for algorithm in Algorithm::ALL {
            assert_eq!(
                Algorithm::named(&algorithm.as_str().to_lowercase()),
                Some(algorithm)
            );
        }
        assert_eq!(Algorithm::named("SHA-512"), None);
    }

    #[test]
    fn a_hash_has_as_many_digits_as_its_algorithm_makes() {
        for algorithm in Algorithm::ALL {
            let hash = algorithm.hash(&[b"a"]);
            let upper = hash.as_str().to_uppercase();
            let again = HexHash::parse(algorithm, &upper);
            assert_eq!(
                again.map(|again| again.as_str().to_owned()),
                Some(hash.as_str().to_owned())
            );
            assert!(HexHash::parse(algorithm, &upper[1..]).is_none());
            assert!(
                HexHash::parse(algorithm, &upper.replace(|c: char| c.is_ascii_digit(), "g"))
                    .is_none()
            );
        }
    }
}
