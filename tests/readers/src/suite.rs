//! Files of cases.

use evroute_cases::Suite;

use crate::{Reader, files};

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
    files("conformance/cases")
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
