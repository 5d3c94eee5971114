//! `evroute run`

use crate::check::ASKS_FOR_LOG;
use crate::command::{Ended, command, evroute, write, wrong};
use crate::server::{CONFIG, Server, TENANT};

#[test]
fn a_missing_configuration_is_one_line_that_names_the_fix() {
    let ended = evroute(&["run", "-c", "nowhere.toml"]);
    let expected = "nowhere.toml: file: cannot be read: No such file or directory (os error 2); name a readable TOML \
                    file with -c, for example guest-examples/demo.toml";
    assert_eq!(ended, wrong(expected));
}

#[test]
fn every_mistake_in_a_configuration_is_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[server]\nworkers = 0\n{TENANT}[[tenant.handler]]\nname = \"A\"\ncomponent = \"a.wasm\"\n"
    );
    let path = write(folder.path(), "c.toml", text);
    let ended = evroute(&["run", "-c", &path]);
    let expected = format!(
        "{path}:2: server.workers: 0 is out of range; write a number from 1 to 1024\n  2 | workers = 0\n    |           ^\n\
         error: {path}:7: tenant.handler.name: \"A\" is not a name: lower-case letters, digits and single hyphens between \
         them, beginning with a letter (for example \"call-guard\"); choose another name\n  7 | name = \"A\"\n    |        ^"
    );
    assert_eq!(ended, wrong(&expected));
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "c.toml",
        format!("[server]\nworker = 2\n{TENANT}"),
    );
    let expected = format!(
        "{path}:2: worker: unknown key; did you mean \"workers\"?\n  2 | worker = 2\n    | ^"
    );
    assert_eq!(evroute(&["run", "-c", &path]), wrong(&expected));
}

#[test]
fn a_configuration_can_be_checked_without_starting() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "c.toml", format!("{CONFIG}{TENANT}"));
    let expected = evroute(&["check", &path]);
    assert_eq!(expected.code, Some(0), "{}", expected.stderr);
    assert_eq!(evroute(&["run", "-c", &path, "--check"]), expected);
}

#[test]
fn a_taken_admin_port_is_one_line_that_names_the_fix() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = CONFIG.replace(
        "[admin]\naddress = \"127.0.0.1:0\"",
        &format!("[admin]\naddress = \"{address}\""),
    );
    let path = write(folder.path(), "c.toml", format!("{text}{TENANT}"));
    let ended: Ended = command(&["run", "-c", &path])
        .current_dir(folder.path())
        .output()
        .unwrap()
        .into();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected = format!(
        "error: cannot listen on {address}: Address already in use (os error 98); stop whoever"
    );
    assert!(ended.stderr.contains(&expected), "{ended:?}");
}

#[test]
fn why_a_server_does_not_start_is_an_object_in_a_log_of_objects_and_in_a_log_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "file", "");
    let text = CONFIG.replace("[server]\n", "[server]\ndata_dir = \"file/data\"\n");
    let path = write(folder.path(), "c.toml", format!("{text}{TENANT}"));
    let run = |more: &[&str]| -> Ended {
        let mut command = command(&[&["run", "-c", &path, "--log-format", "json"], more].concat());
        command.current_dir(folder.path()).output().unwrap().into()
    };
    let expected = "data_dir file/data cannot be used: Not a directory";
    let is_expected = |log: &str| {
        let objects = log
            .lines()
            .map(|line| -> serde_json::Value { serde_json::from_str(line).unwrap() });
        let errors: Vec<_> = objects
            .filter(|object| object["level"] == "ERROR")
            .collect();
        errors.len() == 1 && errors[0]["message"].as_str().unwrap().starts_with(expected)
    };
    let ended = run(&[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(is_expected(&ended.stderr), "{ended:?}");
    let ended = run(&["--log-file", "log"]);
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(is_expected(&log), "{log}");
    assert!(
        ended.stderr.starts_with(&format!("error: {expected}")),
        "{ended:?}"
    );
}

#[test]
fn an_unusable_data_dir_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "file", "");
    let text = CONFIG.replace("[server]\n", "[server]\ndata_dir = \"file/data\"\n");
    let path = write(folder.path(), "c.toml", format!("{text}{TENANT}"));
    let ended: Ended = command(&["run", "-c", &path])
        .current_dir(folder.path())
        .output()
        .unwrap()
        .into();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected = "error: data_dir file/data cannot be used: Not a directory (os error 20); make it writable or set";
    assert!(ended.stderr.contains(expected), "{ended:?}");
}

