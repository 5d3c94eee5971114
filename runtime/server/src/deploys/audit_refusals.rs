//! What was refused for its scope, in the audit log: so many rows of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a number of rows has to last, and how many one address may have in it, and all.
const WINDOW: Duration = Duration::from_secs(3600);
const ADDRESS_ROWS_MAX: u32 = 20;
const ROWS_MAX: u32 = 1000;

/// Says which refusals become rows: one address fills nothing with them, nor do many.
#[derive(Debug)]
pub(crate) struct AuditRefusals(Mutex<Counted>);

#[derive(Debug)]
struct Counted {
    begun: Instant,
    rows: u32,
    /// Each has a row in this window, so there are no more of them than rows.
    of: HashMap<IpAddr, u32>,
    /// Without a row since the last one.
    suppressed: u64,
}

impl AuditRefusals {
    pub(crate) fn new(begun: Instant) -> Self {
        Self(Mutex::new(Counted {
            begun,
            rows: 0,
            of: HashMap::new(),
            suppressed: 0,
        }))
    }

    /// Something of this address was refused. Where it is a row: how many before it were none.
    pub(crate) fn happened(&self, from: IpAddr, now: Instant) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(counted.begun) >= WINDOW {
            counted.begun = now;
            counted.rows = 0;
            counted.of.clear();
        }
        let rows = counted.of.get(&from).copied().unwrap_or_default();
        if rows >= ADDRESS_ROWS_MAX || counted.rows >= ROWS_MAX {
            counted.suppressed += 1;
            return None;
        }
        counted.of.insert(from, rows + 1);
        counted.rows += 1;
        Some(std::mem::take(&mut counted.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn one_address_has_twenty_rows_an_hour_and_what_is_left_out_is_counted() {
        let begin = Instant::now();
        let refusals = AuditRefusals::new(begin);
        for _ in 0..20 {
            assert_eq!(refusals.happened(address(1), begin), Some(0));
        }
        for _ in 0..500 {
            assert_eq!(refusals.happened(address(1), begin), None);
        }
        assert_eq!(
            refusals.happened(address(2), begin),
            Some(500),
            "another has its own"
        );
        let later = begin + WINDOW;
        assert_eq!(refusals.happened(address(1), later), Some(0));
    }

    #[test]
    fn however_many_addresses_there_are_the_rows_have_an_end() {
        let begin = Instant::now();
        let refusals = AuditRefusals::new(begin);
        let rows =
            (0..100_000).filter(|number| refusals.happened(address(*number), begin).is_some());
        assert_eq!(rows.count(), 1000);
        assert!(refusals.0.lock().unwrap().of.len() <= 1000);
    }
}
