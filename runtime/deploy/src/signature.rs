//! Who made a component: a signature beside it.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{ComponentDigest, SignedComponent, SigningKey, SigningKeyError, VerifyingKey};

/// What the text of our own signatures begins with.
const OWN: &str = "evroute-v1 ";

/// And those that sign what was shown of the component, too.
const ATTESTED: &str = "evroute-v2 ";

/// The longest text of a signature, in bytes.
const TEXT_BYTES_MAX: usize = 1024;

/// A signature, read and not yet looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Signature {
    /// Of a [`statement`]: this component, for this handler of this tenant. What `evroute sign`
    /// makes.
    Statement(Vec<u8>),
    /// Of an [`attested_statement`]: the same, and what was shown of the component. What
    /// `evroute sign --attestation` makes.
    Attested(Vec<u8>),
    /// Of the component's bytes alone: what `cosign sign-blob --key` makes. It is good for every
    /// handler of whoever has the key.
    Blob(Vec<u8>),
}

/// Why a signature counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Neither of the forms.
    #[error(
        "the signature cannot be read; give the file that evroute sign or cosign sign-blob wrote"
    )]
    Unreadable,
    /// Nobody's that counts.
    #[error(
        "the signature is of none of this tenant's {keys} keys, or of another component, tenant, \
         handler or attestation; sign {digest} for this tenant and handler with one of them"
    )]
    Foreign {
        /// How many keys there are.
        keys: usize,
        /// Of what it should be.
        digest: ComponentDigest,
    },
}

/// What is signed: which component may be which handler of which tenant.
#[must_use]
pub fn statement(tenant: &str, handler: &str, digest: ComponentDigest) -> Vec<u8> {
    // Names have no line ends, so that nothing else has this form.
    format!("evroute-deploy-v1\ntenant {tenant}\nhandler {handler}\ncomponent {digest}\n").into()
}

/// What is signed together with an attestation, whose text this is: byte for byte.
#[must_use]
pub fn attested_statement(
    tenant: &str,
    handler: &str,
    digest: ComponentDigest,
    attestation: &str,
) -> Vec<u8> {
    let shown = ComponentDigest::of(attestation.as_bytes());
    let text = format!(
        "evroute-deploy-v2\ntenant {tenant}\nhandler {handler}\ncomponent {digest}\n\
         attestation {shown}\n"
    );
    text.into()
}

impl Signature {
    /// Signs a component for a handler of a tenant.
    ///
    /// # Errors
    /// [`SigningKeyError::NoRandomness`]
    pub fn sign(
        key: &SigningKey,
        tenant: &str,
        handler: &str,
        digest: ComponentDigest,
    ) -> Result<Self, SigningKeyError> {
        Ok(Self::Statement(
            key.sign(&statement(tenant, handler, digest))?,
        ))
    }

    /// Signs a component for a handler of a tenant, and what was shown of it.
    ///
    /// # Errors
    /// [`SigningKeyError::NoRandomness`]
    pub fn sign_attested(
        key: &SigningKey,
        signed: &SignedComponent<'_>,
    ) -> Result<Self, SigningKeyError> {
        let attestation = signed.attestation.unwrap_or_default();
        let (tenant, handler) = (signed.tenant, signed.handler);
        let statement = attested_statement(tenant, handler, signed.digest, attestation);
        Ok(Self::Attested(key.sign(&statement)?))
    }

