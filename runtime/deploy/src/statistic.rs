//! How sure one can be that two numbers differ.
//!
//! Runs of one call resemble each other (a phone that registers keeps its Call-ID), so that many
//! runs say less than as many coins: [`RUNS_PER_OBSERVATION`] of them count as one. And whoever
//! looks often enough finds something: bounds are so wide that a canary as good as its
//! predecessor is stopped less than once in a hundred times, with six rates and mixes looked at a
//! hundred and fifty times each (what [`next_look`] allows up to ten million runs).

/// How many runs count as one observation: a guess at how alike the runs of one call are.
const RUNS_PER_OBSERVATION: f64 = 4.0;

/// Width of each bound in standard deviations. Two bounds that do not meet differ by at least 4.2
/// of them: one chance in a hundred thousand.
const DEVIATIONS: f64 = 3.0;

/// What a mix must depart by, in standard deviations: the same chance.
const MIX_DEVIATIONS: f64 = 4.26;

/// The share of runs that must decide otherwise before a mix departs, however sure it is.
const MIX_DISTANCE_MIN: f64 = 0.10;

/// The fewest expected observations of one kind; rarer kinds are looked at together (Cochran's
/// rule).
const EXPECTED_MIN: f64 = 5.0;

/// Looks become rarer as runs become more: at the earliest when there are a tenth more.
#[must_use]
pub(crate) fn next_look(runs: u64) -> u64 {
    runs.saturating_add(runs / 10).saturating_add(1)
}

/// Counts have fewer digits than this keeps.
#[expect(
    clippy::cast_precision_loss,
    reason = "a statistic needs no sixteenth digit"
)]
fn number(count: u64) -> f64 {
    count as f64
}

/// Between what the share behind so many of so many runs lies (Wilson's score interval).
fn bounds(some: u64, all: u64) -> (f64, f64) {
    let observations = number(all) / RUNS_PER_OBSERVATION;
    if observations <= 0.0 {
        return (0.0, 1.0);
    }
    let share = (number(some) / number(all)).min(1.0);
    let square = DEVIATIONS * DEVIATIONS;
    let middle = share + square / (2.0 * observations);
    let spread =
        share * (1.0 - share) / observations + square / (4.0 * observations * observations);
    let reach = DEVIATIONS * spread.sqrt();
    let scale = 1.0 + square / observations;
    ((middle - reach) / scale, (middle + reach) / scale)
}

/// Whether a share is higher in the second than in the first, by more than chance and more than
/// `tolerance`.
pub(crate) fn is_higher(first: (u64, u64), second: (u64, u64), tolerance: f64) -> bool {
    let (_, most) = bounds(first.0, first.1);
    let (least, _) = bounds(second.0, second.1);
    least > most + tolerance
}

/// Whether two mixes of kinds differ by more than chance and by enough to matter. The pairs are
/// counts of one kind in the first and the second.
pub(crate) fn departs(kinds: &[(u64, u64)]) -> bool {
    let sum = |side: fn(&(u64, u64)) -> u64| number(kinds.iter().map(side).sum());
    let (first, second) = (sum(|kind| kind.0), sum(|kind| kind.1));
    if first <= 0.0 || second <= 0.0 {
        return false;
    }
    let shares = kinds
        .iter()
        .map(|kind| (number(kind.0) / first, number(kind.1) / second));
    let distance: f64 = shares.map(|(one, other)| (one - other).abs()).sum::<f64>() / 2.0;
    if distance < MIX_DISTANCE_MIN {
        return false;
    }
    let kinds = pooled(kinds, first, second);
    let Some(freedom) = kinds.len().checked_sub(1).filter(|freedom| *freedom > 0) else {
        return false;
    };
    deviations(chi_squared(&kinds), freedom) > MIX_DEVIATIONS
}

/// Observations of each kind; rare ones together.
fn pooled(kinds: &[(u64, u64)], first: f64, second: f64) -> Vec<(f64, f64)> {
    let scale = 1.0 / RUNS_PER_OBSERVATION;
    let smaller = first.min(second) / (first + second);
    let mut pooled = Vec::new();
    let mut rest = (0.0, 0.0);
    for kind in kinds {
        let kind = (number(kind.0) * scale, number(kind.1) * scale);
        if (kind.0 + kind.1) * smaller >= EXPECTED_MIN {
            pooled.push(kind);
        } else {
            rest = (rest.0 + kind.0, rest.1 + kind.1);
        }
    }
    if (rest.0 + rest.1) * smaller >= EXPECTED_MIN {
        pooled.push(rest);
    } else if let Some(last) = pooled.last_mut() {
        *last = (last.0 + rest.0, last.1 + rest.1);
    }
    pooled
}

/// Pearson's test of homogeneity.
fn chi_squared(kinds: &[(f64, f64)]) -> f64 {
    let first: f64 = kinds.iter().map(|kind| kind.0).sum();
    let second: f64 = kinds.iter().map(|kind| kind.1).sum();
    let all = first + second;
    let off = |seen: f64, expected: f64| (seen - expected) * (seen - expected) / expected;
    kinds
        .iter()
        .map(|(one, other)| {
            let both = one + other;
            off(*one, both * first / all) + off(*other, both * second / all)
        })
        .sum()
}

/// A chi-squared value as deviations of a normal one (Wilson and Hilferty).
fn deviations(chi_squared: f64, freedom: usize) -> f64 {
    let freedom = f64::from(u32::try_from(freedom).unwrap_or(u32::MAX));
    let ninth = 2.0 / (9.0 * freedom);
    ((chi_squared / freedom).cbrt() - (1.0 - ninth)) / ninth.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 0.01
    }

    #[test]
    fn bounds_are_those_of_the_textbook() {
        // 40 runs are 10 observations; Wilson's bounds of 0 and of 5 in 10 at 3 deviations.
        let (least, most) = bounds(0, 40);
        assert!(near(least, 0.0) && near(most, 9.0 / 19.0), "{least} {most}");
        let (least, most) = bounds(20, 40);
        assert!(near(least, 0.156) && near(most, 0.844), "{least} {most}");
        assert_eq!(bounds(0, 0), (0.0, 1.0));
    }

    #[test]
    fn deviations_are_those_of_the_table() {
        // 0.999 quantiles of chi-squared: 10.83 (1), 13.82 (2), 29.59 (10); 3.09 deviations.
        for (value, freedom) in [(10.83, 1), (13.82, 2), (29.59, 10)] {
            let found = deviations(value, freedom);
            assert!((found - 3.09).abs() < 0.06, "{value} {freedom}: {found}");
        }
    }

    #[test]
    fn a_mix_departs_when_it_is_sure_and_matters() {
        assert!(departs(&[(900, 300), (100, 700)]));
        assert!(!departs(&[(900, 880), (100, 120)]), "it is chance");
        assert!(
            !departs(&[(900_000, 880_000), (100_000, 120_000)]),
            "it does not matter"
        );
        assert!(!departs(&[(9, 3), (1, 7)]), "too few");
        assert!(!departs(&[(900, 0), (100, 0)]), "nothing to compare");
        assert!(!departs(&[(900, 900)]), "one kind");
        // Rare kinds are one kind: forty that each have too few.
        let rare: Vec<_> = (0..40).map(|_| (10, 0)).chain([(600, 1000)]).collect();
        assert!(departs(&rare));
    }

    #[test]
    fn looks_become_rarer() {
        let mut looks = 0;
        let mut runs = 20;
        while runs < 10_000_000 {
            runs = next_look(runs);
            looks += 1;
        }
        assert!(looks < 150, "{looks}");
    }
}
