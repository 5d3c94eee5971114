//! `evroute new`, and `evroute build` of what it makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Ended, command, evroute, wrong};

/// A folder of projects.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Begins a project and returns its folder.
    pub(crate) fn begin(&self, language: &str, event: &str) -> PathBuf {
        let folder = self.path().join(format!("my-{language}"));
        let shown = folder.to_str().unwrap();
        let ended = evroute(&["new", shown, "--lang", language, "--event", event]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.stdout.ends_with(&format!(
                "next:\n  evroute build {shown}\n  evroute test {shown}\n  evroute run --watch {shown}\n"
            )),
            "{ended:?}"
        );
        folder
    }
}

/// Tools that were found or made for the example handlers serve here too, and what cargo makes is
/// kept.
pub(crate) fn with_tools(command: &mut Command) -> &mut Command {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let cache = std::env::var_os("EVROUTE_CACHE").map_or(target, PathBuf::from);
    command
        .env("CARGO_TARGET_DIR", cache.join("new-rust"))
        .env("EVROUTE_CACHE", &cache)
}

fn build(project: &Path) -> Ended {
    let mut command = command(&["build", project.to_str().unwrap()]);
    with_tools(&mut command).output().unwrap().into()
}

/// The sentence that a build ends with, and what the component handles.
fn built(project: &Path, event: &str) {
    let ended = build(project);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let name = project.file_name().unwrap().to_str().unwrap();
    let component = project.join("build").join(name).with_extension("wasm");
    assert!(
        ended
            .stdout
            .starts_with(&format!("{}: ", component.display())),
        "{ended:?}"
    );
    assert!(
        ended.stdout.contains(&format!("handles {event}, asks for")),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("build: "),
        "the steps are shown: {ended:?}"
    );
    let config = project.join("server.toml");
    let checked = evroute(&["check", config.to_str().unwrap()]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn a_project_in_rust_builds_at_the_first_try() {
    for event in ["tm:local-request", "core:request"] {
        built(&Desk::new().begin("rust", event), event);
    }
}

#[test]
fn a_project_in_c_builds_at_the_first_try() {
    for event in ["tm:local-request", "core:request"] {
        built(&Desk::new().begin("c", event), event);
    }
}

#[test]
fn a_project_in_kamailios_language_builds_at_the_first_try() {
    for event in ["tm:local-request", "core:request"] {
        built(&Desk::new().begin("kamailio", event), event);
    }
}

#[test]
fn what_of_kamailios_routes_is_not_compiled_is_reported() {
    let desk = Desk::new();
    let project = desk.begin("kamailio", "tm:local-request");
    let routes = project.join("routes.cfg");
    let text = fs::read_to_string(&routes).unwrap();
    fs::write(&routes, format!("request_route {{ exit; }}\n{text}")).unwrap();
    let ended = build(&project);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let reported = "not compiled: line 1: request_route: the server routes by itself";
    assert!(ended.stderr.contains(reported), "{ended:?}");
}

#[test]
fn what_the_compiler_says_is_passed_on_and_the_old_component_stays() {
    let desk = Desk::new();
    let project = desk.begin("c", "tm:local-request");
    built(&project, "tm:local-request");
    let component = project.join("build/my-c.wasm");
    let before = fs::read(&component).unwrap();
    let source = project.join("src/handler.c");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("return true;", "return treu;")).unwrap();
    let ended = build(&project);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("src/handler.c:"), "{ended:?}");
    assert!(
        ended.stderr.contains("undeclared identifier 'treu'"),
        "{ended:?}"
    );
    assert!(
        ended
            .stderr
            .contains("error: clang-22 ended with exit status: 1; what it found is above"),
        "{ended:?}"
    );
    assert_eq!(fs::read(&component).unwrap(), before);
}

#[test]
fn a_tool_that_is_not_there_is_named_with_what_to_install() {
    let desk = Desk::new();
    let project = desk.begin("c", "tm:local-request");
    // A machine with a shell and nothing else.
    let tools = desk.path().join("bin");
    fs::create_dir(&tools).unwrap();
    std::os::unix::fs::symlink("/bin/sh", tools.join("sh")).unwrap();
    let mut command = command(&["build", project.to_str().unwrap()]);
    let ended: Ended = command.env("PATH", &tools).output().unwrap().into();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    assert!(
        ended
            .stderr
            .starts_with("error: clang for WebAssembly is not here; install it: apt-get install"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("clang-22 lld-22"), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
}

#[test]
fn nothing_is_written_over_and_names_are_checked() {
    let desk = Desk::new();
    let project = desk.begin("kamailio", "tm:local-request");
    let shown = project.to_str().unwrap();
    assert_eq!(
        evroute(&["new", shown, "--lang", "rust"]),
        wrong(&format!(
            "{shown} is there already, and nothing is written over it; choose another name"
        ))
    );
    for name in ["My-Guard", "string", "a--b"] {
        let folder = desk.path().join(name);
        let ended = evroute(&["new", folder.to_str().unwrap(), "--lang", "rust"]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(!folder.exists());
    }
    for arguments in [["--lang", "cobol"], ["--event", "core:reply"]] {
        let folder = desk.path().join("other");
        let mut words = vec!["new", folder.to_str().unwrap()];
        words.extend(arguments);
        assert_eq!(evroute(&words).code, Some(2));
    }
}

#[test]
fn what_is_no_project_is_reported() {
    let desk = Desk::new();
    let shown = desk.path().to_str().unwrap();
    let ended = evroute(&["build", shown]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.starts_with(&format!(
            "error: {shown}/evroute.toml is not there, so this is no project of a handler; \"evroute new"
        )),
        "{ended:?}"
    );
    let project = desk.begin("kamailio", "tm:local-request");
    let ended = evroute(&["build", project.to_str().unwrap(), "-o", "x.wasm"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    fs::write(
        project.join("routes.cfg"),
        "event_route[tm:local-request] { nothing(); }\n",
    )
    .unwrap();
    let ended = build(&project);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("routes.cfg:1:"), "{ended:?}");
}
