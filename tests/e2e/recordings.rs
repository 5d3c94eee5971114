//! Recorded runs of a running server: written, listed, fetched, and run again.

use std::fs;
use std::path::{Path, PathBuf};

use evroute_tests::{Ended, Server, eventually};
use serde_json::Value;
use tempfile::TempDir;

use crate::demo::{send_one, tenant};
use crate::routes::compiled;

const SECRET: &str = "0123456789abcdef";
const ACCOUNT: &str = "4711-and-some-more";

/// What is kept: the first runs of each decision, and those that fail.
const RECORDINGS: &str = "\n[tenant.recordings]\nrare_per_hour = 2\nredact = [\"X-Account\"]\n";

/// A server whose handler does this with each request of the server's own, and the handler's
/// component.
fn recording(does: &str) -> (Server, TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("seen.cfg");
    fs::write(
        &source,
        format!("event_route[tm:local-request] {{ {does} }}\n"),
    )
    .unwrap();
    let component = compiled(&source, folder.path(), &["tm:local-request"]);
    let path = component.display();
    let handler = format!(
        "\n[[tenant.handler]]\nname = \"seen\"\ncomponent = \"{path}\"\n\
         grants = [\"log\", \"sip\", \"pv\", \"htable:blocked\"]\n\
         limits = {{ run_log_lines_max = 3 }}\n"
    );
    let server = Server::start(&(tenant("9", &[]) + RECORDINGS + &handler)).unwrap();
    (server, folder, component)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// With credentials, and an account.
fn send_secrets(server: &Server) {
    let credentials =
        format!("Authorization: Digest username=\"alice\", response=\"{SECRET}\"\r\n");
    send_one(server, &format!("{credentials}X-Account: {ACCOUNT}\r\n"));
}

fn done(ended: Ended) -> String {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out
}

/// The rows of the list, once there are so many.
fn listed(server: &Server, how_many: usize) -> Vec<Value> {
    let rows = || {
        let list = done(server.command(&["recordings", "list", "--json"]).unwrap());
        let rows: Vec<Value> = list
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        (rows.len() >= how_many).then_some(rows)
    };
    eventually("recordings are written", rows, || server.log()).unwrap()
}

/// Fetches all recordings: the files.
fn exported(server: &Server, folder: &Path) -> Vec<PathBuf> {
    let to = folder.join("runs");
    done(
        server
            .command(&["recordings", "export", "--to", text(&to)])
            .unwrap(),
    );
    let files = fs::read_dir(&to).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn rare_decisions_are_kept_without_secrets_and_run_again_elsewhere() {
    let (server, folder, component) =
        recording("xlog(\"$rm with $hdr(Authorization) and $hdr(X-Account)\\n\");");
    for _ in 0..4 {
        send_secrets(&server);
    }
    let rows = listed(&server, 2);
    assert_eq!(rows.len(), 2, "as many as an hour has: {rows:?}");
    for row in &rows {
        assert_eq!(row["kept"], "rare");
        assert_eq!(row["event"], "tm:local-request");
        assert_eq!(row["verdict"], "send");
        assert!(
            row["call_id"].as_str().is_some_and(|id| id.len() > 8),
            "{row}"
        );
    }
    for file in exported(&server, folder.path()) {
        let bytes = fs::read(&file).unwrap();
        let written = String::from_utf8_lossy(&bytes);
        assert!(
            !written.contains(SECRET) && !written.contains(ACCOUNT),
            "{written}"
        );
        assert!(
            written.contains("Watson"),
            "bodies stay, unless they are named"
        );
        let replay = ["replay", text(&file), "--handler", text(&component)];
        done(server.command(&replay).unwrap());
        // A recording is a case, too.
        let test = [
            "test",
            "--component",
            text(&component),
            "--cases",
            text(&file),
        ];
        let tested = done(server.command(&test).unwrap());
        assert!(tested.contains("1 passed, 0 failed"), "{tested}");
    }
}

#[test]
fn failed_runs_are_kept_and_fail_again_as_they_did() {
    let (server, folder, component) =
        recording("xlog(\"1\\n\"); xlog(\"2\\n\"); xlog(\"3\\n\"); xlog(\"4\\n\");");
    send_secrets(&server);
    let rows = listed(&server, 1);
    assert_eq!(rows[0]["kept"], "failed");
    let outcome = rows[0]["outcome"].as_str().unwrap();
    assert_eq!(outcome, "QuotaExceeded: run_log_lines_max");
    let files = exported(&server, folder.path());
    let replay = ["replay", text(&files[0]), "--handler", text(&component)];
    let again = done(server.command(&replay).unwrap());
    assert!(again.contains("QuotaExceeded"), "{again}");
}

#[test]
fn a_tenant_without_the_section_records_nothing_and_is_told_so() {
    let server = Server::start(&tenant("9", &[])).unwrap();
    let ended = server.command(&["recordings", "list"]).unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("[tenant.recordings]"), "{ended:?}");
}
