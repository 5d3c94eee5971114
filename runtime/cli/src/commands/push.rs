//! `evroute push`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::exit::Exit;
use crate::output;
use crate::registry::{Client, Credentials, Reference};

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
    /// Where to: HOST/NAME:TAG
    reference: Reference,
    /// The component
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    component: PathBuf,
    /// A file with its detached signature, pushed beside it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    signature: Option<PathBuf>,
    #[command(flatten)]
    user: User,
}

/// Who asks.
#[derive(Debug, Args)]
pub(super) struct User {
    /// Who you are at the registry
    #[arg(
        long,
        value_name = "NAME",
        requires = "password_file",
        env = "EVROUTE_REGISTRY_USER"
    )]
    user: Option<String>,
    /// A file that holds the password or token
    #[arg(long, value_name = "FILE", env = "EVROUTE_REGISTRY_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

impl User {
    pub(super) fn credentials(&self, reference: &Reference) -> Result<Credentials, String> {
        if let (Some(user), Some(file)) = (&self.user, &self.password_file) {
            return Credentials::of(user, file);
        }
        let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker"));
        let kept = folder.or_else(home);
        let kept =
            kept.map(|folder| Credentials::kept(&folder.join("config.json"), &reference.host));
        Ok(kept.unwrap_or_default())
    }
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.pushed() {
            Ok(reference) => output::done(reference),
            Err(why) => output::wrong(why),
        }
    }

    fn pushed(&self) -> Result<Reference, String> {
        let component = read(&self.component)?;
        if !component.starts_with(b"\0asm\x0d\0\x01\0") {
            let path = self.component.display();
            return Err(format!(
                "{path}: it is no component; build it first (evroute build)"
            ));
        }
        let signature = self.signature.as_deref().map(read).transpose()?;
        let credentials = self.user.credentials(&self.reference)?;
        let mut client = Client::new(&self.reference, credentials);
        let pushed = client.push(&self.reference, &component)?;
        if let Some(signature) = signature {
            client.push_signature(&pushed, &signature)?;
        }
        Ok(pushed)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: it cannot be read: {error}", path.display()))
}
