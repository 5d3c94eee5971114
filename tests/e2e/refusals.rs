//! A start that fails says why in one line, names the fix, and ends with the code that docs
//! promise.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;

use evroute_tests::{Ended, evroute, free_port, run_to_end};
use tempfile::TempDir;

/// `evroute run` with this configuration, in a folder of its own.
fn start(config: &str) -> Ended {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("evroute.toml");
    fs::write(&file, config).unwrap();
    start_with(folder.path(), &file)
}

fn start_with(folder: &Path, file: &Path) -> Ended {
    let mut command = Command::new(evroute().unwrap());
    command
        .args(["run".as_ref(), "-c".as_ref(), file.as_os_str()])
        .current_dir(folder);
    run_to_end(command).unwrap()
}

/// One line on standard error, besides the quoted one of the configuration, that contains all of
/// these words, and this exit code.
fn refuses(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    let complaints: Vec<&str> = ended
        .err
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("  "))
        .collect();
    assert_eq!(
        complaints.len(),
        1,
        "one clear line, not {}:\n{}",
        complaints.len(),
        ended.err
    );
    for word in words {
        assert!(
            ended.err.contains(word),
            "{word:?} is not in: {}",
            ended.err
        );
    }
}

fn tenant(port: u16, more: &str) -> String {
    format!(
        "[server]\ndata_dir = \"data\"\n\n[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:{port}\"\n\n\
         [[listen]]\ntransport = \"tcp\"\naddress = \"127.0.0.1:{port}\"\n\n\
         [admin]\naddress = \"127.0.0.1:{}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n{more}",
        free_port()
    )
}

#[test]
fn a_taken_udp_port_is_named_with_a_way_out() {
    let holder = UdpSocket::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let port = holder.local_addr().unwrap().port();
    refuses(
        &start(&tenant(port, "")),
        1,
        &["taken", &port.to_string(), "another port"],
    );
}

#[test]
fn a_taken_tcp_port_is_named_with_a_way_out() {
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let port = holder.local_addr().unwrap().port();
    refuses(
        &start(&tenant(port, "")),
        1,
        &["taken", &port.to_string(), "another port"],
    );
}

#[test]
fn a_missing_configuration_is_named() {
    let folder = TempDir::new().unwrap();
    let ended = start_with(folder.path(), &folder.path().join("absent.toml"));
    refuses(&ended, 1, &["absent.toml", "cannot be read", "-c"]);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
    let ended = start(&tenant(free_port(), "domain = [\"example.com\"]\n"));
    refuses(
        &ended,
        1,
        &["evroute.toml:", "domain", "did you mean \"domains\"?"],
    );
}

#[test]
fn a_missing_component_is_named_with_the_command_that_builds_it() {
    let handler = "[[tenant.handler]]\nname = \"guard\"\ncomponent = \"guard.wasm\"\n";
    refuses(
        &start(&tenant(free_port(), handler)),
        1,
        &["guard.wasm", "make guests"],
    );
}

#[test]
fn a_component_that_is_none_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("guard.wasm"), b"not wasm").unwrap();
    let file = folder.path().join("evroute.toml");
    let handler = "[[tenant.handler]]\nname = \"guard\"\ncomponent = \"guard.wasm\"\n";
    fs::write(&file, tenant(free_port(), handler)).unwrap();
    refuses(&start_with(folder.path(), &file), 1, &["handler guard"]);
}

#[test]
fn an_argument_that_does_not_exist_is_a_usage_error() {
    let mut command = Command::new(evroute().unwrap());
    command.args(["run", "--nonsense"]);
    let ended = run_to_end(command).unwrap();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("--nonsense"), "{ended:?}");
}
