//! Which ways were taken, and how often, in all executions so far.

use std::collections::HashSet;

/// One counter that is not 0: its place among all of the component, and how often, roughly.
pub(crate) type Hit = (u32, u8);

/// How often, as one bit for each of 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, and more: a
/// loop that runs once more is nothing new, one that runs twice as often may be.
const fn bucket(count: u8) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128..=255 => 128,
    }
}

/// Adds the counters of one list, whose first one has this number.
pub(crate) fn hits(first: usize, counters: &[u8], hits: &mut Vec<Hit>) {
    let (chunks, rest) = counters.as_chunks::<8>();
    let mut add = |at: usize, count: u8| {
        if count != 0 {
            let place = u32::try_from(first + at).unwrap_or(u32::MAX);
            hits.push((place, bucket(count)));
        }
    };
    for (number, chunk) in chunks.iter().enumerate() {
        if u64::from_ne_bytes(*chunk) != 0 {
            for (at, count) in chunk.iter().enumerate() {
                add(number * 8 + at, *count);
            }
        }
    }
    for (at, count) in rest.iter().enumerate() {
        add(chunks.len() * 8 + at, *count);
    }
}

/// All that was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    edges: Vec<u8>,
    count: usize,
    features: HashSet<u64>,
}

impl Seen {
    pub(crate) fn new(edges: usize) -> Self {
        Self {
            edges: vec![0; edges],
            ..Self::default()
        }
    }

    /// Whether something of it is new.
    pub(crate) fn is_new(&self, hits: &[Hit], features: &[u64]) -> bool {
        let new = |(at, bit): &Hit| {
            self.edges
                .get(*at as usize)
                .is_some_and(|seen| seen & bit == 0)
        };
        hits.iter().any(new) || features.iter().any(|one| !self.features.contains(one))
    }

    /// Takes it in; the new edges, which none had taken.
    pub(crate) fn add(&mut self, hits: &[Hit], features: &[u64]) -> Vec<u32> {
        let mut new = Vec::new();
        for (at, bit) in hits {
            if let Some(seen) = self.edges.get_mut(*at as usize) {
                if *seen == 0 {
                    self.count += 1;
                    new.push(*at);
                }
                *seen |= bit;
            }
        }
        self.features.extend(features);
        new
    }

    /// How many edges were taken at all.
    pub(crate) fn edges(&self) -> usize {
        self.count
    }

    /// Whether an edge was taken.
    pub(crate) fn has(&self, edge: usize) -> bool {
        self.edges.get(edge).is_some_and(|seen| *seen != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_by_their_place_and_once_more_is_new_only_when_it_is_much_more() {
        let mut counters = [0; 19];
        counters[0] = 1;
        counters[18] = 200;
        let mut found = Vec::new();
        hits(100, &counters, &mut found);
        assert_eq!(found, [(100, 1), (118, 128)]);
        let mut seen = Seen::new(200);
        assert!(seen.is_new(&found, &[]));
        assert_eq!(seen.add(&found, &[7]), [100, 118]);
        assert!(!seen.is_new(&found, &[7]));
        assert!(seen.is_new(&found, &[8]));
        assert!(seen.is_new(&[(100, 2)], &[]));
        assert_eq!((seen.edges(), seen.has(118), seen.has(1)), (2, true, false));
    }
}
