//! `evroute build`

use tempfile::TempDir;

use crate::command::{evroute, write, wrong};

const ROUTES: &str =
    "loadmodule \"xlog.so\"\nrequest_route { t_relay(); }\n#!include_file \"more.cfg\"\n";
const MORE: &str = "event_route[tm:local-request] {\n    xlog(\"L_INFO\", \"$rm\\n\");\n    if ($fU == \"blocked\") drop;\n}\n";

#[test]
fn a_configuration_becomes_a_component_that_check_reads() {
    let folder = TempDir::new().unwrap();
    let file = write(folder.path(), "routes.cfg", ROUTES);
    write(folder.path(), "more.cfg", MORE);
    let built = evroute(&["build", &file]);
    assert_eq!((built.code, built.stderr.as_str()), (Some(0), ""));
    let target = file.replace(".cfg", ".wasm");
    assert!(
        built.stdout.starts_with(&format!("{target}: ")),
        "{}",
        built.stdout
    );
    assert!(
        built.stdout.contains("handles tm:local-request\n"),
        "{}",
        built.stdout
    );
    assert!(
        built
            .stdout
            .contains("\nnot compiled: line 2: request_route: "),
        "{}",
        built.stdout
    );
    let checked = evroute(&["check", &target]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    for words in [
        "handles  tm:local-request",
        "log (evroute:log/log@0.1.0)",
        "sip (evroute:sip/types@0.1.0)",
        "lane     sync",
    ] {
        assert!(
            checked.stdout.contains(words),
            "{words}: {}",
            checked.stdout
        );
    }
}

#[test]
fn what_is_wrong_is_reported_line_by_line_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let text = "event_route[tm:local-request] {\n    t_relay();\n    $rm = 1;\n}\n";
    let file = write(folder.path(), "routes.cfg", text);
    let output = folder.path().join("out.wasm");
    let ended = evroute(&["build", &file, "-o", output.to_str().unwrap()]);
    let reported = format!(
        "{file}:2:5: t_relay cannot be called here; the server routes by itself: end the block without drop\n  \
         2 |     t_relay();\n    |     ^\nerror: {file}:3:5: $rm cannot be written in tm:local-request; assign to a \
         $var\n  3 |     $rm = 1;\n    |     ^"
    );
    assert_eq!(ended, wrong(&reported));
    assert!(!output.exists());
}

#[test]
fn faults_of_the_command_have_their_exit_codes() {
    let missing = evroute(&["build", "/nowhere/routes.cfg"]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.stderr.contains("cannot read /nowhere/routes.cfg"),
        "{}",
        missing.stderr
    );
    assert_eq!(evroute(&["build", "a", "b"]).code, Some(2));
    let folder = TempDir::new().unwrap();
    let file = write(folder.path(), "routes.cfg", MORE);
    let ended = evroute(&["build", &file, "-o", "/nowhere/x.wasm"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("cannot write /nowhere/x.wasm"),
        "{}",
        ended.stderr
    );
}

#[test]
fn one_block_of_several_can_be_built() {
    let folder = TempDir::new().unwrap();
    let text = format!("event_route[dialog:start] {{ dlg_manage(); }}\n{MORE}");
    let file = write(folder.path(), "routes.cfg", text);
    let all = evroute(&["build", &file]);
    assert_eq!(all.code, Some(1));
    assert!(
        all.stderr.contains("no event dialog:start") && all.stderr.contains("--event"),
        "{}",
        all.stderr
    );
    assert_eq!(
        evroute(&["build", &file, "--event", "tm:local-request"]).code,
        Some(0)
    );
}
