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
}

impl Tariff {
    /// What so much use costs.
    #[must_use]
    pub fn amount(&self, used: &LedgerTotals) -> f64 {
        let millions = [
            (used.runs, self.million_events),
            (used.fuel, self.million_fuel),
            (used.meter.hostcall_cost, self.million_hostcalls),
            (used.meter.hostcall_bytes, self.million_hostcall_bytes),
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
            ..LedgerTotals::default()
        };
        let tariff = Tariff {
            currency: "EUR".to_owned(),
            million_events: 1.0,
            million_fuel: 0.001,
            million_hostcalls: 4.0,
            million_hostcall_bytes: 0.5,
        };
        let amount = tariff.amount(&used);
        assert!((amount - 14.0).abs() < 1e-9, "{amount}");
        assert!(Tariff::default().amount(&used).abs() < 1e-9);
    }
}
