//! `[tenant.deploy]`: what deploys of one tenant may ask for.

use std::fmt::Display;
use std::str::FromStr;

use evroute_deploy::DeployPolicy;
use evroute_module_api::config::{At, Section};

use super::checker::Checker;
use crate::raw_config::RawDeploy;

/// How many keys of a tenant are looked through for each signature.
const KEYS_MAX: usize = 16;
/// How many things may be required.
const REQUIREMENTS_MAX: usize = 32;

impl Checker<'_> {
    /// None where the section is not there: only the operator deploys then.
    pub(super) fn deploy(&mut self, tenant: &Section<'_>) -> Option<DeployPolicy> {
        let raw: RawDeploy = self.read(tenant, "deploy")?;
        let fix = "make a pair with evroute key new, or give cosign.pub";
        let keys = self.few("tenant.deploy.keys", &raw.keys, (KEYS_MAX, "keys"), fix);
        if let Some(signed) = raw.signed.as_ref().filter(|signed| *signed.get_ref())
            && raw.keys.is_empty()
        {
            let fix =
                "add keys = [\"...\"], the lines that evroute key new prints, or remove signed";
            let wrong = "nothing can be deployed that no key may sign";
            self.wrong(signed, "tenant.deploy.signed", wrong, fix);
        }
        let fix = "for example require = [\"cases>=10\", \"fuzz>=1M\"]";
        let most = (REQUIREMENTS_MAX, "requirements");
        let require = self.few("tenant.deploy.require", &raw.require, most, fix);
        if let Some(at) = raw.require.first().filter(|_| raw.keys.is_empty()) {
            let fix = "add keys = [\"...\"], the lines that evroute key new prints";
            let wrong = "what must have been shown must be signed, and no key may sign it";
            self.wrong(at, "tenant.deploy.require", wrong, fix);
        }
        let default = DeployPolicy::default();
        Some(DeployPolicy {
            grants: self.grants("tenant.deploy.grants", &raw.grants, tenant),
            limits: self.limits("tenant.deploy.limits", &raw.limits),
            signed: raw.signed.is_some_and(At::into_inner),
            keys,
            require,
            handlers_max: self.number(
                "tenant.deploy.handlers_max",
                raw.handlers_max.as_ref(),
                0..=10_000,
                default.handlers_max,
            ),
            revisions_max: self.number(
                "tenant.deploy.revisions_max",
                raw.revisions_max.as_ref(),
                2..=10_000,
                default.revisions_max,
            ),
            blob_bytes_max: self.number(
                "tenant.deploy.blob_bytes_max",
                raw.blob_bytes_max.as_ref(),
                0..=1 << 40,
                default.blob_bytes_max,
            ),
            changes_per_hour_max: self.number(
                "tenant.deploy.changes_per_hour_max",
                raw.changes_per_hour_max.as_ref(),
                1..=1_000_000,
                default.changes_per_hour_max,
            ),
        })
    }

    /// Texts that are read one by one, and not more of them than so many.
    fn few<T: FromStr<Err: Display>>(
        &mut self,
        key: &str,
        raw: &[At<String>],
        (most, what): (usize, &str),
        fix: &str,
    ) -> Vec<T> {
        let mut few = Vec::new();
        for at in raw {
            match at.get_ref().parse() {
                Ok(one) => few.push(one),
                Err(error) => self.wrong(at, key, error, fix),
            }
        }
        if let Some(at) = raw.get(most) {
            let fix = format!("keep {most} of them");
            self.wrong(at, key, format_args!("too many {what}"), &fix);
        }
        few
    }
}
