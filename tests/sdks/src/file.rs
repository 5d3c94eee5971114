//! The files that are printed, and where they belong.

use std::path::Path;

use crate::{Contract, c, go, rust, typescript, world, zig};

/// A committed file that is a function of the WIT.
#[derive(Debug)]
pub struct File {
    /// Below the repository's root.
    pub path: String,
    /// What it is to hold.
    pub text: String,
}

/// Why nothing can be printed: the WIT is at fault, or this crate is behind it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `wit/` cannot be read.
    #[error("wit/ cannot be read: {0}")]
    Wit(String),
    /// Something that no SDK knows yet.
    #[error("the SDKs do not know {0} yet; teach tests/sdks/src")]
    Unknown(String),
}

/// All of them.
///
/// # Errors
/// [`Error`].
pub fn files(repository: &Path) -> Result<Vec<File>, Error> {
    let contract = Contract::read(&repository.join("wit"))?;
    let readme = repository.join("wit/README.md");
    let readme = std::fs::read_to_string(readme).map_err(|why| Error::Wit(why.to_string()))?;
    let mut files = vec![
        File {
            path: "wit/world.wit".to_owned(),
            text: world::worlds(&contract),
        },
        File {
            path: "wit/README.md".to_owned(),
            text: world::page(&contract, &readme),
        },
        File {
            path: "guest-examples/rust/evroute-guest/src/events/rows.rs".to_owned(),
            text: rust::rows(&contract)?,
        },
        File {
            path: "guest-examples/c/sdk/evroute_wit.h".to_owned(),
            text: c::header(&contract)?,
        },
        File {
            path: "guest-examples/zig/sdk/evroute.zig".to_owned(),
            text: zig::module(&contract)?,
        },
        File {
            path: "guest-examples/javascript/sdk/wit.d.ts".to_owned(),
            text: typescript::declarations(&contract)?,
        },
    ];
    let refusals = go::refusals(&contract).into_iter();
    files.extend(refusals.map(|(path, text)| File { path, text }));
    Ok(files)
}
