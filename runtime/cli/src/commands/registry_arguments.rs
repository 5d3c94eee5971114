//! What `evroute push` and `evroute pull` are both told.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::registry::{Client, Credentials, Reference};

/// A component here and there, and who asks.
#[derive(Debug, Args)]
pub(super) struct RegistryArguments {
    /// Where it is in the registry: HOST/NAME:TAG, or HOST/NAME@sha256:DIGEST
    pub(super) reference: Reference,
    /// The file of the component
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) component: PathBuf,
    /// The file of its detached signature, which lies beside it in the registry
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) signature: Option<PathBuf>,
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

impl RegistryArguments {
    /// Whoever speaks to that registry.
    pub(super) fn client(&self) -> Result<Client, String> {
        Ok(Client::new(&self.reference, self.credentials()?))
    }

    fn credentials(&self) -> Result<Credentials, String> {
        if let (Some(user), Some(file)) = (&self.user, &self.password_file) {
            return Credentials::of(user, file);
        }
        let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker"));
        let host = &self.reference.host;
        let kept = folder.or_else(home);
        let kept = kept.map(|folder| Credentials::kept(&folder.join("config.json"), host));
        Ok(kept.unwrap_or_default())
    }
}
