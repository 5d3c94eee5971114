//! What a certificate is known by.

use evroute_tenant::CertificatePin;
use ring::digest::{SHA256, digest};

/// That of a certificate, in DER.
pub(crate) fn fingerprint(certificate: &[u8]) -> CertificatePin {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, certificate).as_ref());
    CertificatePin::new(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_sha_256_of_all_of_it() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Ok(fingerprint(b"")), empty.parse());
        assert_ne!(Ok(fingerprint(b"x")), empty.parse());
    }
}
