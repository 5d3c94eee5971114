//! `evroute pull`

use std::path::Path;

use clap::Args;

use super::registry_arguments::RegistryArguments;
use crate::exit::Exit;
use crate::output;
use crate::registry::Reference;

const EXAMPLES: &str = "Examples:
  evroute pull registry.example/calls/guard@sha256:DIGEST guard.wasm
  evroute pull registry.example/calls/guard:1.2 guard.wasm --signature guard.wasm.sig

Prints where it is by digest. The bytes are those that the digest stands for, or nothing is written.";

/// Pull a component from an OCI registry
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.pulled() {
            Ok(reference) => output::done(reference),
            Err(why) => output::wrong(why),
        }
    }

    fn pulled(&self) -> Result<Reference, String> {
        let mut client = self.registry.client()?;
        let (reference, component) = client.pull(&self.registry.reference)?;
        if let Some(path) = &self.registry.signature {
            write(path, &client.pull_signature(&reference)?)?;
        }
        write(&self.registry.component, &component)?;
        Ok(reference)
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = evroute_atomic_file::replace(path, evroute_atomic_file::SHARED, bytes);
    written.map_err(|error| format!("{}: it cannot be written: {error}", path.display()))
}
