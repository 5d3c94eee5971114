//! `evroute deploy` and its kin against a running server.

use std::io::Write;
use std::process::Stdio;

use tempfile::TempDir;

use crate::command::{Ended, command, evroute, write, wrong};
use crate::server::{CONFIG, Server, TENANT};

/// A component that says a word when `night` is raised.
fn component(folder: &TempDir, name: &str, word: &str) -> String {
    let block = format!("event_route[custom:event:night] {{ xlog(\"{word}\\n\"); }}\n");
    let source = write(folder.path(), &format!("{name}.cfg"), block);
    let built = evroute(&["build", &source]);
    assert_eq!(built.code, Some(0), "{built:?}");
    source.replace(".cfg", ".wasm")
}

/// A server, and commands that are about its tenant.
pub(crate) struct Scene {
    pub(crate) server: Server,
    components: TempDir,
}

impl Scene {
    pub(crate) fn start(tenant: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{CONFIG}{TENANT}{tenant}");
        Self {
            server: Server::start_in(folder, &text, &[]),
            components: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn component(&self, name: &str, word: &str) -> String {
        component(&self.components, name, word)
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        evroute(&[arguments, &["--admin", &self.server.admin]].concat())
    }

    fn of_tenant(&self, arguments: &[&str]) -> Ended {
        self.run(&[arguments, &["--tenant", "demo"]].concat())
    }

    /// What a command says that ends well.
    pub(crate) fn said(&self, arguments: &[&str]) -> String {
        let ended = self.of_tenant(arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout.trim_end().to_owned()
    }

    pub(crate) fn deploy(&self, component: &str, more: &[&str]) -> String {
        self.said(&[&["deploy", component, "--handler", "night"], more].concat())
    }

    pub(crate) fn refused(&self, component: &str, more: &[&str]) -> String {
        let ended = self.of_tenant(&[&["deploy", component, "--handler", "night"], more].concat());
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{ended:?}"
        );
        let last = ended.stderr.lines().last().unwrap_or_default();
        last.trim_start_matches("error: ").to_owned()
    }

    /// The states of the revisions, the newest first.
    fn states(&self) -> Vec<String> {
        let list = self.said(&["revisions", "night"]);
        let state = |line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            let state = if words[2] == "in" {
                "in force"
            } else {
                words[2]
            };
            format!("{} {state}", words[1])
        };
        list.lines().map(state).collect()
    }

    fn raise(&self) -> Ended {
        self.of_tenant(&["raise", "night"])
    }

    /// Ends the server as told and starts another one beside what it left.
    fn restart(self, signal: &str) -> (Self, String) {
        let Self { server, components } = self;
        server.signal(signal);
        let config = std::fs::read_to_string(server.folder.path().join("server.toml")).unwrap();
        let (folder, log) = server.left();
        let server = Server::start_in(folder, &config, &[]);
        (Self { server, components }, log)
    }
}

pub(crate) const LOG: &[&str] = &["--grants", "log", "-m", "a reason"];

#[test]
fn what_the_compiler_refused_is_not_compiled_again_and_another_is() {
    let scene = Scene::start("");
    // It begins as a component does, and its first section ends before it should.
    let broken = write(
        scene.components.path(),
        "broken.wasm",
        b"\0asm\x0d\0\x01\0\x01\x7f",
    );
    let first = scene.refused(&broken, LOG);
    assert!(first.contains("not a WebAssembly component"), "{first}");
    assert!(!first.contains("compiled again"), "{first}");
    let second = scene.refused(&broken, LOG);
    let why = first.trim_end_matches(" (-32000)");
    assert!(second.starts_with(why), "{second}");
    assert!(
        second.contains("is not compiled again for ten minutes"),
        "{second}"
    );
    let good = scene.component("good", "a-word");
    assert_eq!(scene.deploy(&good, LOG), "night: r1 is in force");
    scene.server.signal("TERM");
    assert_eq!(scene.server.end().0.code(), Some(0));
}

#[test]
fn what_was_acknowledged_is_in_force_also_after_a_kill() {
    let scene = Scene::start("");
    let (first, second) = (
        scene.component("a", "first-word"),
        scene.component("b", "second-word"),
    );
    assert_eq!(scene.raise().code, Some(1), "nobody handles it yet");
    assert_eq!(scene.deploy(&first, LOG), "night: r1 is in force");
    assert_eq!(scene.raise().code, Some(0));
    let said = scene.deploy(&second, &["-m", "another"]);
    assert_eq!(said, "night: r2 is in force; evroute rollback leads to r1");
    assert_eq!(scene.raise().code, Some(0));
    assert_eq!(scene.states(), ["r2 in force", "r1 previous"]);
    assert_eq!(scene.said(&["rollback", "night"]), "night: r1 is in force");
    for word in ["first-word", "second-word"] {
        scene.server.until_logged(word);
    }
    let (scene, _) = scene.restart("KILL");
    assert_eq!(scene.states(), ["r2 kept", "r1 in force"]);
    assert_eq!(scene.raise().code, Some(0));
    scene.server.until_logged("first-word");
    let drained = "night: no revision is in force; evroute rollback leads to r1";
    assert_eq!(scene.said(&["drain", "night"]), drained);
    assert_eq!(scene.raise().code, Some(1));
    let (scene, log) = scene.restart("KILL");
    assert!(!log.contains("second-word"), "{log}");
    assert_eq!(scene.raise().code, Some(1));
    assert_eq!(scene.said(&["rollback", "night"]), "night: r1 is in force");
    assert_eq!(scene.raise().code, Some(0));
    let verified = scene.run(&["audit", "verify"]);
    assert!(
        verified
            .stdout
            .starts_with("7 rows, unchanged; the last is "),
        "{verified:?}"
    );
    let log = scene.said(&["audit", "list"]);
    let whats: Vec<_> = log
        .lines()
        .filter(|line| !line.starts_with("        "))
        .collect();
    let what = |line: &&str| {
        line.split_whitespace()
            .nth(3)
            .unwrap_or_default()
            .to_owned()
    };
    let expected = [
        "rollback", "drain", "rollback", "activate", "put", "activate", "put",
    ];
    assert_eq!(
        whats.iter().map(what).collect::<Vec<_>>(),
        expected,
        "{log}"
    );
    assert!(log.contains("why: a reason"), "{log}");
    scene.server.stop();
}

#[test]
fn two_revisions_are_compared() {
    let scene = Scene::start("");
    let component = scene.component("a", "word");
    scene.deploy(&component, LOG);
    scene.deploy(
        &component,
        &["--grants", "log,sip", "--limit", "run_fuel_max=5000000"],
    );
    scene.deploy(&component, &["--keep-only"]);
    let expected = "+ grant sip\n- limit run_fuel_max = 10000000\n+ limit run_fuel_max = 5000000";
    assert_eq!(scene.said(&["diff", "night", "1", "2"]), expected);
    assert_eq!(scene.said(&["diff", "night", "2", "3"]), "nothing changes");
    assert_eq!(scene.states(), ["r3 kept", "r2 in force", "r1 previous"]);
    let ended = scene.of_tenant(&["diff", "night", "1", "9"]);
    let expected = "handler \"night\" has no revision r9; evroute revisions lists those that are \
                    kept (-32000)";
    assert_eq!(ended, wrong(expected));
    scene.server.stop();
}

#[test]
fn whatever_is_refused_is_said_with_what_to_do_and_changes_nothing() {
    let scene = Scene::start("[[tenant.table]]\nname = \"calls\"\n");
    let component = scene.component("a", "word");
    let nothing = "nothing was deployed";
    for (more, begin) in [
        (
            &[][..],
            "it imports evroute:log/log@0.1.0, which needs the grant \"log\"; ask for it",
        ),
        (
            &["--grants", "htabl"],
            "no capability is named \"htabl\"; did you mean \"htable\"?",
        ),
        (
            &["--grants", "log,htable:other"],
            "this tenant has no table \"other\"",
        ),
        (
            &["--grants", "log", "--on", "htable:expired:calls"],
            "on = [\"htable:expired:calls\"]",
        ),
        (
            &["--grants", "log", "--limit", "fuel=1"],
            "fuel is no limit of a run",
        ),
        (
            &["--grants", "log", "--signature", "Cargo.toml"],
            "Cargo.toml cannot be read",
        ),
        (
            &["--grants", "log", "--canary", "5%", "--for", "10m"],
            "a canary needs a revision in force to be compared with",
        ),
    ] {
        let refused = scene.refused(&component, more);
        assert!(refused.starts_with(begin), "{more:?}: {refused}");
    }
    let text = write(scene.components.path(), "text.wasm", "no component");
    let refused = scene.refused(&text, &[]);
    assert!(
        refused.ends_with("build the handler to a component first"),
        "{refused}"
    );
    let core = write(scene.components.path(), "core.wasm", b"\0asm\x01\0\0\0");
    let refused = scene.refused(&core, &[]);
    assert!(
        refused.starts_with("it is a core module, not a component"),
        "{refused}"
    );
    // The one whose canary was refused was kept, and is not in force.
    assert_eq!(scene.states(), ["r1 kept"]);
    assert_eq!(scene.raise().code, Some(1));
    let ended = scene.of_tenant(&["rollback", "night"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let ended = scene.run(&["deploy", &component, "--tenant", "nobody"]);
    assert!(
        ended.stderr.contains("there is no tenant \"nobody\""),
        "{ended:?}"
    );
    let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let unsent = scene.run(&["rpc", "deploy.put", "demo", "night", digest]);
    assert!(unsent.stderr.contains("has not been sent"), "{unsent:?}");
    assert_eq!(scene.said(&["revisions", "other"]), nothing);
    scene.server.stop();
}

#[test]
fn a_handler_of_the_configuration_is_not_deployed_over() {
    let folder = tempfile::tempdir().unwrap();
    component(&folder, "own", "word");
    let handler = "[[tenant.handler]]\nname = \"night\"\ncomponent = \"own.wasm\"\n\
                   grants = [\"log\"]\n";
    let scene = Scene {
        server: Server::start_in(folder, &format!("{CONFIG}{TENANT}{handler}"), &[]),
        components: tempfile::tempdir().unwrap(),
    };
    let refused = scene.refused(&scene.component("a", "other"), LOG);
    let begin = "handler \"night\" belongs to the configuration of this tenant; deploy under";
    assert!(refused.starts_with(begin), "{refused}");
    scene.server.stop();
}

#[test]
fn a_signed_tenant_takes_what_its_key_signed_for_this_handler() {
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("release.key");
    let key = key.to_str().unwrap();
    let made = evroute(&["key", "new", key]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert_eq!(
        evroute(&["key", "new", key]).code,
        Some(1),
        "a key is not overwritten"
    );
    let policy = format!(
        "[tenant.deploy]\nsigned = true\nkeys = [\"{}\"]\n",
        made.stdout.trim()
    );
    let scene = Scene::start(&policy);
    let component = scene.component("a", "word");
    let unsigned = scene.refused(&component, LOG);
    assert!(unsigned.starts_with("it is not signed"), "{unsigned}");
    let sign = |handler: &str| {
        let arguments = ["sign", &component, "--key", key, "--tenant", "demo"];
        let signed = evroute(&[&arguments[..], &["--handler", handler]].concat());
        assert_eq!(signed.code, Some(0), "{signed:?}");
        signed.stdout.trim().to_owned()
    };
    let other = sign("other");
    let foreign = scene.refused(&component, &[LOG, &["--signature", &other]].concat());
    assert!(
        foreign.starts_with("the signature is of none of this tenant's 1 keys"),
        "{foreign}"
    );
    let own = sign("night");
    let said = scene.deploy(&component, &[LOG, &["--signature", &own]].concat());
    assert_eq!(said, "night: r1 is in force");
    let log = scene.said(&["audit", "list"]);
    assert!(log.contains("evidence: signed by ed25519 sha256:"), "{log}");
    scene.server.stop();
}

#[test]
fn a_revision_that_cannot_be_read_any_more_gives_way_to_the_one_before() {
    let scene = Scene::start("");
    let first = scene.component("a", "first-word");
    let second = scene.component("b", "second-word");
    scene.deploy(&first, LOG);
    scene.deploy(&second, LOG);
    let bytes = std::fs::read(second).unwrap();
    let blobs = scene.server.folder.path().join("data/deploy/blobs/sha256");
    let of_second = std::fs::read_dir(blobs)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let of_second = of_second.filter(|path| std::fs::read(path).unwrap() == bytes);
    for path in of_second {
        std::fs::write(path, b"something else").unwrap();
    }
    let (scene, _) = scene.restart("TERM");
    assert_eq!(scene.states(), ["r2 not", "r1 in force"]);
    assert_eq!(scene.raise().code, Some(0));
    let (scene, log) = scene.restart("TERM");
    assert!(
        log.contains("a deployed revision cannot be made ready; another is in force"),
        "{log}"
    );
    assert!(
        log.contains("first-word") && !log.contains("second-word"),
        "{log}"
    );
    // The component is sent once more, and is whole again.
    let said = scene.deploy(&scene.component("b", "second-word"), LOG);
    assert!(said.starts_with("night: r3 is in force"), "{said}");
    scene.server.stop();
}

#[test]
fn a_server_that_is_killed_while_somebody_deploys_has_the_old_revision_or_the_new_one() {
    use std::io::{BufRead, BufReader};
    let mut scene = Scene::start("");
    let (first, second) = (scene.component("a", "one"), scene.component("b", "two"));
    scene.deploy(&first, LOG);
    let mut in_force = 1;
    for (lines, component) in [&second, &first, &second, &first, &second, &first]
        .into_iter()
        .enumerate()
    {
        let admin = scene.server.admin.clone();
        let arguments = [
            "deploy",
            component,
            "--handler",
            "night",
            "--tenant",
            "demo",
        ];
        let mut deploying = command(&[&arguments[..], &["--admin", &admin]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(deploying.stderr.take().unwrap());
        // After none, one or two of its lines: before it is sent, before it is tried, after that.
        for _ in 0..lines % 3 {
            said.read_line(&mut String::new()).unwrap();
        }
        let (next, _) = scene.restart("KILL");
        scene = next;
        std::io::copy(&mut said, &mut std::io::sink()).unwrap();
        let acknowledged = deploying.wait().unwrap().success();
        let verified = scene.run(&["audit", "verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
        let states = scene.states();
        let found = states
            .iter()
            .find_map(|state| state.strip_suffix(" in force"));
        let found: u32 = found.unwrap().trim_start_matches('r').parse().unwrap();
        assert!(found >= in_force, "{states:?}, {in_force} was in force");
        assert!(
            !acknowledged || found > in_force,
            "{states:?} after an acknowledgement"
        );
        assert_eq!(scene.raise().code, Some(0));
        in_force = found;
    }
    scene.server.stop();
}

#[test]
fn a_tenants_token_deploys_its_own_within_its_policy() {
    let other = "[[tenant]]\nname = \"other\"\ndomains = [\"example.com\"]\n";
    let scene = Scene::start(&format!("[tenant.deploy]\ngrants = [\"log\"]\n{other}"));
    let component = scene.component("a", "word");
    let token = |tenant: &str| {
        let made = scene.run(&["token", "create", "ci", "--tenant", tenant]);
        assert_eq!(made.code, Some(0), "{made:?}");
        write(scene.components.path(), tenant, made.stdout.trim())
    };
    let (own, others) = (token("demo"), token("other"));
    let deploy = |token: &str, more: &[&str]| {
        let arguments = [
            "deploy",
            &component,
            "--handler",
            "night",
            "--token-file",
            token,
        ];
        scene.run(&[&arguments[..], more].concat())
    };
    let done = deploy(&own, LOG);
    assert_eq!(done.stdout, "night: r1 is in force\n", "{done:?}");
    for (token, more, why) in [
        (
            &own,
            &["--grants", "log,sip"][..],
            "it asks for sip, which deploys of this tenant may not",
        ),
        (
            &own,
            &["--limit", "run_fuel_max=10000001"],
            "deploys of this tenant may ask for 10000000",
        ),
        (
            &own,
            &["--tenant", "other"],
            "the token is tenant demo's and reaches no other",
        ),
        (
            &own,
            &["--tenant", "nobody"],
            "the token is tenant demo's and reaches no other",
        ),
        (
            &others,
            &[],
            "this tenant may not deploy; the operator allows it",
        ),
    ] {
        let refused = deploy(token, more);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }
    let by_token = |arguments: &[&str]| scene.run(&[arguments, &["--token-file", &own]].concat());
    let log = by_token(&["audit", "list"]);
    assert!(log.stdout.contains("  ci#"), "{log:?}");
    assert_eq!(by_token(&["audit", "verify"]).code, Some(1));
    let of_others = scene.run(&["revisions", "--token-file", &others]);
    assert_eq!(of_others.stdout, "nothing was deployed\n", "{of_others:?}");
    scene.server.stop();
}

#[test]
fn what_is_too_long_or_breaks_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = CONFIG.replace("[server]\n", "[server]\ncomponent_bytes_max = 100\n");
    let scene = Scene {
        server: Server::start_in(folder, &format!("{text}{TENANT}"), &[]),
        components: tempfile::tempdir().unwrap(),
    };
    let refused = scene.refused(&scene.component("a", "word"), LOG);
    assert!(
        refused.starts_with("the component has more than 100 bytes"),
        "{refused}"
    );
    let mut sender = std::net::TcpStream::connect(&scene.server.admin).unwrap();
    let host = &scene.server.admin;
    let head =
        format!("POST /deploy?tenant=demo HTTP/1.1\r\nHost: {host}\r\nContent-Length: 90\r\n\r\n");
    sender.write_all(head.as_bytes()).unwrap();
    sender.write_all(b"\0asm").unwrap();
    drop(sender);
    let blobs = scene.server.folder.path().join("data/deploy/blobs/sha256");
    let is_empty = || std::fs::read_dir(&blobs).unwrap().next().is_none();
    scene.server.until(is_empty);
    scene.server.stop();
}
