//! How many events begin in a second, and how much fuel they burn.

use std::time::Instant;

use crate::Rate;

/// How many events of a tenant or of a handler begin in a second, and how much fuel their runs
/// burn.
#[derive(Debug)]
pub struct EventRates {
    events: Option<Rate>,
    fuel: Option<Rate>,
}

/// Limits of [`EventRates`]; 0 is without limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EventRateLimits {
    /// Events that runs begin for. As many may come at once. Default 0.
    pub events_per_second_max: u64,
    /// Fuel that their runs burn. As much may be burnt at once; what a run burns beyond is owed.
    /// Default 0.
    pub fuel_per_second_max: u64,
}

/// Which of the rates is used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UsedUpRate {
    /// `events_per_second_max`
    Events,
    /// `fuel_per_second_max`
    Fuel,
}

impl EventRates {
    /// Full buckets; none where nothing is limited.
    #[must_use]
    pub fn new(limits: EventRateLimits, begin: Instant) -> Option<Self> {
        let rate = |per_second| (per_second > 0).then(|| Rate::new(per_second, begin));
        let rates = Self {
            events: rate(limits.events_per_second_max),
            fuel: rate(limits.fuel_per_second_max),
        };
        (rates.events.is_some() || rates.fuel.is_some()).then_some(rates)
    }

    /// Takes one event.
    ///
    /// # Errors
    /// The rate that is used up.
    pub fn take_event(&self, now: Instant) -> Result<(), UsedUpRate> {
        if self.fuel.as_ref().is_some_and(|fuel| !fuel.has_any(now)) {
            return Err(UsedUpRate::Fuel);
        }
        let events = self.events.as_ref();
        let taken = events.map_or(Ok(()), |events| events.take(now, 1));
        taken.map_err(|_| UsedUpRate::Events)
    }

    /// Takes the fuel that a run has burnt.
    pub fn charge_fuel(&self, now: Instant, fuel: u64) {
        if let Some(rate) = &self.fuel {
            rate.charge(now, fuel);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn events_and_fuel_are_limited_each_for_itself() {
        let begin = Instant::now();
        let limits = |events, fuel| EventRateLimits {
            events_per_second_max: events,
            fuel_per_second_max: fuel,
        };
        assert!(EventRates::new(limits(0, 0), begin).is_none());
        let events = EventRates::new(limits(2, 0), begin).unwrap();
        events.charge_fuel(begin, u64::MAX);
        assert_eq!(events.take_event(begin), Ok(()));
        assert_eq!(events.take_event(begin), Ok(()));
        assert_eq!(events.take_event(begin), Err(UsedUpRate::Events));
        let fuel = EventRates::new(limits(0, 1000), begin).unwrap();
        for _ in 0..100 {
            assert_eq!(fuel.take_event(begin), Ok(()));
        }
        fuel.charge_fuel(begin, 3000);
        assert_eq!(fuel.take_event(begin), Err(UsedUpRate::Fuel));
        assert_eq!(fuel.take_event(begin + 1999 * MS), Err(UsedUpRate::Fuel));
        assert_eq!(fuel.take_event(begin + 2001 * MS), Ok(()));
    }
}
