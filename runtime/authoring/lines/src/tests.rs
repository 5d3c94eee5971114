use proptest::prelude::*;

use crate::{LineTable, Lines, SECTION_BYTES_MAX, SourceLine, Unreadable, relocate};

fn section() -> Vec<u8> {
    let mut lines = Lines::new();
    let outer = lines.place("src/lib.rs", 12, None, None);
    let inner = lines.place("core/option.rs", 972, Some("unwrap"), Some(outer));
    lines.row(300, 4, Some(outer));
    lines.row(300, 9, Some(inner));
    lines.row(300, 200, None);
    lines.row(7, 1, Some(outer));
    lines.encode()
}

fn lookup(section: &[u8], function: u32, offset: u32) -> Result<Vec<SourceLine<'_>>, Unreadable> {
    LineTable::read(section)?.find(function, offset)
}

fn found<'a>(file: &'a str, line: u32, function: Option<&'a str>) -> SourceLine<'a> {
    SourceLine {
        file,
        line,
        function,
    }
}

#[test]
fn what_was_written_is_found() {
    let section = section();
    let at = |function, offset| lookup(&section, function, offset).unwrap();
    let outer = found("src/lib.rs", 12, None);
    assert_eq!(at(300, 3), []);
    let own = [outer];
    assert_eq!(at(300, 4), own);
    assert_eq!(at(300, 8), own);
    assert_eq!(at(7, 5000), own);
    let inner = found("core/option.rs", 972, Some("unwrap"));
    let [outer] = own;
    assert_eq!(at(300, 199), [inner, outer]);
    assert_eq!(at(300, 200), []);
    assert_eq!(at(8, 5), []);
}

#[test]
fn code_that_moved_keeps_its_lines() {
    let moved = relocate(
        &section(),
        |function, offset| {
            if function == 7 { offset } else { offset / 2 }
        },
    );
    let moved = moved.unwrap();
    let outer = [found("src/lib.rs", 12, None)];
    assert_eq!(lookup(&moved, 300, 2).unwrap(), outer);
    assert_eq!(lookup(&moved, 300, 99).unwrap().len(), 2);
    assert_eq!(lookup(&moved, 300, 100).unwrap(), []);
    assert_eq!(lookup(&moved, 7, 1).unwrap(), outer);
}

#[test]
fn what_is_said_once_is_written_once() {
    let mut lines = Lines::new();
    assert!(lines.is_empty());
    for offset in 0..1000 {
        let place = lines.place("a.c", 1, None, None);
        lines.row(0, offset, Some(place));
    }
    assert!(lines.encode().len() < 20, "{:?}", lines.encode());
}

#[test]
fn a_place_that_calls_itself_is_refused() {
    // One text "a"; one place that is its own caller.
    let section = [1, 1, 1, b'a', 1, 0, 1, 0, 1, 1, 0, 2, 0, 1];
    let refused = Unreadable("a caller comes after what it calls");
    assert_eq!(lookup(&section, 0, 0), Err(refused));
}

#[test]
fn a_long_section_is_not_read() {
    let long = vec![1; SECTION_BYTES_MAX + 1];
    assert_eq!(lookup(&long, 0, 0), Err(Unreadable("it is too long")));
}

proptest! {
    #[test]
    fn whatever_it_says_reading_ends(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        function in 0_u32..400,
        offset in any::<u32>(),
    ) {
        let mut section = section();
        for (index, byte) in changes {
            let at = index.index(section.len());
            section[at] = byte;
        }
        section.truncate(cut.index(section.len() + 1));
        let found = lookup(&section, function, offset).unwrap_or_default();
        prop_assert!(found.len() <= 16);
    }

    #[test]
    fn bytes_at_random_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = lookup(&bytes, 0, 0);
    }
}
