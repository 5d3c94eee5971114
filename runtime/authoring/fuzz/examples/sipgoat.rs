//! Executions and time to each bug of tests/sipgoat, and executions per second: `cargo run
//! --release -p evroute-fuzz --example sipgoat`.
#![allow(clippy::unwrap_used, reason = "a tool of the developers")]

use std::time::Instant;

#[path = "../tests/goats/mod.rs"]
mod goats;

/// Executions of a handler whose bug is not found before.
const EXECUTIONS: u64 = 1_000_000;

fn main() {
    println!("| goat | bug | found | executions | s | executions/s |\n|---|---|---|---|---|---|");
    for goat in goats::goats() {
        let begun = Instant::now();
        let limit = if goat.tier() == 0 {
            EXECUTIONS / 10
        } else {
            EXECUTIONS
        };
        let campaigned = goat.search(limit, 1);
        let seconds = begun.elapsed().as_secs_f64();
        let found = campaigned.findings.first();
        let found = found.map_or("-", |finding| finding.oracle.word());
        let ran = campaigned.progress.executions;
        let rate = ran as f64 / campaigned.progress.elapsed.as_secs_f64();
        let (name, wanted) = (&goat.name, goat.oracles.join(" or "));
        println!("| {name} | {wanted} | {found} | {ran} | {seconds:.2} | {rate:.0} |");
    }
}