    /// Its text, one line without its end.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Statement(signature) => format!("{OWN}{}", STANDARD.encode(signature)),
            Self::Attested(signature) => format!("{ATTESTED}{}", STANDARD.encode(signature)),
            Self::Blob(signature) => STANDARD.encode(signature),
        }
    }

    /// The key that made it.
    ///
    /// # Errors
    /// [`SignatureError::Foreign`] when it is none of these keys, or of anything else.
    pub fn verify<'k>(
        &self,
        keys: &'k [VerifyingKey],
        signed: &SignedComponent<'_>,
    ) -> Result<&'k VerifyingKey, SignatureError> {
        let (tenant, handler, digest) = (signed.tenant, signed.handler, signed.digest);
        let (message, signature) = match self {
            Self::Statement(signature) => (statement(tenant, handler, digest).into(), signature),
            Self::Attested(signature) => {
                let shown = signed.attestation.unwrap_or_default();
                let statement = attested_statement(tenant, handler, digest, shown);
                (statement.into(), signature)
            }
            Self::Blob(signature) => (Cow::Borrowed(signed.component), signature),
        };
        let mut keys_it = keys.iter();
        let made_it = keys_it.find(|key| key.verifies(&message, signature));
        made_it.ok_or(SignatureError::Foreign {
            keys: keys.len(),
            digest: signed.digest,
        })
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let text = text.trim();
        if text.is_empty() || text.len() > TEXT_BYTES_MAX {
            return Err(SignatureError::Unreadable);
        }
        let form: (fn(Vec<u8>) -> Self, &str) = match text.split_at_checked(OWN.len()) {
            Some((OWN, encoded)) => (Self::Statement, encoded),
            Some((ATTESTED, encoded)) => (Self::Attested, encoded),
            Some(_) | None => (Self::Blob, text),
        };
        let decoded = STANDARD.decode(form.1);
        Ok(form.0(decoded.map_err(|_| SignatureError::Unreadable)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyKind;

    /// Made by OpenSSL 3: openssl ecparam -name prime256v1 -genkey, dgst -sha256 -sign; what cosign
    /// sign-blob --key prints has the same form.
    const OPENSSL_P256: &str = include_str!("../tests/signatures/p256.pub");
    const OPENSSL_P256_SIGNATURE: &str = include_str!("../tests/signatures/p256.sig");
    const OPENSSL_ED25519: &str = include_str!("../tests/signatures/ed25519.pub");
    const OPENSSL_ED25519_SIGNATURE: &str = include_str!("../tests/signatures/ed25519.sig");
    const OPENSSL_ED25519_PRIVATE: &str = include_str!("../tests/signatures/ed25519.key");
    const COMPONENT: &[u8] = b"a component\n";

    fn signed<'a>(tenant: &'a str, handler: &'a str, component: &'a [u8]) -> SignedComponent<'a> {
        SignedComponent {
            tenant,
            handler,
            component,
            digest: ComponentDigest::of(component),
            attestation: None,
        }
    }

    #[test]
    fn a_signature_with_an_attestation_is_of_each_byte_of_it() {
        let key = SigningKey::generate(KeyKind::Ed25519).unwrap();
        let keys = [key.verifying_key().unwrap()];
        let with = |attestation| SignedComponent {
            attestation,
            ..signed("demo", "guard", COMPONENT)
        };
        let made = Signature::sign_attested(&key, &with(Some("{}\n"))).unwrap();
        let made: Signature = made.to_text().parse().unwrap();
        assert!(matches!(made, Signature::Attested(_)));
        assert_eq!(made.verify(&keys, &with(Some("{}\n"))), Ok(&keys[0]));
        for other in [Some("{}"), Some("{ }\n"), None] {
            assert!(made.verify(&keys, &with(other)).is_err(), "{other:?}");
        }
        // One without says nothing of an attestation, whatever comes with it.
        let digest = ComponentDigest::of(COMPONENT);
        let plain = Signature::sign(&key, "demo", "guard", digest).unwrap();
        assert_eq!(plain.verify(&keys, &with(Some("{}"))), Ok(&keys[0]));
        assert!(matches!(plain, Signature::Statement(_)));
    }

    #[test]
    fn a_signature_is_for_one_component_one_tenant_and_one_handler() {
        for kind in [KeyKind::Ed25519, KeyKind::EcdsaP256] {
            let key = SigningKey::generate(kind).unwrap();
            let key = SigningKey::from_pem(&key.to_pem()).unwrap();
            let keys = [key.verifying_key().unwrap()];
            let digest = ComponentDigest::of(COMPONENT);
            let made = Signature::sign(&key, "demo", "guard", digest).unwrap();
            let made: Signature = made.to_text().parse().unwrap();
            let good = signed("demo", "guard", COMPONENT);
            assert_eq!(made.verify(&keys, &good), Ok(&keys[0]));
            for other in [
                signed("other", "guard", COMPONENT),
                signed("demo", "other", COMPONENT),
                signed("demo", "guard", b"another component"),
            ] {
                assert!(made.verify(&keys, &other).is_err(), "{kind}: {other:?}");
            }
            let others = SigningKey::generate(kind).unwrap();
            assert!(
                made.verify(&[others.verifying_key().unwrap()], &good)
                    .is_err()
            );
            assert!(made.verify(&[], &good).is_err());
        }
    }

    #[test]
    fn what_openssl_and_cosign_sign_is_taken() {
        for (key, signature) in [
            (OPENSSL_P256, OPENSSL_P256_SIGNATURE),
            (OPENSSL_ED25519, OPENSSL_ED25519_SIGNATURE),
        ] {
            let keys: [VerifyingKey; 1] = [key.parse().unwrap()];
            let signature: Signature = signature.parse().unwrap();
            let good = signed("demo", "guard", COMPONENT);
            assert_eq!(signature.verify(&keys, &good), Ok(&keys[0]));
            assert!(
                signature
                    .verify(&keys, &signed("demo", "guard", b"x"))
                    .is_err()
            );
            assert_eq!(keys[0].to_base64().parse(), Ok(keys[0].clone()));
            assert_eq!(keys[0].to_pem().trim(), key.trim());
        }
        let key = SigningKey::from_pem(OPENSSL_ED25519_PRIVATE).unwrap();
        let public: VerifyingKey = OPENSSL_ED25519.parse().unwrap();
        assert_eq!(key.verifying_key(), Ok(public));
    }

    #[test]
    fn a_raw_signature_does_not_pass_for_a_statement() {
        let keys: [VerifyingKey; 1] = [OPENSSL_P256.parse().unwrap()];
        let Ok(Signature::Blob(bytes)) = OPENSSL_P256_SIGNATURE.parse() else {
            panic!("a raw signature has no prefix");
        };
        let good = signed("demo", "guard", COMPONENT);
        assert!(Signature::Statement(bytes).verify(&keys, &good).is_err());
    }

    #[test]
    fn keys_that_are_none_are_told_apart() {
        let key = |text: &str| text.parse::<VerifyingKey>().unwrap_err();
        assert_eq!(key(""), SigningKeyError::Kind);
        assert_eq!(key("ssh-ed25519 AAAA"), SigningKeyError::Unreadable);
        assert_eq!(key("AAAA"), SigningKeyError::Kind);
        assert_eq!(key(OPENSSL_ED25519_PRIVATE), SigningKeyError::Private);
        let private = |text: &str| SigningKey::from_pem(text).map(|_| ()).unwrap_err();
        let cosign = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----";
        assert_eq!(private(cosign), SigningKeyError::Encrypted);
        assert_eq!(private(OPENSSL_P256), SigningKeyError::NotPrivate);
        for text in ["", "evroute-v1 ?", "?", &"A".repeat(2000)] {
            assert_eq!(text.parse::<Signature>(), Err(SignatureError::Unreadable));
        }
    }
}
