//! Files of cases.

use evroute_cases::Suite;

use crate::Reader;

pub(crate) const READER: Reader = Reader {
    name: "suite",
    examples,
    words: &[
        "[[case]]\n",
        "message = ",
        "verdict = ",
        "tables = ",
        "{ }",
        "\"\"\"",
        "= 5\n",
        "name = \"a\"\n",
    ],
    read,
    runs: 2_000,
};

fn examples() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/cases");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

fn read(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    match Suite::parse(&text) {
        Ok(suite) => suite.cases() > 0,
        Err(error) => {
            assert!(!error.to_string().is_empty(), "a refusal has its words");
            false
        }
    }
}
