//! The section of source lines in a stranger's component.

use evroute_lines::{LineTable, Lines};

use crate::Reader;

pub(crate) const READER: Reader = Reader {
    name: "source_lines",
    examples,
    words: &["\u{1}", "\u{7f}", "src/lib.rs"],
    read,
    runs: 20_000,
};

fn examples() -> Vec<Vec<u8>> {
    let mut lines = Lines::new();
    let outer = lines.place("src/lib.rs", 31, None, None);
    let inner = lines.place("src/number.rs", 7, Some("is_valid"), Some(outer));
    for (function, offset, place) in [(0, 0, outer), (0, 9, inner), (3, 2, inner), (7, 0, outer)] {
        lines.row(function, offset, Some(place));
    }
    lines.row(3, 80, None);
    vec![lines.encode()]
}

fn read(section: &[u8]) -> bool {
    let Ok(table) = LineTable::read(section) else {
        return false;
    };
    let mut is_found = false;
    for function in 0..8 {
        for offset in [0, 1, 7, 100, u32::MAX] {
            is_found |= table
                .find(function, offset)
                .is_ok_and(|found| !found.is_empty());
        }
    }
    is_found
}
