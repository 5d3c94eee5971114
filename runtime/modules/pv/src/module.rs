//! The module, for the server's list.

use evroute_module_api::{Capability, Module};

use crate::capability;

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct PvModule;

impl Module for PvModule {
    fn name(&self) -> &'static str {
        "pv"
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }
}
