//! Kamailio's own language: the `event_route` blocks of `routes.cfg`.

use std::fs;
use std::path::Path;

use evroute_kamailio::{Error, Source, compile};

use crate::BuildError;

/// Compiles the blocks.
pub(crate) fn component(root: &Path) -> Result<Vec<u8>, BuildError> {
    let file = root.join("routes.cfg");
    let octets = fs::read(&file).map_err(BuildError::reading(&file))?;
    let compiled = compile(&Source {
        name: &file.display().to_string(),
        text: &String::from_utf8_lossy(&octets),
        includes: &included,
        events: &[],
    });
    match compiled {
        Ok(compiled) => Ok(compiled.component),
        Err(Error::Faults(faults)) => Err(BuildError::Unfit(faults.to_string())),
        Err(error @ Error::Internal(_)) => Err(BuildError::Fault(error.to_string())),
    }
}

/// Reads a file that a configuration includes: it lies beside the one that names it, unless its name says otherwise.
///
/// # Errors
/// What the system says.
pub fn included(name: &str, from: &str) -> Result<(String, String), String> {
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(octets) => Ok((
            path.display().to_string(),
            String::from_utf8_lossy(&octets).into_owned(),
        )),
        Err(error) => Err(error.to_string()),
    }
}
