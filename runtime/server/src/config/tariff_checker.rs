//! `[tariff]`, and rates of events.

use evroute_module_api::config::At;
use evroute_tenant::{EventRateLimits, Tariff};

use super::checker::Checker;
use crate::raw_config::RawTariff;

/// The longest name of a currency, in bytes.
const CURRENCY_BYTES_MAX: usize = 16;

impl Checker<'_> {
    pub(super) fn tariff(&mut self, raw: &RawTariff) -> Tariff {
        let mut price = |key: &str, at: Option<&At<f64>>| {
            let Some(at) = at else {
                return 0.0;
            };
            let price = *at.get_ref();
            if !price.is_finite() || price < 0.0 {
                let wrong = format!("{price} is not a price");
                self.wrong(at, key, wrong, "write a number from 0 on, for example 0.25");
            }
            price
        };
        macro_rules! prices {
            ($($name:ident),* $(,)?) => {
                Tariff {
                    currency: String::new(),
                    $($name: price(concat!("tariff.", stringify!($name)), raw.$name.as_ref()),)*
                }
            };
        }
        let tariff = prices!(
            million_events,
            million_fuel,
            million_hostcalls,
            million_hostcall_bytes,
            million_outgoing_requests,
            compile_second,
        );
        let currency = raw.currency.as_ref().map(|at| self.currency(at));
        Tariff {
            currency: currency.unwrap_or_default(),
            ..tariff
        }
    }

    fn currency(&mut self, at: &At<String>) -> String {
        let currency = at.get_ref();
        let is_word = currency.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_word || currency.len() > CURRENCY_BYTES_MAX {
            let wrong = format!("{currency:?} is not a currency");
            self.wrong(
                at,
                "tariff.currency",
                wrong,
                "write its code, for example \"EUR\"",
            );
        }
        currency.clone()
    }

    /// Rates in a section; what is not written is without limit.
    pub(super) fn event_rates(
        &mut self,
        section: &str,
        events: Option<&At<i64>>,
        fuel: Option<&At<i64>>,
    ) -> EventRateLimits {
        let events_key = format!("{section}.events_per_second_max");
        let fuel_key = format!("{section}.fuel_per_second_max");
        EventRateLimits {
            events_per_second_max: self.number(&events_key, events, 1..=1_000_000_000, 0),
            fuel_per_second_max: self.number(&fuel_key, fuel, 1..=1 << 50, 0),
        }
    }
}
