//! Planted bugs are found in so many executions, and nothing where there is none.

#[cfg(test)]
mod goats;

#[cfg(test)]
use goats::{Goat, goats};

/// Executions in which a bug of this tier has to be found.
const EXECUTIONS: [u64; 3] = [10_000, 30_000, 100_000];
/// Executions of a handler without one.
const CLEAN: u64 = 20_000;

#[cfg(test)]
fn find(tier: u32, executions: u64) -> Vec<String> {
    let of_tier: Vec<Goat> = goats()
        .into_iter()
        .filter(|goat| goat.tier() == tier)
        .collect();
    let mut missed = Vec::new();
    for goat in of_tier {
        let campaigned = goat.search(executions, 1);
        let found = campaigned.findings.first();
        let oracle = found.map(|finding| finding.oracle.word().to_owned());
        let ran = campaigned.progress.executions;
        println!("{}: {oracle:?} in {ran}", goat.name);
        if !oracle.is_some_and(|oracle| goat.oracles.contains(&oracle)) {
            missed.push(format!("{}: {:?}", goat.name, campaigned.findings));
        }
    }
    missed
}

#[test]
fn bugs_of_the_first_tier_are_found() {
    assert_eq!(find(1, EXECUTIONS[0]), Vec::<String>::new());
}

#[test]
fn bugs_of_the_second_tier_are_found() {
    assert_eq!(find(2, EXECUTIONS[1]), Vec::<String>::new());
}

#[test]
fn bugs_of_the_third_tier_are_found() {
    assert_eq!(find(3, EXECUTIONS[2]), Vec::<String>::new());
}

#[test]
fn nothing_is_found_where_there_is_no_bug() {
    let clean: Vec<Goat> = goats()
        .into_iter()
        .filter(|goat| goat.tier() == 0)
        .collect();
    assert_eq!(clean.len(), 11);
    for goat in clean {
        let campaigned = goat.search(CLEAN, 1);
        assert!(
            campaigned.findings.is_empty(),
            "{}: {:?}",
            goat.name,
            campaigned.findings
        );
        assert!(
            campaigned.progress.accepted() > 60,
            "{:?}",
            campaigned.progress
        );
    }
}

#[test]
fn the_same_seed_runs_the_same_campaign() {
    let goats = goats();
    let goat = goats.iter().find(|goat| goat.name == "2-cseq").unwrap();
    let [one, other] = [(); 2].map(|()| {
        let campaigned = goat.search(20_000, 7);
        let progress = campaigned.progress;
        let findings = campaigned.findings.iter();
        let findings: Vec<_> = findings
            .map(|finding| {
                (
                    finding.name.clone(),
                    finding.execution,
                    finding.message().map(<[u8]>::to_vec),
                )
            })
            .collect();
        (
            progress.executions,
            progress.refused,
            progress.corpus,
            progress.edges,
            findings,
        )
    });
    assert_eq!(one, other);
}
