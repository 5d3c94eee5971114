//! `evroute pull`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::push::User;
use crate::exit::Exit;
use crate::output;
use crate::registry::{Client, Reference};

const EXAMPLES: &str = "Examples:
  evroute pull registry.example/calls/guard@sha256:DIGEST guard.wasm
  evroute pull registry.example/calls/guard:1.2 guard.wasm --signature guard.wasm.sig

Prints where it is by digest. The bytes are those that the digest stands for, or nothing is written.";

/// Pull a component from an OCI registry
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where from: HOST/NAME@sha256:DIGEST or HOST/NAME:TAG
    reference: Reference,
    /// Where to write the component
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    component: PathBuf,
    /// Where to write its detached signature
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    signature: Option<PathBuf>,
    #[command(flatten)]
    user: User,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.pulled() {
            Ok(reference) => output::done(reference),
            Err(why) => output::wrong(why),
        }
    }

    fn pulled(&self) -> Result<Reference, String> {
        let credentials = self.user.credentials(&self.reference)?;
        let mut client = Client::new(&self.reference, credentials);
        let (reference, component) = client.pull(&self.reference)?;
        if let Some(path) = &self.signature {
            write(path, &client.pull_signature(&reference)?)?;
        }
        write(&self.component, &component)?;
        Ok(reference)
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| format!("{}: it cannot be written: {error}", path.display()))
}
