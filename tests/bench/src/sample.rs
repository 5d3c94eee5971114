//! Series of measurements and what is said about them.

use serde::Serialize;

/// A named series: one value per round, in the unit that it names.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Series {
    /// What was measured.
    pub(crate) name: String,
    /// The unit of every sample, for example `ns` or `us/call`.
    pub(crate) unit: String,
    /// One value per round, in the order of the rounds.
    pub(crate) samples: Vec<f64>,
}

/// Median, extremes and spread of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The middle value, or the mean of the two middle ones.
    pub(crate) median: f64,
    /// The smallest value.
    pub(crate) min: f64,
    /// The greatest value.
    pub(crate) max: f64,
    /// Middle half of the samples (75th minus 25th percentile) relative to the median.
    pub(crate) spread: f64,
    /// How many samples there were.
    pub(crate) count: usize,
}

impl Series {
    /// An empty series.
    pub(crate) fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            samples: Vec::new(),
        }
    }

    /// What to say about it; `None` without samples.
    pub(crate) fn summary(&self) -> Option<Summary> {
        Summary::of(&self.samples)
    }

    /// This series divided by another, round by round: drift of the machine between
    /// rounds cancels out.
    pub(crate) fn ratio_to(&self, other: &Series) -> Series {
        Series {
            name: format!("{} / {}", self.name, other.name),
            unit: "x".to_owned(),
            samples: self
                .samples
                .iter()
                .zip(&other.samples)
                .filter(|(_, below)| **below > 0.0)
                .map(|(above, below)| above / below)
                .collect(),
        }
    }
}

impl Summary {
    /// Summarises samples; `None` when there are none.
    pub(crate) fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = percentile(&sorted, 50)?;
        let middle_half = percentile(&sorted, 75)? - percentile(&sorted, 25)?;
        Some(Self {
            median,
            min: *sorted.first()?,
            max: *sorted.last()?,
            spread: if median == 0.0 {
                0.0
            } else {
                middle_half / median.abs()
            },
            count: sorted.len(),
        })
    }
}

/// The value below which this share (0 to 100) of sorted samples lies, interpolated.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last * percent;
    let (index, rest) = (position / 100, position % 100);
    let below = *sorted.get(index)?;
    let above = *sorted.get(index + 1).unwrap_or(&below);
    let share = f64::from(u8::try_from(rest).unwrap_or(0)) / 100.0;
    Some(below + (above - below) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_and_spread_the_middle_half() {
        let summary = Summary::of(&[5.0, 1.0, 3.0, 2.0, 4.0]).unwrap();
        assert_eq!(summary.median, 3.0);
        assert_eq!((summary.min, summary.max), (1.0, 5.0));
        assert_eq!(summary.spread, 2.0 / 3.0);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn ratio_is_taken_within_each_round() {
        let slow = Series {
            samples: vec![2.0, 20.0],
            ..Series::new("slow", "ns")
        };
        let fast = Series {
            samples: vec![1.0, 10.0],
            ..Series::new("fast", "ns")
        };
        assert_eq!(slow.ratio_to(&fast).samples, [2.0, 2.0]);
    }

    #[test]
    fn percentile_interpolates_between_neighbours() {
        assert_eq!(percentile(&[0.0, 10.0], 50), Some(5.0));
        assert_eq!(percentile(&[0.0, 10.0, 20.0], 99), Some(19.8));
        assert_eq!(percentile(&[], 50), None);
    }
}
