//! Certificates that sign themselves.

use std::path::Path;
use std::process::Command;

/// Makes `cert.pem` and `key.pem` in a folder, for this name: `DNS:localhost`, `IP:192.0.2.1`.
pub(crate) fn certificate(folder: &Path, name: &str) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/certificate");
    let made = Command::new(program)
        .arg(folder)
        .args(["test", name])
        .output();
    let made = made.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        made.status.success(),
        "{}; apt-get install openssl",
        String::from_utf8_lossy(&made.stderr)
    );
}
