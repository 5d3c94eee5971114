//! Components in a real registry, Debian's docker-registry.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::command::{command, evroute, write};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A registry on this machine, which keeps its blobs in a folder.
struct Registry {
    host: String,
    folder: TempDir,
    child: Child,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Registry {
    /// With more settings, in YAML.
    fn start(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free now, and taken by whoever is asked first.
        let host = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let storage = folder.path().join("storage");
        let text = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {host}\n{more}",
            storage.display()
        );
        let config = write(folder.path(), "registry.yml", text);
        let child = Command::new("docker-registry")
            .args(["serve", &config])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry is not installed: .ci/need registry");
        let mut registry = Self {
            host,
            folder,
            child,
        };
        registry.wait();
        registry
    }

    fn wait(&mut self) {
        while std::net::TcpStream::connect(&self.host).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "docker-registry ended: {ended:?}");
            std::thread::yield_now();
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

#[test]
fn what_was_pushed_is_pulled_by_digest_with_its_signature() {
    let registry = Registry::start("");
    let component = write(registry.path(), "a.wasm", COMPONENT);
    let signature = write(registry.path(), "a.sig", "signed");
    let reference = format!("{}/calls/guard:1.0", registry.host);
    let pushed = evroute(&["push", &reference, &component, "--signature", &signature]);
    assert_eq!(pushed.code, Some(0), "{pushed:?}");
    let by_digest = pushed.stdout.trim();
    assert!(by_digest.contains("/calls/guard@sha256:"), "{pushed:?}");
    // The same again is the same.
    let again = evroute(&["push", &reference, &component]);
    assert_eq!(again.stdout, pushed.stdout, "{again:?}");
    for from in [by_digest, &reference] {
        let to = registry.path().join("b.wasm");
        let sig = registry.path().join("b.sig");
        let (to_text, sig_text) = (to.to_str().unwrap(), sig.to_str().unwrap());
        let pulled = evroute(&["pull", from, to_text, "--signature", sig_text]);
        assert_eq!(pulled.code, Some(0), "{pulled:?}");
        assert_eq!(pulled.stdout.trim(), by_digest);
        assert_eq!(std::fs::read(&to).unwrap(), COMPONENT);
        assert_eq!(std::fs::read(&sig).unwrap(), b"signed");
        std::fs::remove_file(to).unwrap();
    }
    let other = format!(
        "{}@sha256:{}",
        reference.trim_end_matches(":1.0"),
        "0".repeat(64)
    );
    let missing = evroute(&["pull", &other, "/nowhere/c.wasm"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("no such thing"), "{missing:?}");
}

#[test]
fn other_bytes_than_the_digest_stands_for_are_not_written() {
    let registry = Registry::start("");
    let component = write(registry.path(), "a.wasm", COMPONENT);
    let reference = format!("{}/guard:1", registry.host);
    assert_eq!(evroute(&["push", &reference, &component]).code, Some(0));
    let mut changed = 0;
    change(&registry.path().join("storage"), &mut changed);
    assert_eq!(changed, 1);
    let to = registry.path().join("b.wasm");
    let pulled = evroute(&["pull", &reference, to.to_str().unwrap()]);
    assert_eq!(pulled.code, Some(1), "{pulled:?}");
    assert!(!to.exists());
}

/// Changes the blob that is the component, wherever the registry keeps it.
fn change(folder: &Path, changed: &mut u32) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            change(&path, changed);
        } else if std::fs::read(&path).unwrap() == COMPONENT {
            std::fs::write(&path, b"\0asm\x0d\0\x01\x01").unwrap();
            *changed += 1;
        }
    }
}

#[test]
fn a_registry_that_asks_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    // alice, secret; bcrypt, as the registry wants it.
    let line = "alice:$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n";
    let users = write(folder.path(), "users", line);
    let registry = Registry::start(&format!(
        "auth:\n  htpasswd:\n    realm: test\n    path: {users}\n"
    ));
    let component = write(registry.path(), "a.wasm", COMPONENT);
    let reference = format!("{}/guard:1", registry.host);
    let asked = command(&["push", &reference, &component])
        .env("DOCKER_CONFIG", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(asked.stderr).unwrap();
    assert!(
        said.contains("asks who you are; give --user and --password-file"),
        "{said}"
    );
    let wrong = write(folder.path(), "wrong", "guessed\n");
    let refused = evroute(&[
        "push",
        &reference,
        &component,
        "--user",
        "alice",
        "--password-file",
        &wrong,
    ]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("HTTP 401"), "{refused:?}");
    let right = write(folder.path(), "right", "U*U\n");
    let pushed = evroute(&[
        "push",
        &reference,
        &component,
        "--user",
        "alice",
        "--password-file",
        &right,
    ]);
    assert_eq!(pushed.code, Some(0), "{pushed:?}");
}

#[test]
fn what_is_no_component_or_no_reference_is_not_pushed() {
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path(), "a.txt", "text");
    let pushed = evroute(&["push", "localhost:1/guard", &text]);
    assert_eq!(pushed.code, Some(1));
    assert!(pushed.stderr.contains("it is no component"), "{pushed:?}");
    let component = write(folder.path(), "a.wasm", COMPONENT);
    let pushed = evroute(&["push", "guard", &component]);
    assert_eq!(pushed.code, Some(2));
    assert!(pushed.stderr.contains("write HOST/NAME:TAG"), "{pushed:?}");
    let nobody = evroute(&["push", "localhost:1/guard", &component]);
    assert_eq!(nobody.code, Some(1));
    assert!(
        nobody.stderr.contains("the registry cannot be asked"),
        "{nobody:?}"
    );
}
