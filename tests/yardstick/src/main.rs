//! What LibAFL reaches of the handlers of tests/sipgoat in as many executions as `evroute fuzz`:
//! `cargo run --release`, with how many, and from how many seeds (20000 3).
//!
//! Both begin with the same message, know the same words of the component and see the same
//! counters and comparisons. LibAFL changes messages as bytes; ours changes messages as SIP, and
//! what else a handler is given, too.

mod handler;
mod libafl_search;

use std::sync::Arc;

use evroute_fuzz::FuzzTarget;

#[path = "../../../runtime/authoring/fuzz/tests/goats/mod.rs"]
mod goats;

/// Of the edges that LibAFL reaches, ours has to reach so many hundredths.
const TARGET: f64 = 90.0;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| {
        let argument = arguments.next();
        argument.map_or(otherwise, |argument| argument.parse().expect("a number"))
    };
    let (executions, seeds) = (number(20_000), number(3));
    println!("| goat | edges | evroute fuzz | LibAFL | of LibAFL's |\n|---|---|---|---|---|");
    let (mut all_ours, mut all_theirs) = (0, 0);
    for goat in goats::goats() {
        let target = FuzzTarget::new(&goat.component, 1, None).expect("a handler");
        let target = Arc::new(target);
        let (mut ours, mut theirs) = (0, 0);
        for seed in 1..=seeds {
            let campaign = goats::campaign(Arc::clone(&target), executions, seed);
            ours += campaign.run(&mut |_| ()).expect("a campaign").progress.edges;
            theirs += libafl_search::explore(&target, executions, seed);
        }
        let share = 100.0 * ours as f64 / theirs as f64;
        let of = |edges: usize| edges as f64 / seeds as f64;
        let (name, edges) = (&goat.name, target.edges());
        println!("| {name} | {edges} | {:.1} | {:.1} | {share:.0} % |", of(ours), of(theirs));
        all_ours += ours;
        all_theirs += theirs;
    }
    let share = 100.0 * all_ours as f64 / all_theirs as f64;
    println!("\nin {executions} executions each, from {seeds} seeds: {share:.1} % of LibAFL's edges");
    if share < TARGET {
        println!("missed: the target is {TARGET} %");
        std::process::exit(1);
    }
}
