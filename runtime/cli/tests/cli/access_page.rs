//! docs/operating/access.md is run: each block of commands as whoever it is for, with what it says
//! is printed.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::command::command;
use crate::server::{CONFIG, Server, TENANT};

/// A block between fences: what stands behind the fence, and the text.
type Block = (String, String);

fn blocks() -> Vec<Block> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating/access.md");
    let page = std::fs::read_to_string(page).unwrap();
    // Every second part lies between two fences.
    let parts = page.split("```").skip(1).step_by(2);
    let block = |part: &str| {
        let (info, text) = part.split_once('\n').unwrap();
        (info.to_owned(), text.to_owned())
    };
    parts.map(block).collect()
}

/// Runs a block in a folder. The answer is what it printed.
fn run(text: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_evroute")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut bash = Command::new("bash");
    // What the command is not to see of whoever runs the tests.
    for (key, value) in command(&[]).get_envs() {
        match value {
            Some(value) => bash.env(key, value),
            None => bash.env_remove(key),
        };
    }
    bash.env("PATH", format!("{}:{path}", program.display()))
        .env("XDG_CONFIG_HOME", folder.join("home"))
        .env_remove("EVROUTE_TENANT")
        .current_dir(folder)
        .args(["-euo", "pipefail", "-c", text])
        .stdin(Stdio::null());
    let output = bash.output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    assert!(output.status.success(), "{text}\n{printed}");
    printed
}

/// A folder for each of the three, and what one hands to the other.
struct Parties {
    operator: TempDir,
    tenant: TempDir,
    server: Option<Server>,
}

impl Parties {
    /// The address as it is here.
    fn here(&self, text: &str) -> String {
        let port = self.server.as_ref().map(|server| {
            let port = server.admin.rsplit(':').next();
            port.unwrap().to_owned()
        });
        text.replace(":8060", &format!(":{}", port.unwrap_or_default()))
            .replace("sip.example", "localhost")
    }
}

fn hand_over(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_owned();
        let is_meant = [".token", ".pem"]
            .iter()
            .any(|end| name.to_str().unwrap().ends_with(end));
        if is_meant {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

#[test]
fn what_the_page_says_lets_an_operator_and_a_tenant_in() {
    let mut parties = Parties {
        operator: tempfile::tempdir().unwrap(),
        tenant: tempfile::tempdir().unwrap(),
        server: None,
    };
    let mut of_server = Some(tempfile::tempdir().unwrap());
    let (mut printed, mut run_blocks) = (String::new(), 0);
    for (info, text) in blocks() {
        let text = parties.here(&text);
        match info.as_str() {
            "sh server" => {
                let folder = of_server.as_ref().unwrap().path();
                printed = run(&text, folder);
                hand_over(folder, parties.operator.path());
            }
            "toml" => {
                let (head, _) = CONFIG.split_once("[admin]").unwrap();
                let listening = text.replace("192.0.2.1:", "127.0.0.1:0");
                let tenant = TENANT.replace("demo", "acme");
                let config = format!("{head}{listening}{tenant}");
                let folder = of_server.take().unwrap();
                parties.server = Some(Server::start_in(folder, &config, &[]));
            }
            "sh operator" => {
                printed = run(&text, parties.operator.path());
                hand_over(parties.operator.path(), parties.tenant.path());
            }
            "sh tenant" => printed = run(&text, parties.tenant.path()),
            "text" => {
                for line in text.lines() {
                    assert!(printed.contains(line), "{line:?} is not in:\n{printed}");
                }
            }
            other => panic!("nobody runs a block {other:?}"),
        }
        run_blocks += 1;
    }
    assert_eq!(run_blocks, 12);
    let server = parties.server.unwrap();
    server.signal("TERM");
    assert_eq!(server.end().0.code(), Some(0));
}
