//! Events of timers.

use evroute_module_timer::events::TimerFired;

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<TimerFired>()]
}

impl InCases for TimerFired {
    const EXAMPLE: &'static str = r#"timer = { name = "tick" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let tick = case.timer.as_ref();
        let tick = tick.ok_or_else(|| missing("timer = { name }"))?;
        Ok(Self {
            subject: quiet(case),
            name: tick.name.clone(),
            missed: tick.missed,
        })
    }
}
