//! Reads and checks what cells may take, and which a tenant is in.

use evroute_module_api::config::At;
use evroute_sandbox::CellName;
use evroute_tenant::TenantId;

use super::checker::Checker;
use super::{CellLimits, ServerConfig};
use crate::raw_config::{RawCell, RawServer};

impl Checker<'_> {
    pub(super) fn cell_limits(&mut self, raw: &RawServer) -> CellLimits {
        let default = CellLimits::default();
        CellLimits {
            runners_max: self.number(
                "server.cell_runners_max",
                raw.cell_runners_max.as_ref(),
                0..=10_000,
                default.runners_max,
            ),
            runs_concurrent_max: self.number(
                "server.cell_runs_concurrent_max",
                raw.cell_runs_concurrent_max.as_ref(),
                1..=1_000,
                default.runs_concurrent_max,
            ),
            memory_bytes_max: self.number(
                "server.cell_memory_bytes_max",
                raw.cell_memory_bytes_max.as_ref(),
                64 << 20..=1 << 40,
                default.memory_bytes_max,
            ),
        }
    }

    /// The cell that a tenant is in. A name of its own begins with a word that no other has.
    pub(super) fn cell(
        &mut self,
        written: Option<&At<RawCell>>,
        tenant: Option<&TenantId>,
        server: &ServerConfig,
    ) -> Option<CellName> {
        let at = written?;
        let name = match at.get_ref() {
            RawCell::Own(false) => return None,
            RawCell::Own(true) => CellName(format!("tenant:{}", tenant?)),
            RawCell::Named(name) => match name.parse::<TenantId>() {
                Ok(name) => CellName(name.to_string()),
                Err(error) => {
                    self.wrong(
                        at,
                        "tenant.cell",
                        error,
                        "choose another name, or write true",
                    );
                    return None;
                }
            },
        };
        if server.cells.runners_max == 0 {
            let wrong = "this server has no room for cells";
            self.wrong(
                at,
                "tenant.cell",
                wrong,
                "set cell_runners_max in [server], for example 64",
            );
            return None;
        }
        Some(name)
    }
}
