//! What is different between two configurations of one tenant.

use std::any::Any;

use evroute_module_api::ModuleConfig;

use super::{HandlerConfig, TenantConfig};

/// What a changed configuration of a tenant changes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct TenantDifference {
    /// Whose a message is: domains, listeners, sources.
    pub(crate) pins: bool,
    /// Where it may send to.
    pub(crate) networks: bool,
    /// The cell that its handlers run in.
    pub(crate) cell: bool,
    /// What it may hold.
    pub(crate) quota: bool,
    /// Its handlers, or their order, or what deploys may ask for.
    pub(crate) handlers: bool,
    /// What modules keep for it.
    pub(crate) modules: bool,
}

impl TenantDifference {
    /// Whether nothing is different.
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Whether runs need another state than before.
    pub(crate) fn is_of_state(self) -> bool {
        self.networks || self.cell || self.quota || self.modules
    }
}

impl TenantConfig {
    /// What of it is different in a later one. Lines that moved are no difference.
    pub(crate) fn difference(&self, later: &Self) -> TenantDifference {
        let mut modules = later.modules.all();
        TenantDifference {
            pins: self.pins() != later.pins(),
            networks: self.networks != later.networks,
            cell: self.cell != later.cell,
            quota: self.quota != later.quota,
            handlers: !is_same_list(&self.handlers, &later.handlers) || self.deploy != later.deploy,
            modules: !modules.all(|module| self.has_same(module)),
        }
    }

    /// Whether a module was told the same here.
    pub(crate) fn has_same(&self, module: &dyn ModuleConfig) -> bool {
        let mut own = self.modules.all();
        let own = own.find(|own| (*own as &dyn Any).type_id() == (module as &dyn Any).type_id());
        own.is_some_and(|own| own.is_same(module))
    }
}

fn is_same_list(one: &[HandlerConfig], other: &[HandlerConfig]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_same(other))
}

impl HandlerConfig {
    /// Whether it says the same, at whatever line.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let moved = Self {
            line: self.line,
            quoted: self.quoted.clone(),
            ..other.clone()
        };
        *self == moved
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Config, Vocabulary};

    const BEFORE: &str = "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\n\
        [[tenant.table]]\nname = \"calls\"\n[[tenant.route]]\nuser = \"bob\"\nto = \"sip:192.0.2.1\"\n\
        [[tenant.database]]\nname = \"d\"\nurl = \"postgres://u:first@192.0.2.3/d\"\n";

    fn difference(from: &str, to: &str) -> TenantDifference {
        let parse = |text: &str| {
            let config = Config::parse(Path::new("c.toml"), text, &Vocabulary::current());
            config.unwrap()
        };
        let later = parse(&BEFORE.replace(from, to));
        let (before, later) = (parse(BEFORE), later);
        before
            .tenants
            .first()
            .unwrap()
            .difference(later.tenants.first().unwrap())
    }

    #[test]
    fn another_cell_is_another_state() {
        let celled = |cell: &str| {
            let with = format!("[server]\ncell_runners_max = 4\n[[tenant]]\n{cell}\n");
            difference("[[tenant]]\n", &with)
        };
        for cell in ["cell = true", "cell = \"tier\""] {
            let celled = celled(cell);
            assert!(celled.cell && celled.is_of_state() && !celled.modules);
        }
        assert!(celled("cell = false").is_none());
    }

    #[test]
    fn each_kind_of_change_is_told_apart() {
        let none = TenantDifference::default();
        assert_eq!(difference("[[tenant]]", "\n# moved\n\n[[tenant]]"), none);
        assert!(difference("a.example", "b.example").pins);
        let networks = difference("domains", "networks = [\"192.0.2.0/24\"]\ndomains");
        assert!(networks.networks && networks.is_of_state() && !networks.modules);
        let table = difference("\"calls\"", "\"calls\"\nexpire_seconds = 5");
        assert!(table.modules && !table.pins);
        let route = difference("192.0.2.1", "192.0.2.2");
        assert!(route.modules && !route.quota);
        // What is not shown is compared all the same.
        assert!(difference("first", "second").modules);
        let quota = "[tenant.quota]\nruns_concurrent_max = 3\n[[tenant.table]]";
        let quota = difference("[[tenant.table]]", quota);
        assert!(quota.quota && !quota.modules, "{quota:?}");
        let quota = "[tenant.quota]\ntable_entries_max = 3\n[[tenant.table]]";
        let quota = difference("[[tenant.table]]", quota);
        assert!(quota.quota && quota.modules, "{quota:?}");
    }
}
