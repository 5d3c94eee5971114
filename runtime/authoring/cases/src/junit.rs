//! The report that build servers read.

use std::fmt::Write;

use crate::CaseResult;

/// JUnit's XML of suites, by the names of their files; a sentence in place of the cases where they
/// could not be judged. Characters that XML 1.0 does not allow are escaped as Rust does.
#[must_use]
pub fn junit(suites: &[(String, Result<Vec<CaseResult>, String>)]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (name, judged) in suites {
        let cases = match judged {
            Ok(cases) => cases,
            Err(why) => {
                write_broken(&mut xml, &escaped(name), &escaped(why));
                continue;
            }
        };
        let failures = cases.iter().filter(|case| !case.has_passed());
        let seconds: f64 = cases.iter().map(|case| case.took.as_secs_f64()).sum();
        let name = escaped(name);
        // Writing to a String does not fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{seconds:.6}\">",
            cases.len(),
            failures.count(),
        );
        for case in cases {
            write_case(&mut xml, &name, case);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn write_broken(xml: &mut String, suite: &str, why: &str) {
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{suite}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">\n    \
         <testcase classname=\"{suite}\" name=\"all cases\" file=\"{suite}\" time=\"0\">\n      \
         <error message=\"{why}\"/>\n    </testcase>\n  </testsuite>"
    );
}

fn write_case(xml: &mut String, suite: &str, case: &CaseResult) {
    let _ = writeln!(
        xml,
        "    <testcase classname=\"{suite}\" name=\"{}\" file=\"{suite}\" line=\"{}\" time=\"{:.6}\">",
        escaped(&case.name),
        case.line,
        case.took.as_secs_f64(),
    );
    let _ = writeln!(
        xml,
        "      <properties><property name=\"fuel\" value=\"{}\"/><property name=\"memory\" value=\"{}\"/></properties>",
        case.fuel, case.memory_bytes,
    );
    if !case.has_passed() {
        let words: Vec<_> = case.differences.iter().map(|found| found.what).collect();
        let mut reported: Vec<_> = case.differences.iter().map(ToString::to_string).collect();
        if !case.at.is_empty() {
            reported.push(format!("at {}", case.at));
        }
        let _ = writeln!(
            xml,
            "      <failure message=\"{}\">{}</failure>",
            escaped(&words.join(", ")),
            escaped(&reported.join("\n")),
        );
    }
    if !case.log.is_empty() {
        let log = escaped(&case.log.join("\n"));
        let _ = writeln!(xml, "      <system-out>{log}</system-out>");
    }
    xml.push_str("    </testcase>\n");
}

/// Text for an element or an attribute in double quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            // XML 1.0, section 2.2, has no other control characters below 0x20, and not these two
            // at all.
            '\u{fffe}' | '\u{ffff}' => escaped.extend(character.escape_unicode()),
            control if control.is_control() => escaped.extend(control.escape_default()),
            other => escaped.push(other),
        }
    }
    escaped
}
