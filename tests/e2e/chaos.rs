//! What must not harm anybody: deploys in the middle of requests, a database that is gone, a full
//! disk, a compilation that is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use evroute_tests::{Answer, Phone, Server, Sipp, eventually, free_port, slow_to_compile, visitor};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::demo::runs;
use crate::deploys::{Scene, good, tenant};
use crate::lanes::database::{Database, embedded};
use crate::postgres_server::PostgresServer;

/// Marks each request before it is routed, takes its time, and refuses to route one that another
/// revision has marked.
fn whole(revision: u32) -> String {
    format!(
        "event_route[core:pre-routing] {{
            append_hf(\"X-Revision: {revision}\\r\\n\");
            $var(i) = 0;
            while ($var(i) < 40) {{
                $var(j) = 0;
                while ($var(j) < 90) {{ $var(j) = $var(j) + 1; }}
                $var(i) = $var(i) + 1;
            }}
        }}
        event_route[core:request] {{
            if ($hdr(X-Revision) != \"{revision}\") {{ sl_send_reply(\"500\", \"Mixed\"); }}
        }}\n"
    )
}

fn begin(server: &Server, calls: u32, per_second: &str) -> Phone {
    let caller = Sipp::new("uac").user("service").calls(calls);
    caller.with(&["-r", per_second]).begin(server.sip).unwrap()
}

/// All calls went well.
fn all_went_well(caller: Phone, calls: u32, server: &Server) {
    let (counted, messages) = caller.finish().unwrap();
    let counted = (counted.successful, counted.failed);
    assert_eq!(counted, (calls, 0), "{messages}\n{}", server.log());
}

#[test]
fn each_request_meets_one_whole_revision_whatever_is_deployed_meanwhile() {
    const CALLS: u32 = 2000;
    let callee = Sipp::new("uas").calls(CALLS).listen().unwrap();
    let scene = Scene::start(callee.port);
    for revision in [1, 2] {
        let name = format!("r{revision}");
        let component = scene.component(&name, &whole(revision));
        scene.deploy(&component, &[]);
    }
    let (over, server) = (AtomicBool::new(false), &scene.server);
    let caller = begin(server, CALLS, "200");
    let swaps = std::thread::scope(|scope| {
        let swapping = scope.spawn(|| {
            let mut swaps = 0;
            while !over.load(Ordering::Relaxed) {
                let activate = json!(["demo", "guard", 1 + swaps % 2]);
                let answer = server.rpc("deploy.activate", &activate).unwrap();
                assert!(matches!(answer, Answer::Result(_)), "{answer:?}");
                swaps += 1;
            }
            swaps
        });
        let ended = caller.finish();
        over.store(true, Ordering::Relaxed);
        let (calls, messages) = ended.unwrap();
        let counted = (calls.successful, calls.failed);
        assert_eq!(counted, (CALLS, 0), "{messages}");
        swapping.join().unwrap()
    });
    assert!(swaps >= 20, "only {swaps} deploys in the time of the calls");
    assert!(!server.log().contains("Mixed"));
}

/// A tenant whose handler writes a row for each request, and lets it pass when it cannot.
fn visited(port: u16, database: &str, folder: &Path) -> String {
    let component = visitor(folder).unwrap().display().to_string();
    format!(
        "{}\n[[tenant.database]]\nname = \"main\"\n{database}\n\n[[tenant.handler]]\n\
         name = \"visitor\"\ncomponent = \"{component}\"\ngrants = [\"sql:main\"]\n\
         fail_policy = \"open\"\n",
        tenant(port)
    )
}

/// Waits until so many more runs ended so.
fn more_runs(server: &Server, outcome: &str, more: f64) {
    let before = runs(server, "core:request", outcome);
    let seen = || (runs(server, "core:request", outcome) >= before + more).then_some(());
    eventually(&format!("{more} runs that are {outcome}"), seen, || {
        server.log()
    })
    .unwrap();
}

#[test]
fn calls_go_on_while_postgresql_is_gone_and_rows_come_again_when_it_is_back() {
    const CALLS: u32 = 1000;
    let mut postgres = PostgresServer::start();
    let url = postgres.url();
    Database::connect(&url).run("create table visits (n int)");
    let (folder, callee) = (
        TempDir::new().unwrap(),
        Sipp::new("uas").calls(CALLS).listen().unwrap(),
    );
    let database = format!("url = \"{url}\"\ndeadline_ms = 500");
    let server = Server::start(&visited(callee.port, &database, folder.path())).unwrap();
    let caller = begin(&server, CALLS, "100");
    more_runs(&server, "Returned", 20.0);
    postgres.kill();
    more_runs(&server, "GuestError", 20.0);
    postgres.run();
    more_runs(&server, "Returned", 20.0);
    all_went_well(caller, CALLS, &server);
    let rows = Database::connect(&url).number("select count(*) from visits");
    let returned = runs(&server, "core:request", "Returned");
    // Its own crash takes no row with it: what was answered is kept.
    assert!(rows as f64 >= returned, "{rows} rows, {returned} runs");
}

