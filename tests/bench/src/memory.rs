//! Memory of other processes, from /proc.

use std::fs;

use crate::process;

/// What a process and all its descendants hold, in KiB: shared pages count once (Pss, proc(5)).
pub(crate) fn of_tree(root: u32) -> u64 {
    process::tree(root).into_iter().map(of_process).sum()
}

fn of_process(id: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    pss(&rollup).unwrap_or(0)
}

fn pss(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_here_is_counted_here() {
        let before = of_tree(std::process::id());
        let held = std::hint::black_box(vec![1_u8; 32 << 20]);
        assert!(of_tree(std::process::id()) > before + 24 * 1024);
        drop(held);
    }

    #[test]
    fn shared_pages_count_once() {
        assert_eq!(
            pss("Rss:  900 kB\nPss:  123 kB\nPss_Dirty: 7 kB\n"),
            Some(123)
        );
        assert_eq!(pss(""), None);
    }
}
