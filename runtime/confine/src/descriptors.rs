//! What a process has open when it shuts itself in.

use std::fs;
use std::io;

/// The three that every process has.
const STANDARD: u32 = 3;

/// Descriptors that a process may use, as ranges, first and last included: its standard ones, and
/// all that it does not have open yet. What it was started with beside them is not closed, since
/// only `unsafe` code can close what nobody owns, but no system call takes it.
///
/// # Errors
/// The system does not say what is open.
pub(crate) fn usable_descriptors() -> io::Result<Vec<(u32, u32)>> {
    let entries = fs::read_dir("/proc/self/fd")?;
    let numbers: Vec<u32> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    // The folder itself was among them, and is closed by now.
    let is_open = |number: &u32| fs::read_link(format!("/proc/self/fd/{number}")).is_ok();
    let open = numbers.into_iter().filter(is_open);
    Ok(between(open.filter(|number| *number >= STANDARD).collect()))
}

/// The ranges between these numbers.
fn between(mut numbers: Vec<u32>) -> Vec<(u32, u32)> {
    numbers.sort_unstable();
    let mut ranges = Vec::new();
    let mut first = 0;
    for number in numbers {
        if first < number {
            ranges.push((first, number - 1));
        }
        first = number.saturating_add(1);
    }
    ranges.push((first, u32::MAX));
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_left_out_and_nothing_else() {
        assert_eq!(between(Vec::new()), [(0, u32::MAX)]);
        assert_eq!(between(vec![9, 3, 4]), [(0, 2), (5, 8), (10, u32::MAX)]);
    }

    #[test]
    fn a_file_that_is_open_is_found() {
        let before = usable_descriptors().unwrap();
        let file = fs::File::open("/proc/self/stat").unwrap();
        let after = usable_descriptors().unwrap();
        let number = u32::try_from(std::os::fd::AsRawFd::as_raw_fd(&file)).unwrap();
        let has = |ranges: &[(u32, u32)]| {
            let mut ranges = ranges.iter();
            ranges.any(|(first, last)| (*first..=*last).contains(&number))
        };
        assert!(
            has(&before) && !has(&after),
            "{number}: {before:?} {after:?}"
        );
    }
}
