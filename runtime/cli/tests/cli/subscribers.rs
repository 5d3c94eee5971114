//! `evroute subscribers`: passwords come in by standard input or a terminal, hashes are kept.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use crate::command::{Ended, command, write};
use crate::server::{CONFIG, Server};

/// A tenant whose users have passwords.
const TENANT: &str =
    "[[tenant]]\nname = \"acme\"\ndomains = [\"acme.example\", \"acme.test\"]\n[tenant.auth]\n";

const HASH: &str = "00112233445566778899aabbccddeeff";

fn server() -> Server {
    Server::start_in(
        tempfile::tempdir().unwrap(),
        &format!("{CONFIG}{TENANT}"),
        &[],
    )
}

/// `evroute subscribers ...` with this on standard input.
fn subscribers(server: &Server, arguments: &[&str], stdin: &str) -> Ended {
    let mut command = command(&[&["subscribers"], arguments].concat());
    command
        .env("EVROUTE_ADMIN", format!("http://{}", server.admin))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever does not read is not to be waited for.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap().into()
}

fn done(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.trim_end()
}

#[test]
fn a_user_is_added_changed_listed_and_removed() {
    let server = server();
    let added = subscribers(&server, &["add", "alice"], "secret\n");
    assert_eq!(done(&added), "alice in acme.example: added");
    let again = subscribers(&server, &["add", "alice@acme.example"], "secret\n");
    assert_eq!(again.code, Some(1));
    assert!(
        again
            .stderr
            .contains("there is alice in acme.example already"),
        "{again:?}"
    );
    let other = subscribers(&server, &["add", "alice@ACME.test"], "secret\n");
    assert_eq!(done(&other), "alice in acme.test: added");
    let changed = subscribers(&server, &["passwd", "alice"], "other\n");
    assert_eq!(done(&changed), "alice in acme.example: changed");
    let listed = subscribers(&server, &["list"], "");
    let expected = "USER   REALM         HASHES\n\
                    alice  acme.example  SHA-512-256 SHA-256 MD5\n\
                    alice  acme.test     SHA-512-256 SHA-256 MD5";
    assert_eq!(done(&listed), expected);
    let removed = subscribers(&server, &["remove", "alice@acme.test"], "");
    assert_eq!(done(&removed), "alice in acme.test: removed");
    let listed = subscribers(&server, &["list", "--json"], "");
    assert_eq!(done(&listed).lines().count(), 1);
    // Neither the server's log nor its files have a password.
    let (folder, log) = server.stop();
    assert!(!log.contains("secret") && !log.contains("other"), "{log}");
    let file = folder.path().join("data/subscribers/acme.db");
    let bytes = std::fs::read(file).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"secret"));
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let server = server();
    let refused = |arguments: &[&str], stdin: &str, words: &str| {
        let ended = subscribers(&server, arguments, stdin);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(words), "{ended:?}");
    };
    refused(&["add", "alice"], "\n", "there is no password");
    refused(
        &["add", "alice@elsewhere.example"],
        "x\n",
        "is none of the tenant's domains",
    );
    refused(&["add", ""], "x\n", "is no name of a user");
    refused(
        &["passwd", "nobody"],
        "x\n",
        "there is no nobody in acme.example",
    );
    refused(
        &["remove", "nobody"],
        "",
        "there is no nobody in acme.example",
    );
    refused(
        &["import", "-"],
        "alice,secret\n",
        "-: line 1 names no column username",
    );
    refused(
        &["import", "no-such-file"],
        "",
        "no-such-file cannot be read",
    );
    // A password is no argument.
    let ended = subscribers(&server, &["add", "alice", "secret"], "");
    assert_eq!(ended.code, Some(2), "{ended:?}");
}

#[test]
fn a_table_is_imported_in_parts_and_says_who_has_md5_alone() {
    let server = server();
    let mut table = "id\tusername\tdomain\tpassword\tha1\tha1b\n".to_owned();
    for number in 0..450 {
        let (password, hash) = if number < 2 {
            ("", HASH)
        } else {
            ("secret", "")
        };
        table.push_str(&format!(
            "{number}\tuser{number}\tacme.example\t{password}\t{hash}\t{hash}\n"
        ));
    }
    let file = write(server.folder.path(), "subscriber.tsv", &table);
    let imported = subscribers(&server, &["import", &file], "");
    assert_eq!(done(&imported), "450 users written");
    assert!(
        imported
            .stderr
            .contains("2 of them have hashes of MD5 alone"),
        "{imported:?}"
    );
    let listed = subscribers(&server, &["list"], "");
    assert_eq!(done(&listed).lines().count(), 451);
    assert!(
        listed.stdout.contains("user0    acme.example  MD5\n"),
        "{}",
        listed.stdout
    );
    let again = subscribers(&server, &["import", &file], "");
    assert_eq!(again.code, Some(1));
    assert!(
        again
            .stderr
            .contains("0 of 450 users were written before that"),
        "{again:?}"
    );
    let again = subscribers(&server, &["import", "-", "--replace"], &table);
    assert_eq!(done(&again), "450 users written");
}

#[test]
fn a_tenant_that_asks_nobody_has_no_users() {
    let server = Server::start("");
    let refused = subscribers(&server, &["list"], "");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .stderr
            .contains("write [tenant.auth] in its configuration"),
        "{refused:?}"
    );
}

/// A command at a terminal of its own, that of `script`.
struct Typist {
    child: Child,
    shown: String,
}

impl Typist {
    fn at(server: &Server, arguments: &str) -> Self {
        let evroute = env!("CARGO_BIN_EXE_evroute");
        let line = format!("{evroute} subscribers {arguments}");
        let mut script = Command::new("script");
        script
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("EVROUTE_ADMIN", format!("http://{}", server.admin))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Self {
            child: script.spawn().unwrap(),
            shown: String::new(),
        }
    }

    /// Waits for a prompt, then types.
    fn types(&mut self, prompt: &str, text: &str) {
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut byte = [0];
        while !self.shown.ends_with(prompt) {
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "{}", self.shown);
            self.shown.push(char::from(byte[0]));
        }
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        drop(self.child.stdin.take());
        (self.child.wait().unwrap().code(), self.shown + &rest)
    }
}

#[test]
fn a_terminal_shows_nothing_of_what_is_typed() {
    let server = server();
    let mut typist = Typist::at(&server, "add alice");
    typist.types("Password of alice: ", "secret\n");
    typist.types("Again: ", "secret\n");
    let (code, shown) = typist.ended();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("alice in acme.example: added"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    let mut typist = Typist::at(&server, "passwd alice");
    typist.types("Password of alice: ", "one\n");
    typist.types("Again: ", "two\n");
    let (code, shown) = typist.ended();
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("the two are not the same"), "{shown}");
}
