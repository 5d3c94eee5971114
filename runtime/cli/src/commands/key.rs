//! `evroute key`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use evroute_deploy::{KeyKind, SigningKey};

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute key new release.key
  evroute key new release.key --kind p256

Writes the private key to release.key, which only you can read, and the public one to release.key.pub. The line that is printed goes \
into keys of [tenant.deploy]. A key of cosign is used as it is: cosign.pub into keys, and cosign sign-blob --key to sign.";

/// Make a pair of keys to sign components with
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a new pair
    New {
        /// Where the private key goes; the public one beside it, with .pub
        file: PathBuf,
        /// Which kind
        #[arg(long, value_enum, default_value_t = Kind::Ed25519)]
        kind: Kind,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Ed25519
    Ed25519,
    /// ECDSA on P-256, as cosign has it
    P256,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let What::New { file, kind } = &self.what;
        let kind = match kind {
            Kind::Ed25519 => KeyKind::Ed25519,
            Kind::P256 => KeyKind::EcdsaP256,
        };
        let made = SigningKey::generate(kind);
        let made = made.and_then(|key| key.verifying_key().map(|public| (key, public)));
        let (key, public) = match made {
            Ok(made) => made,
            Err(error) => return output::our_fault(error),
        };
        let mut beside = file.clone().into_os_string();
        beside.push(".pub");
        let written = write(file, &key.to_pem(), 0o600)
            .and_then(|()| write(Path::new(&beside), &public.to_pem(), 0o644));
        match written {
            Ok(()) => output::done(public.to_base64()),
            Err(why) => output::wrong(why),
        }
    }
}

/// Writes a file that is not there yet: a key that is overwritten is lost.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), String> {
    let written = evroute_atomic_file::create_durably(path, mode, text.as_bytes());
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
