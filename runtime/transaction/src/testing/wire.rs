use std::collections::BTreeMap;

use super::Frame;

/// Carries frames from node to node, late, in disorder, or not at all.
pub(crate) struct Wire {
    pub(crate) latency_ms: u64,
    /// Added to the latency, anything from 0 to this: frames overtake each other.
    pub(crate) jitter_ms: u64,
    pub(crate) loss_percent: u64,
    pub(crate) log: Vec<String>,
    to_lose: Vec<(String, usize)>,
    random: u64,
    sequence: u64,
    in_flight: BTreeMap<(u64, u64), (usize, usize, Frame)>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self {
            latency_ms: 10,
            jitter_ms: 0,
            loss_percent: 0,
            log: Vec::new(),
            to_lose: Vec::new(),
            random: 1,
            sequence: 0,
            in_flight: BTreeMap::new(),
        }
    }

    pub(crate) fn seed(&mut self, seed: u64) {
        self.random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    }

    /// Loses the next `count` frames that start like this, as in [`super::Line::sent`].
    pub(crate) fn lose(&mut self, prefix: &str, count: usize) {
        self.to_lose.push((prefix.to_owned(), count));
    }

    pub(crate) fn send(&mut self, now_ms: u64, from: usize, to: usize, frame: &Frame) {
        let line = match frame.status {
            Some(status) => format!("{from}>{to} {status} {}", frame.method),
            None => format!("{from}>{to} {}", frame.method),
        };
        let is_lost = self.loses(&line);
        self.log.push(format!("{now_ms} ms {line}"));
        if is_lost {
            return;
        }
        let jitter_ms = self.draw() % (self.jitter_ms + 1);
        let at = now_ms + self.latency_ms + jitter_ms;
        self.sequence += 1;
        self.in_flight
            .insert((at, self.sequence), (from, to, frame.clone()));
    }

    fn loses(&mut self, line: &str) -> bool {
        let wanted =
            |(prefix, left): &&mut (String, usize)| *left > 0 && line.starts_with(&**prefix);
        if let Some((_, left)) = self.to_lose.iter_mut().find(wanted) {
            *left -= 1;
            return true;
        }
        self.draw() % 100 < self.loss_percent
    }

    pub(crate) fn next_arrival(&self) -> Option<u64> {
        self.in_flight.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn arrived(&mut self, now_ms: u64) -> Option<(usize, usize, Frame)> {
        self.next_arrival().filter(|at| *at <= now_ms)?;
        self.in_flight.pop_first().map(|(_, delivery)| delivery)
    }

    /// Xorshift: the same for the same seed, everywhere.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 11
    }
}
