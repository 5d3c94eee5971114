//! What a tenant's deploys may ask for. The operator says it; no word of a tenant widens it.

use evroute_tenant::{Grants, RunLimits};

use crate::{
    Attestation, AttestationError, ComponentDigest, Requirement, RevisionSettings, Signature,
    SignatureError, Unmet, VerifyingKey,
};

/// `[tenant.deploy]`: what deploys of this tenant may ask for, and hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployPolicy {
    /// The grants that a deploy may ask for. Default: none.
    pub grants: Grants,
    /// The highest limits that a deploy may ask for. Default: those of a handler without any.
    pub limits: RunLimits,
    /// Whether a component must be signed by one of the keys. Default: no.
    pub signed: bool,
    /// Whose signatures count.
    pub keys: Vec<VerifyingKey>,
    /// What must have been shown of a component, and signed. Default: nothing.
    pub require: Vec<Requirement>,
    /// How many handlers may be deployed. Default 16.
    pub handlers_max: u32,
    /// How many revisions of one handler are kept; for one more the oldest that is not needed goes.
    /// Default 20.
    pub revisions_max: u32,
    /// How many bytes the components of all kept revisions may have, each counted once. Default
    /// 64 MiB.
    pub blob_bytes_max: u64,
    /// How many changes may be made within an hour. Default 120.
    pub changes_per_hour_max: u32,
}

impl Default for DeployPolicy {
    fn default() -> Self {
        Self {
            grants: Grants::none(),
            limits: RunLimits::default(),
            signed: false,
            keys: Vec::new(),
            require: Vec::new(),
            handlers_max: 16,
            revisions_max: 20,
            blob_bytes_max: 64 << 20,
            changes_per_hour_max: 120,
        }
    }
}

/// Why a deploy asks for too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// Grants that this tenant's deploys may not ask for.
    #[error(
        "it asks for {}, which deploys of this tenant may not ask for; leave it out of --grants, \
         or have the operator add it to grants in [tenant.deploy]",
        .0.join(", ")
    )]
    Grants(Vec<String>),
    /// A limit that is higher than this tenant's deploys may ask for.
    #[error(
        "it asks for {name} = {asked}, and deploys of this tenant may ask for {most} at most; lower \
         it, or have the operator raise {name} in [tenant.deploy.limits]"
    )]
    Limit {
        /// Which.
        name: &'static str,
        /// What was asked for.
        asked: u64,
        /// What may be asked for.
        most: u64,
    },
    /// No signature.
    #[error(
        "it is not signed, and this tenant takes signed components only; run evroute sign and give \
         the file with --signature"
    )]
    Unsigned,
    /// A signature that counts for nothing.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// What was shown of it cannot be read.
    #[error("attestation: {0}")]
    Attestation(#[from] AttestationError),
    /// Something must have been shown, and nothing was, or nobody has signed it.
    #[error(
        "{} is required of a component, signed by one of this tenant's keys; add to an attestation \
         with evroute test, fuzz or diff --on, run evroute sign --attestation, and give both files",
        listed(.0)
    )]
    NotAttested(Vec<Requirement>),
    /// Less was shown than must have been.
    #[error(transparent)]
    Unmet(#[from] Unmet),
}

