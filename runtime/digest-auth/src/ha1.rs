//! H(A1): what a server keeps instead of a password.

use std::fmt;

use crate::algorithm::{Algorithm, HexHash};

/// H(user name ":" realm ":" password), which is all that is needed to check an answer (RFC 7616
/// 3.4.2). As good as the password within its realm, so it is shown to nobody.
#[derive(Clone, Copy)]
pub struct Ha1 {
    algorithm: Algorithm,
    hash: HexHash,
}

impl Ha1 {
    /// Of a password.
    #[must_use]
    pub fn of(algorithm: Algorithm, user_name: &str, realm: &str, password: &str) -> Self {
        let parts = [user_name.as_bytes(), realm.as_bytes(), password.as_bytes()];
        Self {
            algorithm,
            hash: algorithm.hash(&parts),
        }
    }

    /// As it is kept, hexadecimal. `None` when it is no hash of this algorithm.
    #[must_use]
    pub fn parse(algorithm: Algorithm, text: &str) -> Option<Self> {
        let hash = HexHash::parse(algorithm, text)?;
        Some(Self { algorithm, hash })
    }

    /// The hash that it was made with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its digits, for a store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.hash.as_str()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.hash.as_bytes()
    }
}

/// Without the hash: a log is read by many.
impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ha1({})", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_show_its_hash() {
        let ha1 = Ha1::of(Algorithm::Md5, "alice", "acme.example", "secret");
        assert_eq!(format!("{ha1:?}"), "Ha1(MD5)");
        let kept = Ha1::parse(Algorithm::Md5, &ha1.as_str().to_uppercase());
        assert_eq!(
            kept.map(|kept| kept.as_str().to_owned()),
            Some(ha1.as_str().to_owned())
        );
    }
}
