//! `evroute-conformance [LANGUAGE...]`: every example in these languages (all when none is named)
//! through its cases, and what `evroute new` makes in them through its own; then whether a server
//! compiles the examples within its limits, whether it is told where a handler in them breaks and
//! what a world lacks, whether text that is not UTF-8 ends no run, whether editors find nothing to
//! complain of, and what the languages' standard libraries do.
//!
//! Prints a table and, below it, what was not as it should be. A component that was not built is a
//! failure: who does not want a language does not name it. Exit codes: 0 all conform, 1 one does
//! not or is missing, 2 usage.
//!
//! Times are medians of one process on whatever else the machine does, from a build of the profile
//! that this was built with: good for comparing languages, not for promises.

use std::path::Path;
use std::process::ExitCode;

use evroute_conformance::{
    Cost, Error, Example, Kept, LANGUAGES, NewProject, Suite, lost, measure, run_suite,
    standard_library, uncompiled, uneasy, unsaid, untold,
};
use evroute_project::{Language, StartingEvent};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let known = |word: &str| LANGUAGES.iter().copied().find(|language| *language == word);
    let mut languages = Vec::new();
    for word in arguments.iter().flat_map(|word| word.split_whitespace()) {
        match known(word) {
            Some(language) => languages.push(language),
            None => {
                eprintln!(
                    "evroute-conformance: {word} is no language here; there are: {}",
                    LANGUAGES.join(" ")
                );
                return ExitCode::from(2);
            }
        }
    }
    if languages.is_empty() {
        languages = LANGUAGES.to_vec();
    }
    match report(&languages) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("evroute-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the table; how many did not conform.
fn report(languages: &[&'static str]) -> Result<usize, Error> {
    let mut table = Table::default();
    println!(
        "{:<11} {:<21} {:>7} {:>11} {:>10} {:>11} {:>11}",
        "language", "example", "cases", "bytes", "us/event", "fuel", "memory KiB"
    );
    for example in Example::all(languages)? {
        table.row(example.language, example.name, one(&example));
    }
    for language in languages.iter().filter_map(|word| Language::named(word)) {
        for event in StartingEvent::ALL {
            let name = format!("new {}", event.as_str());
            table.row(language.as_str(), &name, new(language, event));
        }
    }
    for language in languages {
        let why = uncompiled(language).unwrap_or_else(|error| vec![error.to_string()]);
        let word = if why.is_empty() { "made" } else { "REFUSED" };
        table.line(language, "compiled", word, why);
    }
    for language in languages.iter().filter_map(|word| Language::named(word)) {
        table.projects(language);
    }
    for complaint in table.complaints {
        println!("{complaint}");
    }
    println!(
        "conformance: {} passed, {} failed",
        table.passed, table.failed
    );
    Ok(table.failed)
}

/// What was printed so far.
#[derive(Default)]
struct Table {
    passed: usize,
    failed: usize,
    /// What did not conform and why, to be printed below the table.
    complaints: Vec<String>,
}

impl Table {
    /// Prints what became of the cases of one component.
    fn row(&mut self, language: &str, name: &str, found: Result<(usize, Cost), Failure>) {
        match found {
            Ok((cases, cost)) => {
                self.passed += 1;
                println!(
                    "{language:<11} {name:<21} {:>7} {:>11} {:>10.1} {:>11} {:>11}",
                    format!("{cases} ok"),
                    cost.component_bytes,
                    cost.median.as_secs_f64() * 1e6,
                    cost.fuel,
                    cost.memory_bytes.div_ceil(1024),
                );
            }
            Err((word, why)) if why.is_empty() => {
                self.line(language, name, word, vec![word.to_owned()]);
            }
            Err((word, why)) => self.line(language, name, word, why),
        }
    }

    /// Prints one word about something that has no numbers. It conforms when there is no complaint.
    fn line(&mut self, language: &str, name: &str, word: &str, why: Vec<String>) {
        println!("{language:<11} {name:<21} {word:>7}");
        match why.is_empty() {
            true => self.passed += 1,
            false => self.failed += 1,
        }
        let why = why.into_iter();
        self.complaints
            .extend(why.map(|why| format!("{language} {name}: {why}")));
    }

    /// Changes new projects of a language, and prints what came of it.
    fn projects(&mut self, language: Language) {
        for (name, good, bad, test) in TESTS {
            let why = within(|folder| test(language, folder));
            let word = if why.is_empty() { good } else { bad };
            self.line(language.as_str(), name, word, why);
        }
        let mut rows = Vec::new();
        let failed = within(|folder| {
            rows = standard_library(language, folder)?;
            Ok(Vec::new())
        });
        for row in rows {
            let (word, why) = match row.found {
                Ok(Kept::Works) => ("works", Vec::new()),
                Ok(Kept::Refused) => ("refused", Vec::new()),
                Err(why) => ("BROKEN", vec![why]),
            };
            self.line(language.as_str(), &row.function, word, why);
        }
        if !failed.is_empty() {
            self.line(language.as_str(), "standard library", "BROKEN", failed);
        }
    }
}

/// A failure: the word for the table, and what to say below it.
type Failure = (&'static str, Vec<String>);

fn one(example: &Example) -> Result<(usize, Cost), Failure> {
    match example.component() {
        Ok(component) => judged(&component, &example.suite),
        Err(error) => Err(("MISSING", vec![error.to_string()])),
    }
}

/// What is wrong with a language, tried in a folder.
type Test = fn(Language, &Path) -> Result<Vec<String>, Error>;

/// What is looked at in each language: its name in the table, the words for when it is right and
/// when not, how.
const TESTS: [(&str, &str, &str, Test); 4] = [
    ("broken", "told", "UNTOLD", untold),
    ("lacking", "said", "UNSAID", unsaid),
    ("odd text", "kept", "LOST", lost),
    ("editor", "clean", "UNEASY", uneasy),
];

/// Does this in a folder of its own; what it complains of, or why it could not be done.
fn within(work: impl FnOnce(&Path) -> Result<Vec<String>, Error>) -> Vec<String> {
    let folder = tempfile::tempdir().map_err(Error::from);
    let found = folder.and_then(|folder| work(folder.path()));
    found.unwrap_or_else(|error| vec![error.to_string()])
}

/// What `evroute new` makes, and its own cases.
fn new(language: Language, event: StartingEvent) -> Result<(usize, Cost), Failure> {
    let broken = |error: Error| ("BROKEN", vec![error.to_string()]);
    let folder = tempfile::tempdir().map_err(|error| broken(error.into()))?;
    let project = NewProject::build(language, event, folder.path()).map_err(broken)?;
    judged(&project.component, &project.suite)
}

fn judged(component: &[u8], suite: &Suite) -> Result<(usize, Cost), Failure> {
    let refused = |error: Error| ("REFUSED", vec![error.to_string()]);
    let complaints = run_suite(component, suite).map_err(refused)?;
    if !complaints.is_empty() {
        return Err(("FAILED", complaints));
    }
    let cost = measure(component, suite).map_err(refused)?;
    Ok((suite.cases(), cost))
}
