//! The files that are printed, and where they belong.

use std::path::Path;

use crate::{Contract, c, go, typescript, zig};

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
    let mut files = vec![
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
