//! The page for authors says what there is.

use evroute_fuzz::{NAMES, Oracle};

#[test]
fn the_page_has_a_row_for_each_oracle_and_every_name_of_a_condition() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/fuzzing.md");
    let page = std::fs::read_to_string(path).unwrap();
    for oracle in Oracle::ALL {
        let row = format!("| `{}` | {} |", oracle.word(), oracle.sentence());
        assert!(page.contains(&row), "write: {row}");
    }
    for name in NAMES {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
