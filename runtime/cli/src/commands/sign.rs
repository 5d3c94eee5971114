//! `evroute sign`

use std::path::{Path, PathBuf};

use clap::Args;
use evroute_deploy::{Attestation, ComponentDigest, Signature, SignedComponent, SigningKey};

use crate::exit::Exit;
use crate::{attestation_file, output};

const EXAMPLES: &str = "Examples:
  evroute sign guard.wasm --key release.key --tenant demo
  evroute sign out/guard.wasm --key release.key --tenant demo --handler guard -o guard.sig
  evroute deploy guard.wasm --tenant demo --signature guard.wasm.sig
  evroute sign guard.wasm --key release.key --tenant demo --attestation guard.wasm.attestation

Signs that this component may be this handler of this tenant, and no other. Needs no server.";

/// Sign a component for a handler of a tenant
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The component
    #[arg(value_name = "FILE")]
    component: PathBuf,
    /// The private key, as evroute key new makes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// For which tenant
    #[arg(long, value_name = "NAME", env = "EVROUTE_TENANT")]
    tenant: String,
    /// For which handler [default: the file's name without .wasm]
    #[arg(long, value_name = "NAME")]
    handler: Option<String>,
    /// What was shown of the component, to be signed with it
    #[arg(long, value_name = "FILE")]
    attestation: Option<PathBuf>,
    /// Where the signature goes [default: FILE.sig]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.sign() {
            Ok(path) => output::done(path.display()),
            Err(why) => output::wrong(why),
        }
    }

    fn sign(&self) -> Result<PathBuf, String> {
        let unreadable = |path: &Path, error: std::io::Error| {
            format!("{} cannot be read: {error}", path.display())
        };
        let component =
            std::fs::read(&self.component).map_err(|error| unreadable(&self.component, error))?;
        let key =
            std::fs::read_to_string(&self.key).map_err(|error| unreadable(&self.key, error))?;
        let wrong = |error| format!("{}: {error}", self.key.display());
        let key = SigningKey::from_pem(&key).map_err(wrong)?;
        let named = self
            .handler
            .clone()
            .or_else(|| handler_name(&self.component));
        let handler = named.ok_or("name the handler with --handler")?;
        let digest = ComponentDigest::of(&component);
        let attestation = self
            .attestation
            .as_deref()
            .map(attestation_file::text)
            .transpose()?;
        let signed = SignedComponent {
            tenant: &self.tenant,
            handler: &handler,
            component: &component,
            digest,
            attestation: attestation.as_deref(),
        };
        let signature = match &attestation {
            None => Signature::sign(&key, &self.tenant, &handler, digest),
            Some(text) => {
                Attestation::read(text, digest).map_err(|error| format!("attestation: {error}"))?;
                Signature::sign_attested(&key, &signed)
            }
        };
        let signature = signature.map_err(wrong)?;
        let path = self.output.clone().unwrap_or_else(|| {
            let mut beside = self.component.clone().into_os_string();
            beside.push(".sig");
            beside.into()
        });
        let text = format!("{}\n", signature.to_text());
        std::fs::write(&path, text)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        Ok(path)
    }
}

/// A handler's name from that of its file.
pub(super) fn handler_name(component: &Path) -> Option<String> {
    Some(component.file_stem()?.to_str()?.to_owned())
}
