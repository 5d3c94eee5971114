//! What a tenant's deploys may ask for. The operator says it; no word of a tenant widens it.

use evroute_tenant::{Grants, RunLimits};

use crate::{ComponentDigest, RevisionSettings, Signature, SignatureError, VerifyingKey};

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
