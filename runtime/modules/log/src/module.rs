//! The module, for the server's list.

use evroute_module_api::{Capability, Module};

use crate::capability;

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogModule;

impl Module for LogModule {
    fn name(&self) -> &'static str {
        "log"
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }
}
