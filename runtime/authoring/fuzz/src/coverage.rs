//! Which source lines were run, and which ways were never taken.

use std::collections::{BTreeMap, BTreeSet};

use crate::campaign::Campaigned;
use crate::edge::{Compared, Edge, Turn};
use crate::source_place::{SourcePlace, source_places};
use crate::target::FuzzTarget;

/// A comparison stands so near before the branch that it decides, bytes of code.
const NEAR: u32 = 16;

/// A way that was never taken, though its branch was reached.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Untaken {
    /// Where, counted from 1; 0 where the component does not say.
    pub line: u32,
    /// Which way, and what was compared there.
    pub what: String,
}

/// What is known of one source file.
#[derive(Clone, Default, Debug)]
pub struct CoveredFile {
    /// Each line that has code, and whether it was run.
    pub lines: BTreeMap<u32, bool>,
    /// Ways that were never taken.
    pub untaken: BTreeSet<Untaken>,
}

/// What was run of each source file, by its path; without source lines by the function's number.
pub type Coverage = BTreeMap<String, CoveredFile>;

/// The coverage of a campaign.
#[must_use]
pub fn coverage(target: &FuzzTarget, campaigned: &Campaigned) -> Coverage {
    let mut coverage = Coverage::new();
    let places = source_places(&target.component, &target.edge_maps);
    for ((map, taken), places) in target.edge_maps.iter().zip(&campaigned.taken).zip(places) {
        let entered = |function: u32| {
            let mut pairs = map.edges.iter().zip(taken);
            pairs.any(|(edge, taken)| {
                edge.function == function && edge.turn == Turn::Entered && *taken
            })
        };
        let mut is_entered: BTreeMap<u32, bool> = BTreeMap::new();
        for ((edge, taken), SourcePlace { file, line }) in map.edges.iter().zip(taken).zip(places) {
            let covered = coverage.entry(file).or_default();
            if line > 0 {
                *covered.lines.entry(line).or_default() |= *taken;
            }
            let reached = *is_entered
                .entry(edge.function)
                .or_insert_with(|| entered(edge.function));
            if !taken && reached {
                let what = way(edge, &campaigned.compared);
                covered.untaken.insert(Untaken { line, what });
            }
        }
    }
    coverage
}

fn way(edge: &Edge, compared: &[(Compared, Vec<(u64, u64)>)]) -> String {
    let way = match edge.turn {
        Turn::Entered => "the function is never called".to_owned(),
        Turn::Looped => "the loop is never begun".to_owned(),
        Turn::Taken => "the condition never holds".to_owned(),
        Turn::NotTaken => "the condition always holds".to_owned(),
        Turn::Target(number) => format!("case {number} is never taken"),
    };
    let before = compared.iter().filter(|(one, _)| {
        let is_before = one.offset < edge.offset && edge.offset - one.offset <= NEAR;
        one.module == edge.module && one.function == edge.function && is_before
    });
    let Some((_, pairs)) = before.max_by_key(|(one, _)| one.offset) else {
        return way;
    };
    let shown: Vec<String> = pairs
        .iter()
        .map(|(one, other)| format!("{one} with {other}"))
        .collect();
    format!("{way}; compared: {}", shown.join(", "))
}

/// As `lcov` and `genhtml` read it.
#[must_use]
pub fn lcov(coverage: &Coverage) -> String {
    let mut text = String::from("TN:evroute-fuzz\n");
    for (path, file) in coverage {
        if file.lines.is_empty() {
            continue;
        }
        text.push_str(&format!("SF:{path}\n"));
        for (line, is_run) in &file.lines {
            text.push_str(&format!("DA:{line},{}\n", u8::from(*is_run)));
        }
        let run = file.lines.values().filter(|is_run| **is_run).count();
        text.push_str(&format!(
            "LF:{}\nLH:{run}\nend_of_record\n",
            file.lines.len()
        ));
    }
    text
}

/// One page for people. `source` reads a file of which lines are known; none where it is not here.
#[must_use]
pub fn html(coverage: &Coverage, source: &dyn Fn(&str) -> Option<String>) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=\"utf-8\"><title>evroute fuzz: coverage</title>\n<style>body{font:14px \
         sans-serif}pre{margin:0}.run{background:#dfd}.not{background:#fdd}.why{color:#800}</style>\n",
    );
    for (path, file) in coverage {
        let run = file.lines.values().filter(|is_run| **is_run).count();
        page.push_str(&format!("<h2>{}</h2>\n", escaped(path)));
        if !file.lines.is_empty() {
            page.push_str(&format!(
                "<p>{run} of {} lines were run</p>\n",
                file.lines.len()
            ));
        }
        let text = source(path).unwrap_or_default();
        let known = file
            .lines
            .keys()
            .chain(file.untaken.iter().map(|way| &way.line));
        let last = known.copied().max().unwrap_or_default();
        let mut lines = text.lines();
        for number in 0..=last {
            let source = if number == 0 {
                ""
            } else {
                lines.next().unwrap_or_default()
            };
            let ways = file.untaken.iter().filter(|way| way.line == number);
            let ways: Vec<_> = ways.map(|way| escaped(&way.what)).collect();
            if text.is_empty() && ways.is_empty() && !file.lines.contains_key(&number) {
                continue;
            }
            let class = match file.lines.get(&number) {
                Some(true) => "run",
                Some(false) => "not",
                None => "",
            };
            if number > 0 {
                page.push_str(&format!(
                    "<pre class=\"{class}\">{number:>5} {}</pre>\n",
                    escaped(source)
                ));
            }
            for way in ways {
                page.push_str(&format!("<pre class=\"why\">      {way}</pre>\n"));
            }
        }
    }
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered() -> Coverage {
        let mut file = CoveredFile::default();
        file.lines.insert(1, true);
        file.lines.insert(3, false);
        let what = "the condition never holds; compared: 1 with 31337".to_owned();
        file.untaken.insert(Untaken { line: 3, what });
        Coverage::from([("src/a<b>.rs".to_owned(), file)])
    }

    #[test]
    fn a_file_is_reported_as_lcov_reads_it() {
        let expected =
            "TN:evroute-fuzz\nSF:src/a<b>.rs\nDA:1,1\nDA:3,0\nLF:2\nLH:1\nend_of_record\n";
        assert_eq!(lcov(&covered()), expected);
    }

    #[test]
    fn the_page_shows_lines_and_what_was_compared_and_nothing_of_it_is_markup() {
        let page = html(&covered(), &|_| Some("let x;\n\nif a < b {\n".to_owned()));
        for part in [
            "<h2>src/a&lt;b&gt;.rs</h2>",
            "class=\"not\">    3 if a &lt; b {",
            "1 with 31337",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn a_branch_shows_the_comparison_before_it() {
        let edge = Edge {
            module: 0,
            function: 2,
            offset: 20,
            turn: Turn::Taken,
        };
        let at = |offset| Compared {
            module: 0,
            function: 2,
            offset,
        };
        let compared = [
            (at(2), vec![(9, 9)]),
            (at(19), vec![(1, 31_337)]),
            (at(21), vec![(8, 8)]),
        ];
        assert_eq!(
            way(&edge, &compared),
            "the condition never holds; compared: 1 with 31337"
        );
        assert_eq!(way(&edge, &[]), "the condition never holds");
    }
}
