//! What the operator may say: `[[tenant.timer]]`.

use std::sync::Arc;
use std::time::Duration;

use evroute_event::UnknownEvent;
use evroute_module_api::config::{At, Names, TenantSections};
use evroute_module_api::{LiveTenant, ModuleConfig, NewTenant, TenantPart, Work};
use serde::Deserialize;

use crate::run;

/// A tenant's timers. It is all that the module keeps for the tenant, too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// `[[tenant.timer]]`
    pub timers: Vec<TimerConfig>,
}

/// One timer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimerConfig {
    /// The name, third segment of its event.
    pub name: String,
    /// How often it fires; at least 10 ms.
    pub interval: Duration,
}

/// `[[tenant.timer]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTimer {
    name: At<String>,
    interval_ms: At<i64>,
}

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let raw: Vec<RawTimer> = sections.list("timer");
        let check = &mut *sections.findings;
        let mut names = Names::default();
        let timer = |raw: RawTimer| {
            check.word(&raw.name, "tenant.timer.name");
            names.claim(check, &raw.name, "tenant.timer.name");
            let (key, written) = ("tenant.timer.interval_ms", Some(&raw.interval_ms));
            let interval = check.number(key, written, 10..=31_536_000_000, 10);
            TimerConfig {
                interval: Duration::from_millis(interval),
                name: raw.name.into_inner(),
            }
        };
        Self {
            timers: raw.into_iter().map(timer).collect(),
        }
    }
}

impl ModuleConfig for Config {
    fn keep(&self, _: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(self.clone())
    }
}

impl TenantPart for Config {
    /// Each timer by itself.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let port = tenant.emitter.port()?;
        let work = |timer: &TimerConfig| -> Work {
            let stop = tenant.draining.clone().cancelled_owned();
            let (port, timer) = (port.clone(), timer.clone());
            Box::pin(run(port, tenant.index, timer, tenant.clock, stop))
        };
        Ok(self.timers.iter().map(work).collect())
    }
}
