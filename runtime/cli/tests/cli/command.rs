//! Running the command.

use std::path::Path;
use std::process::{Command, Output};

/// What a finished command left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The command, not yet started, with an environment of its own.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evroute"));
    // What a server keeps beside it is not for the sources.
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    // A proxy in the environment must not be asked.
    command
        .args(arguments)
        .env_remove("EVROUTE_LOG")
        .env_remove("EVROUTE_ADMIN")
        .env_remove("EVROUTE_TOKEN_FILE")
        .env_remove("EVROUTE_CA")
        .env_remove("EVROUTE_CONTEXT")
        // Contexts of whoever runs the tests are not theirs.
        .env(
            "XDG_CONFIG_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/no-contexts"),
        )
        .env("http_proxy", "http://127.0.0.1:1");
    command
}

/// Runs it to its end.
pub(crate) fn evroute(arguments: &[&str]) -> Ended {
    command(arguments).output().unwrap().into()
}

/// Writes a file and gives its path as text.
pub(crate) fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) fn wrong(stderr: &str) -> Ended {
    Ended {
        code: Some(1),
        stdout: String::new(),
        stderr: format!("error: {stderr}\n"),
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [["--help"], ["--version"]] {
        let ended = evroute(&arguments);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    assert!(
        evroute(&["--help"])
            .stdout
            .contains("Exit codes: 0 done, 1")
    );
    assert_eq!(
        evroute(&["--version"]).stdout,
        format!("evroute {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(
        evroute(&["rpc", "--help"])
            .stdout
            .contains("evroute rpc tm.t_uac_start OPTIONS")
    );
}

#[test]
fn being_called_wrongly_is_exit_code_2() {
    let wrong: [&[&str]; 8] = [
        &[],
        &["rnu"],
        &["run"],
        &["run", "-c"],
        &["check"],
        &["rpc"],
        &["rpc", "core.help", "x", "--params", "[]"],
        &["run", "-c", "x", "--log-format", "xml"],
    ];
    for arguments in wrong {
        let ended = evroute(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(
            ended.stdout.is_empty() && !ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn completions_are_printed_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = evroute(&["completions", shell]);
        assert_eq!(ended.code, Some(0));
        assert!(
            ended.stdout.contains("evroute") && ended.stdout.contains("log-format"),
            "{shell}"
        );
    }
}

#[test]
fn the_manual_is_printed_and_has_a_page_for_each_command() {
    let ended = evroute(&["manual"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains(".TH evroute 1"), "{ended:?}");
    let folder = tempfile::tempdir().unwrap();
    let ended = evroute(&["manual", folder.path().to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for page in ["evroute.1", "evroute-run.1", "evroute-check.1"] {
        assert!(folder.path().join(page).exists(), "{page}");
    }
    let run = std::fs::read_to_string(folder.path().join("evroute-run.1")).unwrap();
    assert!(run.contains("log\\-format"), "{run}");
    let nowhere = folder.path().join("nowhere").display().to_string();
    let ended = evroute(&["manual", &nowhere]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains(&nowhere), "{ended:?}");
}

#[test]
fn output_that_finds_no_room_is_reported() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for arguments in [["list", "events"], ["completions", "bash"]] {
        let ended: Ended = command(&arguments).stdout(full()).output().unwrap().into();
        assert_eq!(
            ended,
            wrong("standard output cannot be written: No space left on device (os error 28)")
        );
    }
}
