//! Kamailio's own language: the `event_route` blocks of `routes.cfg`.

use std::fs;
use std::path::Path;

use evroute_kamailio::{Error, Given, Source, compile};

use crate::BuildError;

/// Compiles the blocks; with what of the file is not compiled, and why.
pub(crate) fn component(root: &Path, given: &Given) -> Result<(Vec<u8>, Vec<String>), BuildError> {
    let file = root.join("routes.cfg");
    let bytes = fs::read(&file).map_err(BuildError::reading(&file))?;
    let compiled = compile(&Source {
        name: &file.display().to_string(),
        text: &String::from_utf8_lossy(&bytes),
        includes: &included,
        given,
        events: &[],
    });
    match compiled {
        Ok(compiled) => Ok((compiled.component, compiled.skipped)),
        Err(Error::Diagnostics(faults)) => Err(BuildError::Unfit(faults.with_lines())),
        Err(error @ Error::Internal(_)) => Err(BuildError::Fault(error.to_string())),
    }
}

/// Reads a file that a configuration includes, by the name written there and the name of the file
/// that it is written in. As Kamailio does it looks from the folder where it was started and then
/// beside the file that names it. Answers nothing when there is no such file.
///
/// # Errors
/// What the system says, and two files of that name, since Kamailio may be started elsewhere.
pub fn included(name: &str, from: &str) -> Result<Option<(String, String)>, String> {
    let here = Path::new(name);
    let beside = Path::new(from).parent().unwrap_or(Path::new("")).join(name);
    let path = match (here.exists(), beside.exists()) {
        (true, true) if !is_same(here, &beside) => {
            return Err(format!(
                "there are {} and {}, and which one is meant depends on where Kamailio is started; write \
                 the whole path",
                here.display(),
                beside.display()
            ));
        }
        (_, true) => beside.as_path(),
        (true, false) => here,
        (false, false) => return Ok(None),
    };
    match fs::read(path) {
        Ok(bytes) => Ok(Some((
            path.display().to_string(),
            String::from_utf8_lossy(&bytes).into_owned(),
        ))),
        Err(error) => Err(error.to_string()),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
