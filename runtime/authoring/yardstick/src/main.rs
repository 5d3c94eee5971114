//! LibAFL beside `evroute fuzz`: how many ways of a handler each finds in as many executions.
//!
//! Both search the same instrumented component, count the same edges, begin with the same message
//! and know the same words. LibAFL has its own mutations, feedback, corpus and schedule, and
//! changes the message alone: what else a handler finds (tables, answers of databases, who sent the
//! request) it knows nothing of. `cargo run --release [EXECUTIONS]`, in this folder.
#![allow(clippy::unwrap_used, reason = "a tool of the developers")]

use std::sync::Arc;

use evroute_fuzz::{Campaign, FuzzTarget};

mod afl;
#[path = "../../fuzz/tests/goats/mod.rs"]
#[allow(dead_code, reason = "the suite beside it uses all of it")]
mod goats;

/// Of each search.
const EXECUTIONS: u64 = 200_000;

fn main() {
    let written = std::env::args().nth(1);
    let executions = written.map_or(EXECUTIONS, |text| text.parse().unwrap());
    println!("{executions} executions of each; edges that were taken, of all that there are\n");
    println!("| handler | edges | evroute fuzz | LibAFL | evroute / LibAFL |\n|---|---|---|---|---|");
    let mut ratios = Vec::new();
    for goat in goats::goats() {
        let target = Arc::new(FuzzTarget::new(&goat.component, 1, None).unwrap());
        let all = target.edges();
        let campaign = goats::campaign(target, executions, 1);
        let own = own(campaign);
        let other = afl::search(&goat.component, executions, 1).unwrap();
        let ratio = own as f64 / other.max(1) as f64;
        println!("| {} | {all} | {own} | {other} | {ratio:.2} x |", goat.name);
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    let (least, most) = (ratios.first().unwrap(), ratios.last().unwrap());
    println!("\nmedian {median:.2} x ({least:.2} to {most:.2}), {} handlers", ratios.len());
}

/// How many edges our own search takes.
fn own(campaign: Campaign) -> usize {
    let campaigned = campaign.run(&mut |_| ()).unwrap();
    campaigned.taken.iter().flatten().filter(|taken| **taken).count()
}
