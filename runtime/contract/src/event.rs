use crate::{FUNCTIONS, Function};

/// An event: an interface with the one function `handle`, which handlers export.
#[derive(Clone, Copy, Debug)]
pub struct ContractEvent {
    /// The interface: `evroute:tm/local-request@0.1.0`.
    pub interface: &'static str,
    /// The package in it, which is named as the module is: `tm`.
    pub module: &'static str,
    /// The interface's own name: `local-request`.
    pub name: &'static str,
    /// The interface and the resource of what it carries: `evroute:tm/types@0.1.0` and
    /// `local-request-event`.
    pub payload: (&'static str, &'static str),
    /// The cases of its verdict in their order; empty where there is nothing to decide.
    pub verdicts: &'static [&'static str],
}

impl ContractEvent {
    /// Module and name, `tm/local-request`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.module, self.name)
    }

    /// A function of what it carries, by its name.
    #[must_use]
    pub fn getter(&self, name: &str) -> Option<&'static Function> {
        let (interface, resource) = self.payload;
        let is_it =
            |one: &&Function| one.interface == interface && one.parts() == (Some(resource), name);
        FUNCTIONS.iter().find(is_it)
    }

    /// The number of a verdict's case.
    #[must_use]
    pub fn verdict(&self, case: &str) -> Option<u32> {
        let at = self.verdicts.iter().position(|one| *one == case)?;
        u32::try_from(at).ok()
    }
}
