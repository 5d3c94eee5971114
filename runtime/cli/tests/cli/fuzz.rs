//! `evroute fuzz`, and `evroute test` of what it finds.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::command::{Ended, command, evroute};
use crate::new::{Desk, with_tools};

/// A project in Kamailio's language, built: its folder, its component.
fn built(desk: &Desk) -> (PathBuf, PathBuf) {
    let project = desk.begin("kamailio", "tm:local-request");
    let mut command = command(&["build", text(&project)]);
    let ended: Ended = with_tools(&mut command).output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let component = project.join("build/my-kamailio.wasm");
    (project, component)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn fuzz(component: &Path, findings: &Path, more: &[&str]) -> Ended {
    let mut arguments = vec![
        "fuzz",
        text(component),
        "--executions",
        "300",
        "--jobs",
        "1",
        "--findings",
        text(findings),
        "--off",
        "log",
    ];
    arguments.extend(more);
    evroute(&arguments)
}

#[test]
fn a_broken_property_is_kept_as_a_folder_that_fails_tests_until_it_is_mended() {
    let desk = Desk::new();
    let (project, component) = built(&desk);
    let findings = project.join("findings");
    let ended = fuzz(&component, &findings, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("findings 0"), "{ended:?}");

    let reports = ["junit", "sarif", "lcov", "html"].map(|name| project.join(name));
    let [junit, sarif, lcov, html] = reports.each_ref().map(|path| text(path));
    let ended = fuzz(
        &component,
        &findings,
        &[
            "--never", "send", "--ci", "--junit", junit, "--sarif", sarif, "--lcov", lcov,
            "--html", html,
        ],
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("FOUND property-"), "{ended:?}");
    let read = |path: &str| fs::read_to_string(path).unwrap();
    assert!(
        read(junit).contains("--never send does not hold"),
        "{}",
        read(junit)
    );
    let found: serde_json::Value = serde_json::from_str(&read(sarif)).unwrap();
    assert_eq!(found["runs"][0]["results"][0]["ruleId"], "property");
    assert!(read(lcov).starts_with("TN:") && read(html).starts_with("<!doctype html>"));
    let folder = fs::read_dir(&findings)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for file in ["report.md", "case.toml", "message.sip", "finding.toml"] {
        assert!(folder.join(file).is_file(), "{file}");
    }

    let ended = evroute(&["test", text(&project), "--no-build"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("FAIL finding property-"), "{ended:?}");
}

#[test]
fn a_condition_that_never_holds_is_a_finding_of_its_own() {
    let desk = Desk::new();
    let (project, component) = built(&desk);
    let findings = project.join("none");
    let more = [
        "--sometimes",
        "verdict == nonsense",
        "--sometimes",
        "verdict == send",
    ];
    let ended = fuzz(&component, &findings, &more);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let never = "NEVER HELD --sometimes \"verdict == nonsense\"";
    assert!(ended.stderr.contains(never), "{ended:?}");
    assert_eq!(ended.stderr.matches("NEVER HELD").count(), 1, "{ended:?}");
}

#[test]
fn what_cannot_be_done_is_one_line_and_has_its_code() {
    let desk = Desk::new();
    let (project, component) = built(&desk);
    let findings = project.join("findings");
    for (more, code, said) in [
        (
            &["--assert", "verdict =="][..],
            2,
            "no condition: it ends too early",
        ),
        (&["--off", "nonsense"], 2, "there is no such oracle"),
        (&["--for", "ten"], 2, "write 90s"),
        (
            &["--event", "timer"],
            3,
            "none of the events that are asked for",
        ),
    ] {
        let ended = fuzz(&component, &findings, more);
        assert_eq!(ended.code, Some(code), "{more:?}: {ended:?}");
        assert!(ended.stderr.contains(said), "{more:?}: {ended:?}");
    }
    let ended = fuzz(&project.join("nowhere.wasm"), &findings, &[]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let nothing = project.join("nothing.wasm");
    fs::write(&nothing, wat::parse_str("(component)").unwrap()).unwrap();
    let ended = fuzz(&nothing, &findings, &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("nothing.wasm: "), "{ended:?}");
}

/// What cannot be kept is printed, so that it is not lost.
#[test]
fn a_finding_that_cannot_be_written_is_printed() {
    let desk = Desk::new();
    let (project, component) = built(&desk);
    let file = project.join("file");
    fs::write(&file, "").unwrap();
    let ended = fuzz(&component, &file.join("findings"), &["--never", "send"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("cannot be made"), "{ended:?}");
    assert!(
        ended.stderr.contains("this is what would be in it"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("SIP/2.0"), "{ended:?}");
}

#[test]
fn a_corpus_is_taken_up_again_and_what_is_broken_in_it_is_named() {
    let desk = Desk::new();
    let (project, component) = built(&desk);
    let (corpus, findings) = (project.join("corpus"), project.join("findings"));
    let more = ["--corpus", text(&corpus)];
    let ended = fuzz(&component, &findings, &more);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let kept: Vec<_> = fs::read_dir(&corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!kept.is_empty(), "{ended:?}");
    let whole = fs::read(&kept[0]).unwrap();
    fs::write(corpus.join("cut"), &whole[..whole.len() - 3]).unwrap();
    let ended = fuzz(&component, &findings, &more);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("/cut: it is cut"), "{ended:?}");
}

/// A handler of this block, as a component.
fn of_block(folder: &Path, name: &str, block: &str) -> PathBuf {
    let source = folder.join(name).with_extension("cfg");
    let block = format!("event_route[tm:local-request] {{ {block} }}\n");
    fs::write(&source, block).unwrap();
    let built = evroute(&["build", text(&source)]);
    assert_eq!(built.code, Some(0), "{built:?}");
    source.with_extension("wasm")
}

#[test]
fn another_decision_than_that_of_the_revision_before_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let old = of_block(path, "old", "xlog(\"old\\n\");");
    // It logs otherwise and decides alike.
    let alike = of_block(path, "alike", "xlog(\"new\\n\");");
    let other = of_block(path, "other", "if ($rm != \"INVITE\") { drop; }");
    let edits = of_block(path, "edits", "append_hf(\"X-New: 1\\r\\n\");");
    let findings = path.join("findings");
    let against = ["--against", text(&old)];
    let ended = fuzz(&alike, &findings, &against);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for changed in [&other, &edits] {
        let ended = fuzz(changed, &findings, &[&against[..], &["--ci"]].concat());
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("FOUND against-"), "{ended:?}");
        let off = fuzz(
            changed,
            &findings,
            &[&against[..], &["--off", "against"]].concat(),
        );
        assert_eq!(off.code, Some(0), "{off:?}");
    }
    let nowhere = path.join("nowhere.wasm");
    let ended = fuzz(&other, &findings, &["--against", text(&nowhere)]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("nowhere.wasm: it cannot be read"),
        "{ended:?}"
    );
}

/// Until there was something to draw, however fast the machine is.
#[test]
fn a_page_is_drawn_while_it_goes_on() {
    let desk = Desk::new();
    let (project, component) = built(&desk);
    let findings = project.join("findings");
    let arguments = [
        "fuzz",
        text(&component),
        "--live",
        "--jobs",
        "1",
        "--off",
        "log",
        "--for",
        "1h",
        "--findings",
        text(&findings),
    ];
    let mut child = command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let page = BufReader::new(child.stderr.take().unwrap());
    let mut awaited = [
        "fuzz: elapsed",
        "edges     [",
        "fuel      at most",
        "refused   ",
        "known     ",
    ]
    .into_iter()
    .peekable();
    let mut seen = String::new();
    for line in page.lines() {
        let line = line.unwrap();
        if awaited.peek().is_some_and(|begin| line.starts_with(begin)) {
            awaited.next();
        }
        seen += &line;
        seen += "\n";
        if awaited.peek().is_none() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(awaited.next(), None, "{seen}");
    // What is no terminal gets no control sequences.
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
    let both = evroute(&["fuzz", text(&component), "--live", "--ci"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}
