//! Keys whose signatures count.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;

use crate::{ComponentDigest, KeyKind};

/// The longest text of a key that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// A SubjectPublicKeyInfo up to the key itself: the algorithm and the length are the same in every
/// key of a kind (RFC 8410 section 4; RFC 5480 section 2.1.1 with an uncompressed point).
const ED25519_HEAD: &[u8] = &[
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
const ED25519_BYTES: usize = 32;
const P256_HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const P256_BYTES: usize = 65;

/// The public half of a key: Ed25519, or ECDSA on P-256 as cosign has it.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    kind: KeyKind,
    der: Vec<u8>,
}

/// Why a text is no such key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// Neither PEM nor base64.
    #[error(
        "this is not a public key; write the text of a PEM file (-----BEGIN PUBLIC KEY-----), or \
         its base64 in one line"
    )]
    Unreadable,
    /// The other half.
    #[error(
        "this is a private key; write the public one, and make a new pair: others have read it"
    )]
    Private,
    /// A key of another kind.
    #[error("this is a key of another kind; Ed25519 and ECDSA on P-256 are taken")]
    Kind,
    /// A private key that is encrypted.
    #[error("this private key is encrypted; with a key of cosign use cosign sign-blob --key")]
    Encrypted,
    /// A private key that cannot be read.
    #[error("this is not a private key that evroute key new makes (PKCS#8 in PEM)")]
    NotPrivate,
    /// The system gives no random bytes.
    #[error("no key can be made: the system gives no random bytes")]
    NoRandomness,
}

impl VerifyingKey {
    /// The key of a SubjectPublicKeyInfo.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, SigningKeyError> {
        let is = |head: &[u8], bytes: usize| {
            der.strip_prefix(head).is_some_and(|key| key.len() == bytes)
        };
        let kind = match () {
            () if is(ED25519_HEAD, ED25519_BYTES) => KeyKind::Ed25519,
            () if is(P256_HEAD, P256_BYTES) => KeyKind::EcdsaP256,
            () => return Err(SigningKeyError::Kind),
        };
        Ok(Self {
            kind,
            der: der.to_vec(),
        })
    }

    /// The key of this kind with these bytes.
    pub(crate) fn from_raw(kind: KeyKind, key: &[u8]) -> Result<Self, SigningKeyError> {
        Self::from_der(&[head(kind), key].concat())
    }

    /// Which kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// What it is called in the audit log: the digest of its DER form.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("{} {}", self.kind, ComponentDigest::of(&self.der))
    }

    /// Its text in one line, as `[tenant.deploy]` takes it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// Its text as a file.
    #[must_use]
    pub fn to_pem(&self) -> String {
        super::signing_key::pem("PUBLIC KEY", &self.der)
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match self.kind {
            KeyKind::Ed25519 => &ED25519,
            KeyKind::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
        };
        let key = self.der.strip_prefix(head(self.kind)).unwrap_or_default();
        UnparsedPublicKey::new(algorithm, key)
            .verify(message, signature)
            .is_ok()
    }
}

fn head(kind: KeyKind) -> &'static [u8] {
    match kind {
        KeyKind::Ed25519 => ED25519_HEAD,
        KeyKind::EcdsaP256 => P256_HEAD,
    }
}

impl FromStr for VerifyingKey {
    type Err = SigningKeyError;

    fn from_str(text: &str) -> Result<Self, SigningKeyError> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return Err(SigningKeyError::Unreadable);
        }
        if text.contains("PRIVATE KEY") {
            return Err(SigningKeyError::Private);
        }
        if text.starts_with("-----BEGIN") {
            let der = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes());
            return Self::from_der(&der.map_err(|_| SigningKeyError::Unreadable)?);
        }
        let der = STANDARD
            .decode(text)
            .map_err(|_| SigningKeyError::Unreadable)?;
        Self::from_der(&der)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}
