//! What a tenant's use costs.

use crate::LedgerTotals;

/// The operator's prices, in units of a currency. Without a tariff, all of them are 0.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tariff {
    /// What the amounts are in, for people: `EUR`.
    pub currency: String,
    /// For each million events that runs began for.
    pub million_events: f64,
    /// For each million of fuel that they burnt.
    pub million_fuel: f64,
    /// For each million host calls.
    pub million_hostcalls: f64,
    /// For each million bytes that host calls moved.
    pub million_hostcall_bytes: f64,
    /// For each million requests that left.
    pub million_outgoing_requests: f64,
    /// For each second of processor time that compiling took.
    pub compile_second: f64,
}

impl Tariff {
    /// The keys of the prices: in `[tariff]`, and where one is written on its own.
    pub const KEYS: [&str; 6] = [
        "million_events",
        "million_fuel",
        "million_hostcalls",
        "million_hostcall_bytes",
        "million_outgoing_requests",
        "compile_second",
    ];

    /// The price with this key.
    pub fn price_mut(&mut self, key: &str) -> Option<&mut f64> {
        match key {
            "million_events" => Some(&mut self.million_events),
            "million_fuel" => Some(&mut self.million_fuel),
            "million_hostcalls" => Some(&mut self.million_hostcalls),
            "million_hostcall_bytes" => Some(&mut self.million_hostcall_bytes),
            "million_outgoing_requests" => Some(&mut self.million_outgoing_requests),
            "compile_second" => Some(&mut self.compile_second),
            _ => None,
        }
    }

    /// What so much use costs.
    #[must_use]
    pub fn amount(&self, used: &LedgerTotals) -> f64 {
        let millions = [
            (used.runs, self.million_events),
            (used.fuel, self.million_fuel),
            (used.meter.hostcall_cost, self.million_hostcalls),
            (used.meter.hostcall_bytes, self.million_hostcall_bytes),
            (used.outgoing, self.million_outgoing_requests),
            // A million microseconds.
            (used.compile_us, self.compile_second),
        ];
        let cost = |(number, price): (u64, f64)| to_f64(number) / 1e6 * price;
        millions.into_iter().map(cost).sum()
    }
}

/// Exact below 2^53, and to 16 digits beyond.
fn to_f64(number: u64) -> f64 {
    let high = u32::try_from(number >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Meter;

    #[test]
    fn each_number_has_its_price_and_all_together_are_the_amount() {
        let used = LedgerTotals {
            runs: 2_000_000,
            fuel: 5_000_000_000,
            meter: Meter {
                hostcall_cost: 500_000,
                hostcall_bytes: 10_000_000,
                ..Meter::default()
            },
            outgoing: 1_000_000,
            compile_us: 3_000_000,
            ..LedgerTotals::default()
        };
        let tariff = Tariff {
            currency: "EUR".to_owned(),
            million_events: 1.0,
            million_fuel: 0.001,
            million_hostcalls: 4.0,
            million_hostcall_bytes: 0.5,
            million_outgoing_requests: 7.0,
            compile_second: 2.0,
        };
        let amount = tariff.amount(&used);
        assert!((amount - 27.0).abs() < 1e-9, "{amount}");
        let mut written = Tariff::default();
        for key in Tariff::KEYS {
            *written.price_mut(key).unwrap() = 1.0;
        }
        let amount = written.amount(&used);
        assert!(
            (amount - (2.0 + 5000.0 + 0.5 + 10.0 + 1.0 + 3.0)).abs() < 1e-9,
            "{amount}"
        );
        assert!(written.price_mut("million").is_none());
        assert!(Tariff::default().amount(&used).abs() < 1e-9);
    }
}
