//! Which calls a canary gets.

/// What part of a handler's calls a canary gets. A call is one Call-ID: all its events meet one
/// revision, and it stays with the canary when the share grows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CanaryShare(u16);

impl CanaryShare {
    /// All calls, in the unit of [`CanaryShare::per_ten_thousand`].
    pub const WHOLE: u16 = 10_000;

    /// So many of ten thousand calls: 500 is 5 %. None when that is more than all of them.
    #[must_use]
    pub const fn per_ten_thousand(calls: u16) -> Option<Self> {
        if calls <= Self::WHOLE {
            Some(Self(calls))
        } else {
            None
        }
    }

    /// How many of ten thousand calls it is.
    #[must_use]
    pub const fn calls(self) -> u16 {
        self.0
    }

    pub(crate) const fn includes(self, call: CallPlace) -> bool {
        call.0 < self.0
    }
}

/// Where a call stands among all calls: below [`CanaryShare::WHOLE`], the same on every node and
/// after every restart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CallPlace(u16);

/// The constants of FNV-1a for 64 bits, and of the step that mixes its upper bits (MurmurHash3).
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
const MIX: u64 = 0xff51_afd7_ed55_8ccd;
/// 2^64 divided by the golden ratio: its multiples fill a range evenly.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl CallPlace {
    /// Of the call with this Call-ID.
    pub(crate) fn of_call_id(call_id: &str) -> Self {
        let hash = call_id.bytes().fold(FNV_OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
        });
        Self::within((hash ^ (hash >> 33)).wrapping_mul(MIX))
    }

    /// Of an event that belongs to no call: the so-many-th of its tenant.
    pub(crate) fn of_count(count: u64) -> Self {
        Self::within(count.wrapping_mul(GOLDEN))
    }

    fn within(hash: u64) -> Self {
        let place = ((hash >> 32) * u64::from(CanaryShare::WHOLE)) >> 32;
        Self(u16::try_from(place).unwrap_or(CanaryShare::WHOLE - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(calls: u16) -> CanaryShare {
        CanaryShare::per_ten_thousand(calls).unwrap()
    }

    fn included(share: CanaryShare, places: impl Iterator<Item = CallPlace>) -> usize {
        places.filter(|place| share.includes(*place)).count()
    }

    #[test]
    fn a_share_is_at_most_all_calls() {
        assert_eq!(CanaryShare::per_ten_thousand(10_001), None);
        let ids = || (0..1000).map(|n| CallPlace::of_call_id(&format!("{n}@a.example")));
        assert_eq!(included(share(0), ids()), 0);
        assert_eq!(included(share(CanaryShare::WHOLE), ids()), 1000);
    }

    #[test]
    fn calls_are_spread_evenly_whatever_their_ids_look_like() {
        let spellings: [fn(u32) -> String; 4] = [
            |n| format!("{n}"),
            |n| format!("{n}-4711@192.0.2.1"),
            |n| format!("1-{n}@127.0.0.1"),
            |n| format!("{:08x}-{:04x}", n.wrapping_mul(2_654_435_761), n),
        ];
        for spell in spellings {
            for part in [100, 500, 5000] {
                let calls = (0..100_000).map(|n| CallPlace::of_call_id(&spell(n)));
                let taken = included(share(part), calls);
                let wanted = usize::from(part) * 10;
                // Four standard deviations of fair dice.
                let spread = wanted.isqrt() * 4;
                assert!(taken.abs_diff(wanted) <= spread, "{}: {taken}", spell(7));
            }
        }
    }

    #[test]
    fn events_without_a_call_are_spread_evenly_over_any_stretch() {
        for begin in [0, 12_345, u64::MAX - 500] {
            let events = (0..1000).map(|n| CallPlace::of_count(begin.wrapping_add(n)));
            let taken = included(share(500), events);
            assert!((47..=53).contains(&taken), "{taken} of 1000 from {begin}");
        }
    }

    #[test]
    fn a_call_stays_where_it_is_when_the_share_grows() {
        for n in 0..10_000 {
            let call = CallPlace::of_call_id(&format!("{n}@a.example"));
            assert_eq!(call, CallPlace::of_call_id(&format!("{n}@a.example")));
            assert!(!share(100).includes(call) || share(500).includes(call));
        }
        // What another node computes, too.
        assert_eq!(CallPlace::of_call_id("a84b4c76e66710"), CallPlace(PINNED));
    }

    /// Of the Call-ID in RFC 3261, section 4, without its host. It never changes.
    const PINNED: u16 = 7663;
}