#[test]
fn a_bad_log_filter_in_the_environment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "c.toml", format!("{CONFIG}{TENANT}"));
    let ended: Ended = command(&["run", "-c", &path])
        .env("EVROUTE_LOG", "=x=")
        .output()
        .unwrap()
        .into();
    let expected = "EVROUTE_LOG=\"=x=\" is not a log filter (invalid filter directive); write off, error, warn, \
                    info, debug or trace";
    assert_eq!(ended, wrong(expected));
}

#[test]
fn a_signal_drains_and_stops() {
    for signal in ["TERM", "INT"] {
        let server = Server::start("");
        server.signal(signal);
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(
            log.contains(&format!("SIG{signal}: finishing what is under way")),
            "{log}"
        );
        assert!(
            log.contains("stopped: everything under way was finished"),
            "{log}"
        );
    }
}

#[test]
fn a_renamed_log_file_is_left_at_sighup() {
    let server = Server::start_with("", &["--log-file", "log"]);
    let (log, old) = (
        server.folder.path().join("log"),
        server.folder.path().join("log.1"),
    );
    std::fs::rename(&log, &old).unwrap();
    server.signal("HUP");
    let reported = "SIGHUP: the log goes on in log, opened anew";
    server.until(|| std::fs::read_to_string(&log).is_ok_and(|text| text.contains(reported)));
    let before = std::fs::read_to_string(&old).unwrap();
    assert!(
        before.contains("ready; SIP on") && !before.contains("SIGHUP"),
        "{before}"
    );
    // A file that cannot be opened: the old one is written on.
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    server.signal("HUP");
    server.signal("TERM");
    assert_eq!(server.end().0.code(), Some(0));
}

#[test]
fn signals_that_are_no_stop_do_not_stop() {
    let server = Server::start("");
    for signal in ["HUP", "USR1", "USR2"] {
        server.signal(signal);
    }
    let version = evroute(&["rpc", "core.version", "--admin", &server.admin]);
    assert_eq!(version.code, Some(0), "{version:?}");
    server.signal("TERM");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
    let reported = [
        "SIGHUP: nothing to do: the log goes to standard error",
        "status=ok uptime_seconds=",
        "SIGUSR1: this is the state",
        "SIGUSR2: this is the state",
    ];
    for words in reported {
        assert!(log.contains(words), "{words} is not in {log}");
    }
}

#[test]
fn a_second_start_compiles_nothing_unless_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let component = wat::parse_str(ASKS_FOR_LOG).unwrap();
    write(folder.path(), "a.wasm", component);
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"a.wasm\"\ngrants = [\"log\"]\n";
    let text = format!("{CONFIG}{TENANT}{handler}");
    let compiled = |log: &str| {
        let line = log.lines().find(|line| line.contains("compiled code: "))?;
        let (_, said) = line.split_once("compiled code: ")?;
        let numbers = said.split(|c: char| !c.is_ascii_digit());
        let mut numbers = numbers.filter_map(|number| number.parse::<u32>().ok());
        Some((numbers.next()?, numbers.next_back()?))
    };
    let (folder, log) = Server::start_in(folder, &text, &[]).stop();
    let Some((0, made)) = compiled(&log) else {
        panic!("{log}");
    };
    assert!(made > 0, "{log}");
    let (folder, log) = Server::start_in(folder, &text, &[]).stop();
    assert_eq!(compiled(&log), Some((made, 0)), "{log}");
    let text = text.replace("[server]\n", "[server]\ncode_cache_bytes_max = 0\n");
    let (_, log) = Server::start_in(folder, &text, &[]).stop();
    assert_eq!(compiled(&log), None, "{log}");
}
