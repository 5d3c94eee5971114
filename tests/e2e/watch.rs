//! `evroute run --watch`: a save is deployed to the running server, a broken one is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use evroute_tests::{Answer, Server, evroute, free_port, repository, run_to_end_within};
use serde_json::json;
use tempfile::TempDir;

/// A project in this language, built, in a folder of its own.
struct Project {
    name: &'static str,
    root: PathBuf,
    source: PathBuf,
    _folder: TempDir,
}

/// How long the first build may take, which makes the tools of the build, too.
const FIRST_BUILD: Duration = Duration::from_mins(10);

/// What was found or made for the example handlers serves here too, and what cargo makes is kept.
fn with_tools(command: &mut Command) {
    let target = repository().join("target");
    let cache = std::env::var_os("EVROUTE_CACHE").map_or(target, PathBuf::from);
    command
        .env("CARGO_TARGET_DIR", cache.join("new-rust"))
        .env("EVROUTE_CACHE", &cache);
}

impl Project {
    fn begin(language: &str, source: &str) -> Self {
        Self::begin_as("my-guard", language, source)
    }

    /// What cargo makes of two projects with one name lands in one place: tests that build Rust
    /// have names of their own.
    fn begin_as(name: &'static str, language: &str, source: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join(name);
        for words in [vec!["new", "--lang", language], vec!["build"]] {
            let mut command = Command::new(evroute().unwrap());
            command.args(words).arg(&root);
            with_tools(&mut command);
            run_to_end_within(FIRST_BUILD, command).unwrap();
        }
        Self {
            name,
            source: root.join(source),
            root,
            _folder: folder,
        }
    }

    fn serve(&self) -> Server {
        let name = self.name;
        let component = self.root.join(format!("build/{name}.wasm"));
        let tenant = format!(
            "[[tenant]]\nname = \"dev\"\ndomains = [\"127.0.0.1\"]\n\n[[tenant.handler]]\nname = \"{name}\"\n\
             component = \"{}\"\ngrants = [\"log\", \"sip\"]\n",
            component.display()
        );
        let watch = |command: &mut Command| {
            command.arg("--watch").arg(&self.root);
            with_tools(command);
        };
        Server::start_with(&tenant, watch).unwrap()
    }

    /// As editors do: beside, then in its place.
    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.source).unwrap();
        assert!(text.contains(from), "{text}");
        let beside = self.source.with_extension("new~");
        fs::write(&beside, text.replace(from, to)).unwrap();
        fs::rename(&beside, &self.source).unwrap();
    }
}

/// Whether a request of the server's own from this user is sent.
fn is_sent(server: &Server, user: &str) -> bool {
    let target = format!("sip:bob@127.0.0.1:{}", free_port());
    let headers = format!("From: <sip:{user}@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\n");
    let answer = server.rpc(
        "tm.t_uac_start",
        &json!(["OPTIONS", target, ".", ".", headers]),
    );
    match answer.unwrap() {
        Answer::Result(result) => result["sent"] == true,
        Answer::Refused(..) => false,
    }
}

/// Edits, breaks and mends a handler, and looks at what the server does meanwhile.
fn follows(project: &Project, broken: (&str, &str), complaint: &str) {
    let server = project.serve();
    assert!(is_sent(&server, "alice") && !is_sent(&server, "blocked"));

    project.edit("\"blocked\"", "\"mallory\"");
    let line = server.logged(&["watch: revision 2 in force"]).unwrap();
    for part in [
        "after the save",
        "build ",
        "prepare ",
        "swap ",
        "handles tm:local-request",
    ] {
        assert!(line.contains(part), "{line}");
    }
    assert!(is_sent(&server, "blocked") && !is_sent(&server, "mallory"));

    project.edit(broken.0, broken.1);
    server
        .logged(&["watch: not deployed; the revision before is in force"])
        .unwrap();
    server.logged(&[complaint]).unwrap();
    assert!(is_sent(&server, "blocked") && !is_sent(&server, "mallory"));

    project.edit(broken.1, broken.0);
    project.edit("\"mallory\"", "\"trudy\"");
    server.logged(&["watch: revision 3 in force"]).unwrap();
    let page = ureq::get(format!("http://{}/", server.admin))
        .call()
        .unwrap();
    let page = page.into_body().read_to_string().unwrap();
    assert!(
        page.contains("<td>my-guard<td>3<td>tm:local-request"),
        "{page}"
    );
    assert!(is_sent(&server, "mallory") && !is_sent(&server, "trudy"));
}

