//! Which of a handler's decisions are rare.

use std::collections::HashMap;

use evroute_event::EventName;
use evroute_tenant::HandlerId;

const HOUR_US: u64 = 3_600_000_000;
/// Decisions that are told apart. A tenant has fewer, unless it deploys handlers of ever new names:
/// then all are begun anew.
const DECISIONS_MAX: usize = 4096;

/// How often each handler has decided what in this hour, up to the number that is kept.
#[derive(Debug)]
pub(crate) struct Rarity {
    per_hour: u32,
    hour: u64,
    decisions: HashMap<(HandlerId, EventName, &'static str), u32>,
}

impl Rarity {
    pub(crate) fn new(per_hour: u32) -> Self {
        Self {
            per_hour,
            hour: 0,
            decisions: HashMap::new(),
        }
    }

    /// Whether this decision is among the first of its hour, so many as are kept; it counts then.
    pub(crate) fn takes(
        &mut self,
        handler: &HandlerId,
        event: EventName,
        decision: &'static str,
        now_us: u64,
    ) -> bool {
        let hour = now_us / HOUR_US;
        // Another hour, whichever: clocks are set back, too.
        if hour != self.hour || self.decisions.len() >= DECISIONS_MAX {
            self.hour = hour;
            self.decisions.clear();
        }
        let key = (handler.clone(), event, decision);
        let taken = self.decisions.entry(key).or_insert(0);
        let is_rare = *taken < self.per_hour;
        *taken += u32::from(is_rare);
        is_rare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: EventName = EventName::new("core:request");

    #[test]
    fn each_decision_has_its_number_of_runs_in_each_hour() {
        let mut rarity = Rarity::new(2);
        let guard = "guard".parse().unwrap();
        let mut taken = |decision, now| rarity.takes(&guard, REQUEST, decision, now);
        let often: Vec<_> = (0..4).map(|now| taken("pass", now)).collect();
        assert_eq!(often, [true, true, false, false]);
        assert!(taken("reject", 5), "another decision");
        assert!(taken("pass", HOUR_US), "the next hour");
        assert!(taken("pass", 7), "the clock was set back");
    }

    #[test]
    fn handlers_of_ever_new_names_take_limited_memory() {
        let mut rarity = Rarity::new(1);
        for name in 0..3 * DECISIONS_MAX {
            let handler = format!("h{name}").parse().unwrap();
            rarity.takes(&handler, REQUEST, "pass", 0);
            assert!(rarity.decisions.len() <= DECISIONS_MAX);
        }
    }
}
