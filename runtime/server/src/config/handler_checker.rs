//! The `[[tenant.handler]]`s of one tenant.

use std::ops::RangeInclusive;

use evroute_event::FailPolicy;
use evroute_module_api::Naming;
use evroute_module_api::config::{At, Names, Section, nearest};
use evroute_sandbox::SandboxConfig;
use evroute_tenant::{Grants, RunLimits};

use super::checker::Checker;
use super::{EventFilter, HandlerConfig};
use crate::raw_config::{RawHandler, RawLimits};

impl Checker<'_> {
    pub(super) fn handlers(&mut self, tenant: &Section<'_>) -> Vec<HandlerConfig> {
        let mut names = Names::default();
        let mut handlers = Vec::new();
        let raw: Vec<RawHandler> = self.read(tenant, "handler").unwrap_or_default();
        for raw in &raw {
            names.claim(&mut self.findings, &raw.name, "tenant.handler.name");
            handlers.extend(self.handler(raw, tenant));
        }
        handlers
    }

    fn handler(&mut self, raw: &RawHandler, tenant: &Section<'_>) -> Option<HandlerConfig> {
        let id = raw.name.get_ref().parse();
        if let Err(error) = &id {
            self.wrong(
                &raw.name,
                "tenant.handler.name",
                error,
                "choose another name",
            );
        }
        // Whether there is such a file, and what is in it, is for the start of the tenant to see.
        let component = self.findings.beside_file(raw.component.get_ref());
        let grants = self.grants("tenant.handler.grants", &raw.grants, tenant);
        let fail_policy = self.fail_policy(raw.fail_policy.as_ref());
        let filters = raw
            .on
            .iter()
            .filter_map(|at| self.filter(at, tenant))
            .collect();
        let limits = self.limits("tenant.handler.limits", &raw.limits);
        let breaker = raw.breaker.as_ref();
        let breaker = breaker.map(|breaker| self.breaker(breaker, fail_policy));
        Some(HandlerConfig {
            id: id.ok()?,
            component,
            line: self.findings.line(&raw.component),
            quoted: self.findings.quoted(&raw.component),
            grants,
            fail_policy,
            filters,
            limits,
            breaker,
            rates: self.event_rates(
                "tenant.handler.rates",
                raw.rates.events_per_second_max.as_ref(),
                raw.rates.fuel_per_second_max.as_ref(),
            ),
        })
    }

    pub(super) fn grants(&mut self, key: &str, raw: &[At<String>], tenant: &Section<'_>) -> Grants {
        for at in raw {
            match Grants::parse([at.get_ref()]) {
                Err(error) => self.wrong(at, key, error, "correct or remove it"),
                Ok(one) => self.grant(key, at, &one, tenant),
            }
        }
        Grants::parse(raw.iter().map(At::get_ref)).unwrap_or_default()
    }

    /// One grant must be of a capability that exists, and its label of something that the tenant
    /// has.
    fn grant(&mut self, key: &str, at: &At<String>, one: &Grants, tenant: &Section<'_>) {
        let known = &self.vocabulary.grants;
        if let Some(word) = one.capabilities().find(|word| !known.contains(word)) {
            let fix = match nearest(word, known.iter().copied()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("this server offers: {}", known.join(", ")),
            };
            return self.wrong(at, key, format!("no capability is named {word:?}"), &fix);
        }
        if let Some(word) = self.vocabulary.unreadable(one) {
            let wrong = format!("{word:?} cannot be granted for reading only");
            return self.wrong(at, key, wrong, "leave out \":read\"");
        }
        let Some((word, label, _)) = one.labels().next() else {
            return;
        };
        let mut labels = self.vocabulary.labels.iter();
        let section = match labels.find(|(known, _)| *known == word) {
            Some((_, Naming::Section(section))) => *section,
            Some((_, Naming::Free)) => return,
            None if self.vocabulary.is_mode(word, label) => return,
            None => {
                let wrong =
                    format!("{word:?} has no labels, it is granted as a whole or not at all");
                return self.wrong(at, key, wrong, &format!("write {word:?}"));
            }
        };
        if !tenant.names(section).any(|name| name == label) {
            let fix = format!("add a [[tenant.{section}]] named {label:?} or correct the label");
            self.wrong(
                at,
                key,
                format!("this tenant has no {section} {label:?}"),
                &fix,
            );
        }
    }

    fn fail_policy(&mut self, raw: Option<&At<String>>) -> FailPolicy {
        let Some(at) = raw else {
            return FailPolicy::default();
        };
        match at.get_ref().as_str() {
            "open" => FailPolicy::Open,
            "closed" => FailPolicy::Closed,
            other => {
                let fix = "write \"open\" (carry on without the handler) or \"closed\" (take the cautious verdict)";
                self.wrong(
                    at,
                    "tenant.handler.fail_policy",
                    format!("{other:?} is not a policy"),
                    fix,
                );
                FailPolicy::default()
            }
        }
    }

    fn filter(&mut self, at: &At<String>, tenant: &Section<'_>) -> Option<EventFilter> {
        let key = "tenant.handler.on";
        let written = at.get_ref().as_str();
        let parts = |name: &str| written.strip_prefix(name)?.strip_prefix(':');
        let known = &self.vocabulary.events;
        let found = known
            .iter()
            .find_map(|word| Some((*word, parts(word.name)?)));
        let Some((word, filter)) = found.filter(|(_, filter)| !filter.is_empty()) else {
            let forms: Vec<_> = known
                .iter()
                .map(|word| format!("{}:NAME", word.name))
                .collect();
            let fix = format!(
                "write one of {}; events without an event filter need no entry, the component's exports decide",
                forms.join(", ")
            );
            self.wrong(
                at,
                key,
                format!("{written:?} does not filter any event"),
                &fix,
            );
            return None;
        };
        if let Naming::Section(section) = word.filter
            && !tenant.names(section).any(|name| name == filter)
        {
            let fix = format!("add a [[tenant.{section}]] named {filter:?} or correct the name");
            self.wrong(
                at,
                key,
                format!("this tenant has no {section} {filter:?}"),
                &fix,
            );
        }
        Some(EventFilter {
            event: word.name,
            filter: filter.to_owned(),
        })
    }

    pub(super) fn limits(&mut self, section: &str, raw: &RawLimits) -> RunLimits {
        let default = RunLimits::default();
        macro_rules! number {
            ($($name:ident),* $(,)?) => {
                RunLimits { $($name: self.number(
                    &format!("{section}.{}", stringify!($name)), raw.$name.as_ref(),
                    limit_range(stringify!($name)), default.$name,
                )),* }
            };
        }
        number! {
            run_fuel_max,
            run_deadline_ms,
            run_memory_bytes_max,
            run_table_elements_max,
            run_hostcall_cost_max,
            run_hostcall_bytes_max,
            run_log_lines_max,
            run_log_bytes_max,
            run_handles_max,
            run_actions_max,
            run_reply_headers_max,
            run_reply_bytes_max,
            event_depth_max,
        }
    }
}

/// Between what a limit of a run may be, whoever sets it.
pub(crate) fn limit_range(name: &str) -> RangeInclusive<i64> {
    match name {
        "run_fuel_max" => 1..=1_000_000_000_000,
        "run_deadline_ms" => 1..=60_000,
        "run_memory_bytes_max" => 65_536..=i64::from(SandboxConfig::MEMORY_BYTES_MAX),
        "run_table_elements_max" => 0..=i64::from(SandboxConfig::TABLE_ELEMENTS_MAX),
        "run_hostcall_cost_max" => 0..=1_000_000_000,
        "run_hostcall_bytes_max" | "run_log_bytes_max" => 0..=1_073_741_824,
        "run_log_lines_max" => 0..=1_000_000,
        "run_handles_max" => 1..=1_000_000,
        "run_actions_max" => 0..=10_000,
        "run_reply_headers_max" => 0..=64,
        "run_reply_bytes_max" => 0..=32_768,
        "event_depth_max" => 0..=16,
        // Nobody sets what has no name here.
        _ => 0..=0,
    }
}
