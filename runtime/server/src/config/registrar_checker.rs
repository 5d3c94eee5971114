//! Checks `[tenant.registrar]`.

use evroute_module_usrloc::ContactsOver;

use super::RegistrarConfig;
use super::checker::Checker;
use crate::raw_config::{At, RawRegistrar};

impl Checker<'_> {
    pub(super) fn registrar(&mut self, raw: &RawRegistrar) -> RegistrarConfig {
        let (key, written) = (
            "tenant.registrar.min_expires_seconds",
            raw.min_expires_seconds.as_ref(),
        );
        RegistrarConfig {
            min_expires_seconds: self.number(key, written, 1..=3600, 60),
            aor_contacts_over: self.contacts_over(raw.aor_contacts_over.as_ref()),
        }
    }

    fn contacts_over(&mut self, written: Option<&At<String>>) -> ContactsOver {
        let Some(written) = written else {
            return ContactsOver::default();
        };
        match written.get_ref().as_str() {
            "replace" => ContactsOver::Replace,
            "refuse" => ContactsOver::Refuse,
            other => {
                let key = "tenant.registrar.aor_contacts_over";
                let wrong = format!("{other:?} is no such setting");
                let fix = "write \"replace\", so that the oldest contact gives way, or \"refuse\"";
                self.wrong(written, key, wrong, fix);
                ContactsOver::default()
            }
        }
    }
}
