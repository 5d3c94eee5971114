//! The grants that a component needs, as they are written in the configuration.

use evroute_server::{ComponentReport, RequestedCapability};

/// What a grant is for, and its text.
struct Needed {
    grant: String,
    why: String,
}

/// `grants = [...]`, a line for each, as narrow as can be known from the component: its imports,
/// the functions that it takes of them, and the names that its code declares.
pub(super) fn lines(report: &ComponentReport) -> String {
    let mut all: Vec<Needed> = Vec::new();
    for asked in &report.asks {
        let Some(word) = &asked.grant else { continue };
        all.extend(needed(report, asked, word));
    }
    // Variables reach tables without an import of their own.
    if !report.asks.iter().any(|asked| is_of(asked, "htable")) {
        let why = "a variable such as $sht names it";
        all.extend(report.tables.iter().map(|name| Needed {
            grant: format!("htable:{name}"),
            why: why.to_owned(),
        }));
    }
    if all.is_empty() {
        return "grants = []".to_owned();
    }
    let width = all.iter().map(|needed| needed.grant.len()).max();
    let width = width.unwrap_or_default() + 3;
    let line = |needed: &Needed| {
        let quoted = format!("\"{}\",", needed.grant);
        format!("  {quoted:width$} # {}\n", needed.why)
    };
    let lines: String = all.iter().map(line).collect();
    format!("grants = [\n{lines}]")
}

fn is_of(asked: &RequestedCapability, word: &str) -> bool {
    asked.grant.as_deref() == Some(word)
}

/// The grants that one import needs.
fn needed(report: &ComponentReport, asked: &RequestedCapability, word: &str) -> Vec<Needed> {
    let interface = &asked.interface;
    let has_variables = report.asks.iter().any(|asked| is_of(asked, "pv"));
    let mode = match word {
        "htable" | "shv" => mode(asked, has_variables),
        _ => "",
    };
    let labelled = |names: &[String], placeholder: &str, note: &str| {
        let one = |label: &str, note: &str| Needed {
            grant: format!("{word}:{label}{mode}"),
            why: format!("{interface}{note}"),
        };
        match names {
            [] => vec![one(placeholder, &format!("; {note}"))],
            names => names.iter().map(|name| one(name, "")).collect(),
        }
    };
    match word {
        "htable" => labelled(
            &report.tables,
            "TABLE",
            "one for each table, which it does not name",
        ),
        "sql" => {
            let mut all = labelled(
                &report.databases,
                "DATABASE",
                "one for each database, which it does not name",
            );
            for needed in &mut all {
                needed.why += "; with :read behind it if no statement writes";
            }
            all
        }
        "custom" => labelled(
            &[],
            "EVENT",
            "one for each event that it raises, which it does not name",
        ),
        _ => vec![Needed {
            grant: format!("{word}{mode}"),
            why: interface.clone(),
        }],
    }
}

/// `:read` where none of the functions writes that a component imports. Variables may write, too,
/// and are known only when they are used.
fn mode(asked: &RequestedCapability, has_variables: bool) -> &'static str {
    let reads = |function: &String| {
        let name = function.rsplit(['.', ']']).next().unwrap_or(function);
        ["get", "open"].contains(&name)
    };
    let all_read = !asked.functions.is_empty() && asked.functions.iter().all(reads);
    if all_read && !has_variables {
        ":read"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(interface: &str, grant: &str, functions: &[&str]) -> RequestedCapability {
        RequestedCapability {
            interface: interface.to_owned(),
            grant: (!grant.is_empty()).then(|| grant.to_owned()),
            functions: functions.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn report(asks: Vec<RequestedCapability>, tables: &[&str]) -> ComponentReport {
        ComponentReport {
            asks,
            tables: tables.iter().map(|&name| name.to_owned()).collect(),
            ..ComponentReport::default()
        }
    }

    const OPEN: &str = "[static]table.open";
    const GET: &str = "[method]table.get";
    const SET: &str = "[method]table.set";

    #[test]
    fn nothing_is_asked_for_by_who_needs_no_grant() {
        let types = asked("evroute:sip/types@0.1.0", "", &[]);
        assert_eq!(lines(&report(vec![types], &[])), "grants = []");
    }

    #[test]
    fn who_imports_nothing_that_writes_needs_to_read_only() {
        let table = |functions: &[&str]| vec![asked("h", "htable", functions)];
        let log = asked("l", "log", &["log"]);
        let all = [table(&[OPEN, GET]), vec![log]].concat();
        assert_eq!(
            lines(&report(all, &["a", "calls"])),
            "grants = [\n  \"htable:a:read\",     # h\n  \"htable:calls:read\", # h\n  \"log\",               # l\n]"
        );
        let writes = lines(&report(table(&[OPEN, GET, SET]), &["a"]));
        assert!(writes.contains("\"htable:a\","), "{writes}");
        let unknown = lines(&report(table(&[]), &["a"]));
        assert!(unknown.contains("\"htable:a\","), "{unknown}");
    }

    #[test]
    fn what_variables_do_is_not_known() {
        let all = vec![
            asked("h", "htable", &[OPEN, GET]),
            asked("s", "shv", &["get"]),
            asked("p", "pv", &["get"]),
        ];
        let text = lines(&report(all, &["a"]));
        assert!(text.contains("\"htable:a\",") && text.contains("\"shv\","));
        let alone = lines(&report(vec![asked("s", "shv", &["get"])], &[]));
        assert!(alone.contains("\"shv:read\","), "{alone}");
        let by_variable = lines(&report(vec![asked("p", "pv", &["get"])], &["a"]));
        assert!(by_variable.contains("\"htable:a\","), "{by_variable}");
    }

    #[test]
    fn labels_that_are_not_known_are_asked_for() {
        let all = vec![asked("h", "htable", &[OPEN, SET]), asked("d", "sql", &[])];
        let text = lines(&report(all, &[]));
        assert!(text.contains("\"htable:TABLE\", ") && text.contains("\"sql:DATABASE\", "));
        assert!(text.contains(":read behind it"), "{text}");
    }
}
