//! Which component this is.

use std::fmt;

use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

/// SHA-256 of a component's bytes: equal components are one, whoever deployed them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WasmDigest([u8; SHA256_OUTPUT_LEN]);

impl WasmDigest {
    /// Of these bytes.
    #[must_use]
    pub fn of(component: &[u8]) -> Self {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest(&SHA256, component).as_ref());
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; SHA256_OUTPUT_LEN] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for WasmDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for WasmDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_sha256sum_prints() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(WasmDigest::of(b"").to_string(), empty);
        assert_ne!(WasmDigest::of(b"a"), WasmDigest::of(b"b"));
    }
}