fn listed(requirements: &[Requirement]) -> String {
    let texts: Vec<_> = requirements.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

impl DeployPolicy {
    /// Whether a deploy may ask for this.
    ///
    /// # Errors
    /// [`PolicyRefusal::Grants`] with all that are too many, [`PolicyRefusal::Limit`].
    pub fn check(&self, asked: &RevisionSettings) -> Result<(), PolicyRefusal> {
        let missing: Vec<_> = self.grants.lacks(&asked.grants).collect();
        if !missing.is_empty() {
            return Err(PolicyRefusal::Grants(missing));
        }
        let limits = asked.limits.named().into_iter().zip(self.limits.named());
        for ((name, asked), (_, most)) in limits {
            if asked > most {
                return Err(PolicyRefusal::Limit { name, asked, most });
            }
        }
        Ok(())
    }

    /// Whose signature it is; none without one, where that is allowed. A signature is looked at
    /// also where none is needed: one that is wrong is a mistake, or worse.
    ///
    /// # Errors
    /// [`PolicyRefusal::Unsigned`], [`PolicyRefusal::Signature`].
    pub fn signer(
        &self,
        signature: Option<&Signature>,
        signed: &SignedComponent<'_>,
    ) -> Result<Option<&VerifyingKey>, PolicyRefusal> {
        match signature {
            None if self.signed => Err(PolicyRefusal::Unsigned),
            None => Ok(None),
            Some(signature) => Ok(Some(signature.verify(&self.keys, signed)?)),
        }
    }
}

impl DeployPolicy {
    /// What was shown of a component whose signature was verified; nothing where nothing was given
    /// and nothing is required. It is read also where nothing is required: one that is about
    /// another component is a mistake.
    ///
    /// # Errors
    /// [`PolicyRefusal::Attestation`], [`PolicyRefusal::NotAttested`], [`PolicyRefusal::Unmet`].
    pub fn attested(
        &self,
        signature: Option<&Signature>,
        signed: &SignedComponent<'_>,
    ) -> Result<Option<Attestation>, PolicyRefusal> {
        let shown = signed.attestation;
        let shown = shown
            .map(|text| Attestation::read(text, signed.digest))
            .transpose()?;
        if self.require.is_empty() {
            return Ok(shown);
        }
        let is_signed = matches!(signature, Some(Signature::Attested(_)));
        let shown = shown.filter(|_| is_signed);
        let shown = shown.ok_or_else(|| PolicyRefusal::NotAttested(self.require.clone()))?;
        for requirement in &self.require {
            requirement.check(&shown)?;
        }
        Ok(Some(shown))
    }
}

/// What a signature is about.
#[derive(Clone, Copy, Debug)]
pub struct SignedComponent<'a> {
    /// For which tenant.
    pub tenant: &'a str,
    /// For which handler.
    pub handler: &'a str,
    /// The component's bytes.
    pub component: &'a [u8],
    /// Their digest.
    pub digest: ComponentDigest,
    /// What was shown of it: the file as it came.
    pub attestation: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(grants: &[&str]) -> DeployPolicy {
        DeployPolicy {
            grants: Grants::parse(grants).unwrap(),
            ..DeployPolicy::default()
        }
    }

    fn asks(grants: &[&str]) -> RevisionSettings {
        RevisionSettings {
            grants: Grants::parse(grants).unwrap(),
            ..RevisionSettings::default()
        }
    }

    #[test]
    fn nothing_may_be_asked_for_by_default() {
        let default = DeployPolicy::default();
        assert_eq!(default.check(&asks(&[])), Ok(()));
        let refused = default.check(&asks(&["log", "sql:main"]));
        let missing = vec!["log".to_owned(), "sql:main".to_owned()];
        assert_eq!(refused, Err(PolicyRefusal::Grants(missing)));
    }

    #[test]
    fn a_label_does_not_give_the_whole_word() {
        let policy = policy(&["htable:calls", "log"]);
        assert_eq!(policy.check(&asks(&["htable:calls", "log"])), Ok(()));
        for asked in ["htable", "htable:*", "htable:other"] {
            assert!(policy.check(&asks(&[asked])).is_err(), "{asked}");
        }
    }

    /// Two keys for what writes: the tenant's alone opens nothing that the operator has given for
    /// reading.
    #[test]
    fn leave_to_read_is_no_leave_to_write() {
        let policy = policy(&["sql:main:read", "htable:*:read", "shv:read"]);
        let reads = asks(&["sql:main:read", "htable:calls:read", "shv:read"]);
        assert_eq!(policy.check(&reads), Ok(()));
        for asked in ["sql:main", "sql", "htable:calls", "htable", "shv"] {
            let missing = vec![asked.to_owned()];
            let refused = policy.check(&asks(&[asked]));
            assert_eq!(refused, Err(PolicyRefusal::Grants(missing)), "{asked}");
        }
    }

    #[test]
    fn what_is_required_must_be_signed_and_enough() {
        let key = crate::SigningKey::generate(crate::KeyKind::Ed25519).unwrap();
        let policy = DeployPolicy {
            keys: vec![key.verifying_key().unwrap()],
            require: vec!["cases>=2".parse().unwrap()],
            ..DeployPolicy::default()
        };
        let digest = ComponentDigest::of(b"one");
        let text = |passed| {
            let mut shown = Attestation::of(digest);
            shown.add_cases(crate::CasesShown {
                file: "cases.toml".to_owned(),
                passed,
                failed: 0,
            });
            shown.to_text()
        };
        let (enough, less) = (text(2), text(1));
        fn signed(attestation: Option<&str>) -> SignedComponent<'_> {
            SignedComponent {
                tenant: "demo",
                handler: "guard",
                component: b"one",
                digest: ComponentDigest::of(b"one"),
                attestation,
            }
        }
        let attested = |text: Option<&str>| {
            let signature = Signature::sign_attested(&key, &signed(text)).unwrap();
            policy.attested(Some(&signature), &signed(text))
        };
        assert!(attested(Some(&enough)).unwrap().is_some());
        assert!(matches!(
            attested(Some(&less)),
            Err(PolicyRefusal::Unmet(_))
        ));
        assert!(matches!(attested(None), Err(PolicyRefusal::NotAttested(_))));
        let plain = Signature::sign(&key, "demo", "guard", digest).unwrap();
        for signature in [None, Some(&plain)] {
            let refused = policy.attested(signature, &signed(Some(&enough)));
            assert!(
                matches!(refused, Err(PolicyRefusal::NotAttested(_))),
                "{refused:?}"
            );
        }
        let open = DeployPolicy::default();
        assert_eq!(open.attested(None, &signed(None)), Ok(None));
        assert!(
            open.attested(None, &signed(Some(&enough)))
                .unwrap()
                .is_some()
        );
        assert!(open.attested(None, &signed(Some("{}"))).is_err());
    }

    #[test]
    fn each_limit_has_its_end() {
        for (name, most) in RunLimits::default().named() {
            let mut asked = asks(&[]);
            let more = most + 1;
            assert!(asked.limits.set(name, more));
            let refused = DeployPolicy::default().check(&asked);
            let expected = PolicyRefusal::Limit {
                name,
                asked: more,
                most,
            };
            assert_eq!(refused, Err(expected));
        }
    }
}
