//! The two blocks of the post that this project comes from, as they stand there: built, deployed
//! and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_tests::{Callee, Server, repository};
use serde_json::json;
use tempfile::TempDir;

use crate::routes::compiled;

/// The example's own configuration from its tenant on, with this component and these databases.
fn tenant(component: &Path, databases: &[&str]) -> String {
    let file = repository().join("guest-examples/origin.toml");
    let text = fs::read_to_string(file).unwrap();
    let (_, tenant) = text.split_once("[[tenant]]\n").unwrap();
    let component = component.display().to_string();
    let tenant = tenant.replace("target/components/origin.wasm", &component);
    let more: String = databases
        .iter()
        .map(|name| {
            format!("\n[[tenant.database]]\nname = \"{name}\"\nurl = \"sqlite:{name}.db\"\n")
        })
        .collect();
    format!(
        "[[tenant]]\n{}{more}",
        tenant.replace("\"sql:main\"", "\"sql\"")
    )
}

fn blocks() -> PathBuf {
    repository().join("guest-examples/origin.cfg")
}

/// Works on the server's database, beside it.
fn on_database<T>(
    file: &Path,
    statement: &'static str,
    read: impl FnOnce(Option<String>) -> T,
) -> T {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut prepared = connection.prepare(statement).unwrap();
    let mut rows = prepared.query([]).unwrap();
    read(rows.next().unwrap().map(|row| row.get(0).unwrap()))
}

/// A server whose database has the table that the block writes to.
fn start(component: &Path, databases: &[&str]) -> Server {
    let prepared = |command: &mut Command| {
        let data = command.get_current_dir().unwrap().join("data");
        fs::create_dir_all(&data).unwrap();
        let file = data.join("origin.db");
        on_database(&file, "create table restarts (start_time text)", |_| {});
        command.env("TZ", "UTC");
    };
    Server::start_with(&tenant(component, databases), prepared).unwrap()
}

/// `Sun Nov 29 18:37:47 2026`
fn is_time(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [day, month, number, clock, year] = words.as_slice() else {
        return false;
    };
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let numbers: Vec<u32> = clock.split(':').filter_map(|n| n.parse().ok()).collect();
    text.len() == 24
        && days.contains(day)
        && months.contains(month)
        && number
            .parse::<u32>()
            .is_ok_and(|number| (1..=31).contains(&number))
        && numbers.len() == 3
        && year.parse::<u32>().is_ok_and(|year| year >= 2025)
}

#[test]
fn the_blocks_of_the_post_run_as_they_stand_there() {
    let folder = TempDir::new().unwrap();
    let component = compiled(&blocks(), folder.path(), &[]);
    let server = start(&component, &[]);

    let file = server.folder().join("data/origin.db");
    let time = on_database(&file, "select start_time from restarts", |row| row.unwrap());
    assert!(is_time(&time), "{time}");

    let answer = server.rpc("htable.get", &json!(["a", "x"])).unwrap();
    assert!(format!("{answer:?}").contains('1'), "{answer:?}");

    let callee = Callee::new().unwrap();
    let target = format!("sip:bob@127.0.0.1:{}", callee.port);
    let headers = "From: <sip:alice@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\n";
    let asked = json!(["OPTIONS", target, ".", ".", headers]);
    server.rpc("tm.t_uac_start", &asked).unwrap();
    let request = callee.next().unwrap();
    callee.accept(&request).unwrap();
    let line = format!("request [OPTIONS] from [sip:alice@127.0.0.1] to [{target}]");
    server.logged(&[&line]).unwrap();
}

#[test]
fn a_statement_without_a_database_among_several_says_which_there_are() {
    let folder = TempDir::new().unwrap();
    let component = compiled(&blocks(), folder.path(), &[]);
    let server = start(&component, &["billing"]);
    server
        .logged(&["this tenant has 2 databases: say which one is meant (main, billing)"])
        .unwrap();
}

#[test]
fn the_readme_shows_them_as_they_run() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    assert!(readme.contains(&fs::read_to_string(blocks()).unwrap()));
}
