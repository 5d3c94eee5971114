//! `evroute push`

use std::path::Path;

use clap::Args;

use super::registry_arguments::RegistryArguments;
use crate::exit::Exit;
use crate::output;
use crate::registry::Reference;

const EXAMPLES: &str = "Examples:
  evroute push registry.example/calls/guard:1.2 guard.wasm
  evroute push registry.example/calls/guard:1.2 guard.wasm --signature guard.wasm.sig
  evroute push localhost:5000/guard guard.wasm --user alice --password-file password

Prints where it is by digest; pull that to get these bytes and no others. Without --user, what
\"docker login\" has kept is used.";

/// Push a component to an OCI registry
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.pushed() {
            Ok(reference) => output::done(reference),
            Err(why) => output::wrong(why),
        }
    }

    fn pushed(&self) -> Result<Reference, String> {
        let component = read(&self.registry.component)?;
        if !component.starts_with(b"\0asm\x0d\0\x01\0") {
            let path = self.registry.component.display();
            return Err(format!(
                "{path}: it is no component; build it first (evroute build)"
            ));
        }
        let signature = self.registry.signature.as_deref().map(read).transpose()?;
        let mut client = self.registry.client()?;
        let pushed = client.push(&self.registry.reference, &component)?;
        if let Some(signature) = signature {
            client.push_signature(&pushed, &signature)?;
        }
        Ok(pushed)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: it cannot be read: {error}", path.display()))
}
