//! Reads and checks what compiling may take.

use evroute_compile::CompileLimits;
use evroute_confine::Isolation;

use super::checker::Checker;
use crate::raw_config::RawServer;

impl Checker<'_> {
    pub(super) fn compile_limits(&mut self, raw: &RawServer) -> CompileLimits {
        let default = CompileLimits::default();
        CompileLimits {
            seconds_max: self.number(
                "server.compile_seconds_max",
                raw.compile_seconds_max.as_ref(),
                1..=3600,
                default.seconds_max,
            ),
            memory_bytes_max: self.number(
                "server.compile_memory_bytes_max",
                raw.compile_memory_bytes_max.as_ref(),
                64 << 20..=1 << 40,
                default.memory_bytes_max,
            ),
            isolation: self.compile_isolation(raw),
        }
    }

    fn compile_isolation(&mut self, raw: &RawServer) -> Isolation {
        let Some(at) = &raw.compile_isolation else {
            return Isolation::default();
        };
        Isolation::of(at.get_ref()).unwrap_or_else(|| {
            let what = format!("{:?} is no isolation", at.get_ref());
            let fix = "write \"best-effort\" or \"required\"";
            self.wrong(at, "server.compile_isolation", &what, fix);
            Isolation::default()
        })
    }
}
