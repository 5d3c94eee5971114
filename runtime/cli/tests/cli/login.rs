//! `evroute login`, `context`, and what works from another machine.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::certificate::certificate;
use crate::command::{Ended, command, write};
use crate::server::{CONFIG, Server, TENANT};

/// A user with a home, and a server that speaks TLS.
struct Scene {
    server: Server,
    home: tempfile::TempDir,
    url: String,
    ca: String,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path(), "DNS:localhost");
        let ca = folder.path().join("cert.pem").to_str().unwrap().to_owned();
        let tls = "certificate_file = \"cert.pem\"\nkey_file = \"key.pem\"\n";
        let server = Server::start_in(folder, &format!("{CONFIG}{tls}{TENANT}"), &[]);
        let port = server.admin.rsplit(':').next().unwrap();
        Self {
            url: format!("https://localhost:{port}"),
            home: tempfile::tempdir().unwrap(),
            ca,
            server,
        }
    }

    /// As this user, with this on standard input.
    fn run_with(&self, arguments: &[&str], stdin: &str) -> Ended {
        let mut command = command(arguments);
        command
            .env("XDG_CONFIG_HOME", self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever does not read is not to be waited for.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// A token made by the operator.
    fn token(&self, more: &[&str]) -> String {
        let create = ["token", "create", "--admin", &self.url, "--ca", &self.ca];
        let made = self.run(&[&create, more].concat());
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        made.stdout.trim().to_owned()
    }
}

#[test]
fn who_is_logged_in_calls_as_that_tenant_until_the_context_is_removed() {
    let scene = Scene::new();
    let token = scene.token(&["ci", "--tenant", "demo"]);
    let login = [
        "login",
        scene.url.as_str(),
        "--tenant",
        "demo",
        "--ca",
        &scene.ca,
    ];
    let logged_in = scene.run_with(&login, &format!("{token}\n"));
    let expected = format!(
        "logged in at {} as tenant demo; the context is demo\n",
        scene.url
    );
    assert_eq!(
        (logged_in.code, logged_in.stdout),
        (Some(0), expected),
        "{}",
        logged_in.stderr
    );
    let file = scene.home.path().join("evroute/contexts.toml");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let who = scene.run(&["rpc", "token.whoami"]);
    assert!(who.stdout.contains("\"tenant\": \"demo\""), "{who:?}");
    let foreign = scene.run(&["rpc", "token.list", "tenant=other"]);
    assert_eq!(foreign.code, Some(1), "{foreign:?}");
    assert!(foreign.stderr.contains("reaches no other"), "{foreign:?}");
    // An address that is named is called without the token of the context.
    let strange = [
        "rpc",
        "token.whoami",
        "--admin",
        &scene.url,
        "--ca",
        &scene.ca,
    ];
    assert!(scene.run(&strange).stdout.contains("loopback"));
    let listed = scene.run(&["context", "list"]).stdout;
    assert!(
        listed.lines().any(|line| line.starts_with("*  demo  demo")),
        "{listed}"
    );
    assert_eq!(scene.run(&["context", "use", "nothing"]).code, Some(1));
    assert_eq!(scene.run(&["context", "remove", "demo"]).code, Some(0));
    assert_eq!(
        scene
            .run(&["rpc", "token.whoami", "--context", "demo"])
            .code,
        Some(1)
    );
    scene.server.signal("TERM");
    assert_eq!(scene.server.end().0.code(), Some(0));
}

/// An operator who is logged in for a tenant works for that tenant, unless told otherwise.
#[test]
fn commands_take_the_tenant_of_the_context() {
    let scene = Scene::new();
    let operator = scene.token(&["ops"]);
    let url = scene.url.as_str();
    let login = ["login", url, "--tenant", "demo", "--ca", &scene.ca];
    let logged_in = scene.run_with(&login, &operator);
    assert_eq!(logged_in.code, Some(0), "{logged_in:?}");
    let done = |arguments: &[&str]| {
        let ended = scene.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        ended.stdout
    };
    done(&["token", "create", "ci"]);
    let of_demo = done(&["token", "list"]);
    assert!(
        of_demo.contains("ci") && !of_demo.contains("ops"),
        "{of_demo}"
    );
    done(&["token", "create", "more", "--operator"]);
    let all = done(&["rpc", "token.list"]);
    assert!(all.contains("\"more\"") && all.contains("\"ci\""), "{all}");
    done(&["token", "revoke", "ci"]);
    // Without a tenant these are refused to an operator where there is more than one.
    done(&["revisions"]);
    done(&["audit", "list"]);
    let usage = done(&["usage", "--json"]);
    assert!(usage.contains("\"tenant\": \"demo\""), "{usage}");
    scene.server.signal("TERM");
    assert_eq!(scene.server.end().0.code(), Some(0));
}

#[test]
fn a_token_goes_only_where_it_belongs() {
    let scene = Scene::new();
    let token = scene.token(&["ci", "--tenant", "demo"]);
    let refused = |arguments: &[&str], words: &str| {
        let ended = scene.run_with(arguments, &token);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(words), "{arguments:?}: {ended:?}");
        assert!(!ended.stderr.contains(&token[20..]), "{ended:?}");
    };
    let url = scene.url.as_str();
    refused(&["login", url], "is not who it should be");
    let port = scene.server.admin.rsplit(':').next().unwrap();
    let other_name = format!("https://127.0.0.1:{port}");
    refused(
        &["login", &other_name, "--ca", &scene.ca],
        "is not who it should be",
    );
    refused(&["login", "http://192.0.2.1:8060"], "could read the token");
    let other = ["login", url, "--ca", &scene.ca, "--tenant", "other"];
    refused(&other, "the token is tenant demo's");
    let file = write(scene.home.path(), "wrong", "evr_wrong");
    let wrong = ["login", url, "--ca", &scene.ca, "--token-file", &file];
    refused(&wrong, "asks for a token");
    assert!(!scene.home.path().join("evroute/contexts.toml").exists());
    scene.server.signal("TERM");
    assert_eq!(scene.server.end().0.code(), Some(0));
}

#[test]
fn the_first_token_is_made_without_a_server() {
    let scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let made = scene.run(&["token", "create", "ops", "--data-dir", data]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.stdout.starts_with("evr_"), "{made:?}");
    let listed = scene.run(&["token", "list", "--data-dir", data]).stdout;
    assert!(
        listed.contains("ops") && listed.contains("operator"),
        "{listed}"
    );
    let twice = scene.run(&["token", "create", "ops", "--data-dir", data]);
    assert_eq!(twice.code, Some(1), "{twice:?}");
    let revoked = scene.run(&["token", "revoke", "ops", "--data-dir", data]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    scene.server.signal("TERM");
    assert_eq!(scene.server.end().0.code(), Some(0));
}