#[test]
fn a_save_of_a_handler_in_c_is_deployed_and_a_broken_one_is_reported() {
    let project = Project::begin("c", "src/handler.c");
    follows(
        &project,
        ("return true;", "return treu;"),
        "use of undeclared identifier 'treu'",
    );
}

#[test]
fn a_save_of_a_handler_in_rust_is_deployed_and_a_broken_one_is_reported() {
    let project = Project::begin("rust", "src/lib.rs");
    follows(&project, ("Verdict::Drop", "Verdict::Dorp"), "no variant");
}

#[test]
fn a_save_of_kamailios_routes_is_deployed_and_a_broken_one_is_reported() {
    let project = Project::begin("kamailio", "routes.cfg");
    follows(&project, ("drop;", "dorp();"), "routes.cfg:5");
}

/// The log with a run of the project that failed after this edit.
fn failed(project: &Project, from: &str, to: &str) -> String {
    let server = project.serve();
    project.edit(from, to);
    server.logged(&["watch: revision 2 in force"]).unwrap();
    is_sent(&server, "blocked");
    server.logged(&["run failed"]).unwrap();
    server.log()
}

#[test]
fn a_trap_of_a_project_in_c_is_reported_with_its_line() {
    let project = Project::begin("c", "src/handler.c");
    let beyond = "(void)*(volatile char *)0xfffffff0;\n\treturn true;";
    let failed = failed(&project, "return true;", beyond);
    let at = "exports_evroute_tm_local_request_handle (src/handler.c:13)";
    assert!(failed.contains(at), "{failed}");
}

#[test]
fn a_panic_of_a_project_in_rust_is_reported_with_its_line() {
    let project = Project::begin_as("my-panic", "rust", "src/lib.rs");
    let failed = failed(
        &project,
        "Verdict::Drop",
        "\"x\".strip_prefix('y').map(|_| Verdict::Drop).unwrap()",
    );
    assert!(failed.contains(" < filter (src/lib.rs:14) < "), "{failed}");
    let panicked = "panicked at src/lib.rs:14: called `Option::unwrap()` on a `None` value";
    assert!(failed.contains(panicked), "{failed}");
}

#[test]
fn a_limit_that_kamailios_routes_hit_is_reported_with_their_block() {
    let project = Project::begin("kamailio", "routes.cfg");
    // No loop comes to the hundred rounds at which it would be left, and all of them come to 65
    // million.
    let begin = |name| {
        format!("$var({name}) = 0; while ($var({name}) < 90) {{ $var({name}) = $var({name}) + 1; ")
    };
    let text = ["a", "b", "c", "d"].map(begin).concat() + &"}".repeat(4);
    let failed = failed(&project, "drop;", &text);
    let place = "event_route[tm:local-request] (routes.cfg:3:";
    assert!(failed.contains(place), "{failed}");
    assert!(
        failed.contains("limit=\"run_fuel_max = 10000000 in"),
        "{failed}"
    );
}

#[test]
fn a_component_that_is_refused_leaves_the_revision_before_in_force() {
    let project = Project::begin("kamailio", "routes.cfg");
    let server = project.serve();
    // The server grants log and sip.
    project.edit("drop;", "$sht(calls=>a) = 1;");
    server
        .logged(&["which was not granted; add \"pv\""])
        .unwrap();
    server.logged(&["watch: not deployed"]).unwrap();
    assert!(!is_sent(&server, "blocked"));
}

#[test]
fn a_server_without_the_projects_handler_is_not_started() {
    let project = Project::begin("kamailio", "routes.cfg");
    let other = Path::new(&project.root).join("other.toml");
    let settings = fs::read_to_string(project.root.join("server.toml")).unwrap();
    let settings = settings.split("[[tenant.handler]]").next().unwrap();
    fs::write(&other, settings).unwrap();
    let mut command = Command::new(evroute().unwrap());
    command
        .arg("run")
        .arg("--watch")
        .arg(&project.root)
        .arg("-c")
        .arg(&other);
    let ended = command.output().unwrap();
    let reported = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{reported}");
    assert!(
        reported.contains("no [[tenant.handler]] of the configuration has the component"),
        "{reported}"
    );
}