#[test]
fn calls_go_on_while_an_embedded_database_is_locked_by_somebody_else() {
    const CALLS: u32 = 1000;
    let (folder, callee) = (
        TempDir::new().unwrap(),
        Sipp::new("uas").calls(CALLS).listen().unwrap(),
    );
    let file = folder.path().join("visits.db");
    let other = Connection::open(&file).unwrap();
    other.execute_batch("create table visits (n int)").unwrap();
    let database = format!("url = \"sqlite://{}\"\ndeadline_ms = 200", file.display());
    let server = Server::start(&visited(callee.port, &database, folder.path())).unwrap();
    let caller = begin(&server, CALLS, "100");
    more_runs(&server, "Returned", 20.0);
    other.busy_timeout(evroute_tests::PATIENCE).unwrap();
    other.execute_batch("begin immediate").unwrap();
    more_runs(&server, "GuestError", 20.0);
    other.execute_batch("rollback").unwrap();
    more_runs(&server, "Returned", 20.0);
    all_went_well(caller, CALLS, &server);
    let counted = other.query_row("select count(*) from visits", [], |row| row.get(0));
    let rows: f64 = counted.unwrap();
    let returned = runs(&server, "core:request", "Returned");
    assert!(rows >= returned, "{rows} rows, {returned} runs");
}

/// No file of the server can grow any more, or all can again: what it sees is what a full disk
/// does to it, without a disk to fill, for root and everybody else.
fn disk_is_full(server: &Server, is_full: bool) {
    let most = if is_full { "0" } else { "unlimited" };
    let limited = Command::new("prlimit")
        .args(["--pid", &server.pid().to_string()])
        .arg(format!("--fsize={most}:"))
        .status();
    assert!(limited.unwrap().success());
}

#[test]
fn a_full_disk_refuses_what_is_to_be_kept_and_calls_go_on() {
    const CALLS: u32 = 1000;
    let (folder, callee) = (
        TempDir::new().unwrap(),
        Sipp::new("uas").calls(CALLS).listen().unwrap(),
    );
    let file = folder.path().join("visits.db");
    embedded(&file, "create table visits (n int)");
    let database = format!("url = \"sqlite://{}\"", file.display());
    let scene = Scene::of(&visited(callee.port, &database, folder.path()));
    let (first, second) = (
        scene.component("a", &good("a")),
        scene.component("b", &good("b")),
    );
    scene.deploy(&first, &[]);
    let caller = begin(&scene.server, CALLS, "100");
    more_runs(&scene.server, "Returned", 20.0);
    disk_is_full(&scene.server, true);
    let refused = scene.try_deploy(&second, &[]);
    // It is the server that failed, not who asked.
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.err.contains("File too large"), "{refused:?}");
    let rolled_back = scene.command(&["rollback", "guard", "--tenant", "demo"]);
    assert_ne!(rolled_back.code, Some(0), "{rolled_back:?}");
    more_runs(&scene.server, "GuestError", 20.0);
    assert_eq!(scene.server.health(), Some(200));
    disk_is_full(&scene.server, false);
    more_runs(&scene.server, "Returned", 20.0);
    let revisions = scene.said(&["revisions", "guard"]);
    assert!(revisions.contains("r1    in force"), "{revisions}");
    assert_eq!(revisions.lines().count(), 1, "{revisions}");
    let said = scene.deploy(&second, &[]);
    assert_eq!(said, "guard: r2 is in force; evroute rollback leads to r1");
    all_went_well(caller, CALLS, &scene.server);
    let verified = scene.command(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

/// A process: its state and its parent; none of one that is gone.
fn state(process: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before the bracket may have blanks in it.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

/// The process that compiles for a server, if one does.
fn compiling(server: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_it = |process: &u32| {
        let is_child = state(*process).is_some_and(|(_, parent)| parent == server);
        let line = || fs::read_to_string(format!("/proc/{process}/cmdline"));
        is_child && line().is_ok_and(|line| line.contains("__compile"))
    };
    numbers.into_iter().find(is_it)
}

fn kill(process: u32) {
    let killed = Command::new("kill")
        .args(["-9", &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

/// Deploys what takes seconds to compile, does something to the process that compiles, and gives
/// what came of the deploy.
fn interrupted(
    scene: &Scene,
    component: &Path,
    interrupt: impl FnOnce(u32) + Send,
) -> evroute_tests::Ended {
    std::thread::scope(|scope| {
        let deploying = scope.spawn(|| scene.try_deploy(component, &[]));
        let seen = || compiling(scene.server.pid());
        let child = eventually("the compiler", seen, || scene.server.log());
        interrupt(child.unwrap());
        deploying.join().unwrap()
    })
}

fn slow(scene: &Scene, name: &str) -> PathBuf {
    slow_to_compile(name, 400, scene.components.path()).unwrap()
}

#[test]
fn a_compilation_that_is_killed_refuses_its_deploy_and_nothing_else() {
    let scene = Scene::start(free_port());
    let block = "event_route[custom:event:x] { xlog(\"one\\n\"); }\n";
    let first = scene.component("a", block);
    scene.deploy(&first, &[]);
    let slow = slow(&scene, "slow");
    let refused = interrupted(&scene, &slow, kill);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let revisions = scene.said(&["revisions", "guard"]);
    assert!(revisions.contains("r1    in force"), "{revisions}");
    assert_eq!(revisions.lines().count(), 1, "{revisions}");
    scene.said(&["raise", "x"]);
    // And nothing is left of it that would keep it from being deployed.
    let said = scene.deploy(&slow, &[]);
    assert_eq!(said, "guard: r2 is in force; evroute rollback leads to r1");
}

#[test]
fn a_server_that_is_killed_in_a_compilation_leaves_no_compiler_behind() {
    let scene = Scene::start(free_port());
    let slow = slow(&scene, "slow");
    let mut compiler = 0;
    let server = scene.server.pid();
    let ended = interrupted(&scene, &slow, |child| {
        compiler = child;
        kill(server);
    });
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let is_gone = || {
        let state = state(compiler).map(|(state, _)| state);
        matches!(state.as_deref(), None | Some("Z" | "X")).then_some(())
    };
    eventually("the end of the compiler", is_gone, String::new).unwrap();
}
