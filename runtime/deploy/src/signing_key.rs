//! Keys that sign components. They are with whoever builds, never with the server.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use crate::{SigningKeyError, VerifyingKey};

/// Characters of a line of PEM (RFC 7468 section 2).
const PEM_LINE: usize = 64;

/// Which algorithm a key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on P-256 with SHA-256, signatures in ASN.1: what cosign makes.
    EcdsaP256,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-p256",
        })
    }
}

/// A private key. Never printed but by [`SigningKey::to_pem`].
pub struct SigningKey {
    pair: Pair,
    pkcs8: Vec<u8>,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    EcdsaP256(EcdsaKeyPair),
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SigningKeyError::NoRandomness`]
    pub fn generate(kind: KeyKind) -> Result<Self, SigningKeyError> {
        let random = SystemRandom::new();
        let made = match kind {
            KeyKind::Ed25519 => Ed25519KeyPair::generate_pkcs8(&random),
            KeyKind::EcdsaP256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)
            }
        };
        Self::from_pkcs8(made.map_err(|_| SigningKeyError::NoRandomness)?.as_ref())
    }

    /// Reads a key as [`SigningKey::to_pem`] writes it, or OpenSSL.
    ///
    /// # Errors
    /// [`SigningKeyError::Encrypted`], [`SigningKeyError::NotPrivate`].
    pub fn from_pem(text: &str) -> Result<Self, SigningKeyError> {
        if text.contains("ENCRYPTED") {
            return Err(SigningKeyError::Encrypted);
        }
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes());
        let der = der.map_err(|_| SigningKeyError::NotPrivate)?;
        Self::from_pkcs8(der.secret_pkcs8_der())
    }

    fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, SigningKeyError> {
        let random = SystemRandom::new();
        let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map(Pair::Ed25519);
        let ecdsa = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &random);
        let pair = ed25519.or_else(|_| ecdsa().map(Pair::EcdsaP256));
        Ok(Self {
            pair: pair.map_err(|_| SigningKeyError::NotPrivate)?,
            pkcs8: pkcs8.to_vec(),
        })
    }

    /// Its text as a file, which nobody else must read.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// The other half.
    ///
    /// # Errors
    /// None that is known: [`SigningKeyError::Kind`] if ring gave another form of key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, SigningKeyError> {
        match &self.pair {
            Pair::Ed25519(pair) => {
                VerifyingKey::from_raw(KeyKind::Ed25519, pair.public_key().as_ref())
            }
            Pair::EcdsaP256(pair) => {
                VerifyingKey::from_raw(KeyKind::EcdsaP256, pair.public_key().as_ref())
            }
        }
    }

    /// Signs bytes.
    ///
    /// # Errors
    /// [`SigningKeyError::NoRandomness`]
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningKeyError> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::EcdsaP256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), message);
                let signed = signed.map_err(|_| SigningKeyError::NoRandomness)?;
                Ok(signed.as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(...)")
    }
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while let Some((line, more)) = rest.split_at_checked(PEM_LINE.min(rest.len())) {
        if line.is_empty() {
            break;
        }
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem + &format!("-----END {label}-----\n")
}
