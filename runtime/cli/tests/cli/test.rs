//! `evroute test`

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::{Ended, command, evroute};
use crate::new::{Desk, with_tools};

fn test(project: &Path, more: &[&str]) -> Ended {
    let mut arguments = vec!["test", project.to_str().unwrap()];
    arguments.extend(more);
    let mut command = command(&arguments);
    with_tools(&mut command).output().unwrap().into()
}

/// A new project in Kamailio's language, and its file of cases.
fn begun(desk: &Desk) -> (PathBuf, PathBuf) {
    let project = desk.begin("kamailio", "tm:local-request");
    let cases = project.join("cases/my-kamailio.toml");
    (project, cases)
}

fn replace(path: &Path, what: &str, with: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(what), "{text}");
    // Time stamps of files come from a clock that stands still for some milliseconds.
    std::thread::sleep(Duration::from_millis(20));
    fs::write(path, text.replace(what, with)).unwrap();
}

fn a_new_project_passes(language: &str) {
    for event in ["tm:local-request", "core:request"] {
        let desk = Desk::new();
        let project = desk.begin(language, event);
        let ended = test(&project, &[]);
        assert_eq!(ended.code, Some(0), "{event}: {ended:?}");
        assert!(
            ended.stdout.ends_with("\n2 passed, 0 failed\n"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_new_project_in_rust_passes_its_cases() {
    a_new_project_passes("rust");
}

#[test]
fn a_new_project_in_c_passes_its_cases() {
    a_new_project_passes("c");
}

#[test]
fn a_new_project_in_kamailios_language_passes_its_cases() {
    a_new_project_passes("kamailio");
}

#[test]
fn what_differs_is_shown_line_by_line_with_file_and_case() {
    let desk = Desk::new();
    let (project, cases) = begun(&desk);
    replace(
        &cases,
        "verdict = \"drop\"",
        "verdict = \"send\"\nadded = [\"X-A: 1\"]\nfuel_max = 1",
    );
    let ended = test(&project, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let (begin, fuel) = ended
        .stdout
        .split_once("    + ")
        .map_or(("", ""), |(begin, rest)| (begin, rest));
    let shown = format!(
        "pass  a request is logged and sent\n\
         FAIL  a request of the blocked user is not sent\n  {}:11\n  \
         verdict (- expected, + found)\n    - send\n",
        cases.display()
    );
    assert_eq!(begin, shown);
    let fuel = fuel.strip_prefix("drop\n  added (- expected, + found)\n    - X-A: 1\n  fuel (- expected, + found)\n    - at most 1\n    + ");
    let (fuel, end) = fuel.unwrap().split_once('\n').unwrap();
    assert!(fuel.parse::<u64>().unwrap() > 1, "{ended:?}");
    assert_eq!(end, "1 passed, 1 failed\n");
}

#[test]
fn a_component_is_built_when_it_is_older_than_its_sources() {
    let desk = Desk::new();
    let (project, cases) = begun(&desk);
    let routes = project.join("routes.cfg");
    let first = test(&project, &[]);
    assert!(first.stderr.contains("build: compile"), "{first:?}");
    let second = test(&project, &[]);
    assert_eq!(
        (second.stderr.as_str(), &second.stdout),
        ("", &first.stdout)
    );
    replace(&routes, "\"blocked\"", "\"nobody\"");
    let unbuilt = test(&project, &["--no-build"]);
    assert_eq!((unbuilt.code, &unbuilt.stdout), (Some(0), &first.stdout));
    let changed = test(&project, &[]);
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(
        changed.stdout.contains("    - drop\n    + send\n"),
        "{changed:?}"
    );
    replace(&routes, "\"nobody\"", "\"blocked\"; nothing(");
    let broken = test(&project, &[]);
    assert_eq!(
        (broken.code, broken.stdout.as_str()),
        (Some(1), ""),
        "{broken:?}"
    );
    assert!(broken.stderr.contains("routes.cfg:"), "{broken:?}");
    replace(&cases, "verdict = \"send\"", "verdct = \"send\"");
    let reported = format!("error: {}:8: unknown field `verdct`", cases.display());
    let unreadable = test(&project, &[]);
    assert_eq!((unreadable.code, unreadable.stdout.as_str()), (Some(1), ""));
    assert!(unreadable.stderr.starts_with(&reported), "{unreadable:?}");
}

#[test]
fn some_cases_can_be_chosen_and_looked_at() {
    let desk = Desk::new();
    let (project, _) = begun(&desk);
    let ended = test(&project, &["--filter", "blocked", "--verbose"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let begin = "pass  a request of the blocked user is not sent\n  drop; fuel ";
    assert!(ended.stdout.starts_with(begin), "{ended:?}");
    assert!(ended.stdout.contains(", memory "), "{ended:?}");
    let end = "\n  log: INFO MESSAGE from sip:blocked@example.com to sip:bob@example.org\n1 passed, 0 failed\n";
    assert!(ended.stdout.ends_with(end), "{ended:?}");
    let none = test(&project, &["--filter", "nothing"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(2), ""));
    assert!(
        none.stderr.contains("no case has \"nothing\" in its name")
            && none.stderr.contains("blocked user"),
        "{none:?}"
    );
}

#[test]
fn a_report_for_build_servers_is_written() {
    let desk = Desk::new();
    let (project, cases) = begun(&desk);
    replace(&cases, "verdict = \"drop\"", "verdict = \"<&\"");
    let other = project.join("cases/other.toml");
    fs::write(
        &other,
        "event = \"timer\"\ngrants = [\"log\", \"sip\"]\n[[case]]\nname = \"a\"\ntimer = { name = \"t\" }\nverdict = \"done\"\n",
    )
    .unwrap();
    let report = project.join("build/report.xml");
    let ended = test(&project, &["--junit", report.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("it does not handle timer"),
        "{ended:?}"
    );
    assert!(
        ended
            .stdout
            .ends_with("1 passed, 1 failed, 1 of 2 files could not be tested\n"),
        "{ended:?}"
    );
    let xml = fs::read_to_string(&report).unwrap();
    for part in [
        "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"",
        "name=\"a request of the blocked user is not sent\"",
        "line=\"11\"",
        "<property name=\"fuel\" value=\"",
        "<failure message=\"verdict\">verdict (- expected, + found)\n  - &lt;&amp;\n  + drop</failure>",
        "<system-out>INFO MESSAGE from",
        "tests=\"1\" failures=\"0\" errors=\"1\"",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    // Whether it is XML is Python's to say, where there is one.
    let read = std::process::Command::new("python3")
        .args(["-c", "import sys, xml.etree.ElementTree as x; print(len(x.parse(sys.argv[1]).findall('.//testcase')))"])
        .arg(&report)
        .output();
    if let Ok(read) = read {
        assert_eq!(read.stdout, b"3\n", "{read:?}");
    }
    let ended = test(&project, &["--junit", "/nowhere/report.xml"]);
    assert!(
        ended
            .stderr
            .contains("/nowhere/report.xml cannot be written"),
        "{ended:?}"
    );
}

#[test]
fn a_component_of_no_project_can_be_tested() {
    let desk = Desk::new();
    let (project, cases) = begun(&desk);
    assert_eq!(test(&project, &[]).code, Some(0));
    let component = project.join("build/my-kamailio.wasm");
    let component = component.to_str().unwrap();
    for cases in [&cases, &project.join("cases")] {
        let ended = evroute(&[
            "test",
            "--component",
            component,
            "--cases",
            cases.to_str().unwrap(),
        ]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.ends_with("2 passed, 0 failed\n"), "{ended:?}");
    }
    let shown = project.join("src");
    let shown = shown.to_str().unwrap();
    let missing = evroute(&["test", "--component", component, "--cases", shown]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing
            .stderr
            .starts_with(&format!("error: {shown}: cases cannot be read")),
        "{missing:?}"
    );
    for wrong in [
        &["test", "--component", component][..],
        &["test", "--component", "a", "--cases", "b", "c"],
    ] {
        assert_eq!(evroute(wrong).code, Some(2), "{wrong:?}");
    }
}

/// A handler that asks a database, and its one case.
fn with_database(desk: &Desk) -> (PathBuf, PathBuf) {
    let (project, cases) = begun(desk);
    fs::write(
        project.join("routes.cfg"),
        "modparam(\"sqlops\", \"sqlcon\", \"main=>sqlite:///x.db\")\n\
         event_route[tm:local-request] {\n  sql_query(\"main\", \"select 1 where '$rm' = 'OPTIONS'\", \"ra\");\n  \
         if ($dbr(ra=>rows) == 0) drop;\n}\n",
    )
    .unwrap();
    let text = "event = \"tm:local-request\"\ngrants = [\"log\", \"pv\", \"sip\", \"sql:main\"]\n[[case]]\nname = \"a\"\n\
                message = { method = \"OPTIONS\", uri = \"sip:b@example.org\", from = \"<sip:a@example.com>;tag=1\" }\n\
                verdict = \"send\"\n";
    fs::write(&cases, text).unwrap();
    (project, cases)
}

#[test]
fn the_answer_to_write_is_shown_and_a_real_one_can_be_recorded() {
    let desk = Desk::new();
    let (project, cases) = with_database(&desk);
    let ended = test(&project, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let shown = "  sql (- expected, + found)\n    + query main: select 1 where ? = 'OPTIONS' [\"OPTIONS\"]\n    \
                 write the answer into the case:\n      [[case.sql]]\n      database = \"main\"\n      \
                 query = \"select 1 where ? = 'OPTIONS'\"\n      parameters = [\"OPTIONS\"]\n      rows = []\n";
    assert!(ended.stdout.contains(shown), "{}", ended.stdout);
    let url = format!("main=sqlite:{}", project.join("real.db").display());
    let none = test(&project, &["--record", &url]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(2), ""));
    assert!(
        none.stderr.contains("no case names an answers_file"),
        "{none:?}"
    );

    replace(&cases, "verdict", "answers_file = \"a.answers\"\nverdict");
    let recorded = test(&project, &["--record", &url]);
    assert_eq!(recorded.code, Some(0), "{recorded:?}");
    let text = fs::read_to_string(project.join("cases/a.answers")).unwrap();
    assert!(text.contains("rows = [[1]]"), "{text}");
    fs::remove_file(project.join("real.db")).unwrap();
    assert_eq!(test(&project, &[]).code, Some(0));
    let wrong = test(&project, &["--record", "main=mysql://u:hunter2@h"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn where_a_run_was_cut_short_is_shown() {
    let desk = Desk::new();
    let project = desk.begin("c", "tm:local-request");
    let source = project.join("src/handler.c");
    let text = fs::read_to_string(&source).unwrap();
    let (begin, _) = text.split_once("*verdict = ").unwrap();
    let line = begin.lines().count();
    replace(
        &source,
        &text,
        &text.replacen("*verdict = ", "__builtin_trap();\n\t*verdict = ", 1),
    );
    let ended = test(&project, &["--filter", "logged and sent"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("    - send\n    + Trap"), "{ended:?}");
    let (_, at) = ended.stdout.split_once("\n  at\n").unwrap_or_default();
    let innermost = at.lines().next().unwrap_or_default();
    assert!(
        innermost.contains(&format!("handler.c:{line})")),
        "{ended:?}"
    );
}

#[test]
fn help_has_examples_and_shells_know_the_command() {
    let help = evroute(&["test", "--help"]);
    assert_eq!(help.code, Some(0));
    for part in [
        "Examples:\n  evroute test my-guard\n",
        "--record <LABEL=URL>",
        "--junit <FILE>",
        "Exit codes: 0",
    ] {
        assert!(help.stdout.contains(part), "{part}: {}", help.stdout);
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = evroute(&["completions", shell]).stdout;
        assert!(script.contains("junit"), "{shell}");
    }
}
