//! A line of nodes on a toy wire in virtual time: user agents at the ends, proxies between.
//!
//! Messages are one line of text, so that a test reads what was on the wire. The tables are
//! the real ones; the nodes are the simplest drivers and users that keep the obligations
//! listed in the crate's documentation.

mod frame;
mod node;
mod wire;

use std::time::{Duration, Instant};

pub(crate) use frame::Frame;
pub(crate) use node::{Node, Role};
pub(crate) use wire::Wire;

use crate::action::Delivery;
use crate::config::Config;
use crate::key::KeyMaker;

/// A caller, any number of proxies, a callee; each linked to the next.
pub(crate) struct Line {
    pub(crate) wire: Wire,
    pub(crate) nodes: Vec<Node>,
    epoch: Instant,
    now_ms: u64,
}

impl Line {
    /// `answers`: after how many milliseconds the callee sends which status to a request.
    pub(crate) fn new(delivery: Delivery, proxies: usize, answers: &[(u64, u16)]) -> Self {
        let epoch = Instant::now();
        let keys = KeyMaker::new();
        let mut roles = vec![Role::Caller];
        roles.extend(std::iter::repeat_n(Role::Proxy, proxies));
        roles.push(Role::Callee(answers.to_vec()));
        let nodes = roles
            .into_iter()
            .enumerate()
            .map(|(place, role)| {
                Node::new(place, role, delivery, &keys, (Config::default(), epoch))
            })
            .collect();
        Self {
            wire: Wire::new(),
            nodes,
            epoch,
            now_ms: 0,
        }
    }

    /// Two ends and a wire.
    pub(crate) fn pair(delivery: Delivery, answers: &[(u64, u16)]) -> Self {
        Self::new(delivery, 0, answers)
    }

    pub(crate) fn caller(&self) -> &Node {
        &self.nodes[0]
    }

    pub(crate) fn callee(&self) -> &Node {
        &self.nodes[self.nodes.len() - 1]
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn now(&self) -> Instant {
        self.epoch + Duration::from_millis(self.now_ms)
    }

    pub(crate) fn request(&mut self, method: &str, call: u32) {
        let now = self.now();
        self.nodes[0].request(now, method, call);
        self.collect(0);
    }

    pub(crate) fn cancel(&mut self, call: u32) {
        let now = self.now();
        self.nodes[0].cancel(now, call);
        self.collect(0);
    }

    fn collect(&mut self, place: usize) {
        for (to, frame) in std::mem::take(&mut self.nodes[place].outbox) {
            self.wire.send(self.now_ms, place, to, &frame);
        }
    }

    fn next_ms(&self) -> Option<u64> {
        let nodes = self.nodes.iter().filter_map(Node::next_wakeup);
        let nodes = nodes
            .map(|at| u64::try_from(at.saturating_duration_since(self.epoch).as_millis()).unwrap());
        nodes.chain(self.wire.next_arrival()).min()
    }

    /// Jumps to the next thing that happens, if that is not after `until_ms`.
    fn step(&mut self, until_ms: u64) -> bool {
        let Some(next) = self.next_ms().filter(|next| *next <= until_ms) else {
            return false;
        };
        self.now_ms = self.now_ms.max(next);
        let now = self.now();
        while let Some((from, to, frame)) = self.wire.arrived(self.now_ms) {
            self.nodes[to].receive(now, from, &frame);
            self.collect(to);
        }
        for place in 0..self.nodes.len() {
            self.nodes[place].wake(now);
            self.collect(place);
        }
        true
    }

    pub(crate) fn run_until(&mut self, until_ms: u64) {
        while self.step(until_ms) {}
        self.now_ms = self.now_ms.max(until_ms);
    }

    /// Runs until nothing is left to happen, which must be within two hours.
    pub(crate) fn run(&mut self) {
        const END_MS: u64 = 2 * 3600 * 1000;
        while self.step(END_MS) {}
        assert_eq!(self.next_ms(), None, "still busy after two hours");
        for node in &self.nodes {
            assert!(
                node.table.is_empty(),
                "{:?} leaks {:?}",
                node.place,
                node.states()
            );
        }
    }

    /// What was put on the wire, as `12 ms 0>1 INVITE`.
    pub(crate) fn sent(&self, prefix: &str) -> Vec<&str> {
        let log = self.wire.log.iter().map(String::as_str);
        log.filter(|line| line.split_once(" ms ").unwrap().1.starts_with(prefix))
            .collect()
    }
}

#[cfg(test)]
mod tests;
