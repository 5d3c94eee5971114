//! The one place where the command meets the sandbox.

use std::path::Path;

use evroute_server::{ComponentReport, check_component_header};

/// Looks a component over.
pub(crate) fn check_component(path: &Path) -> Result<ComponentReport, String> {
    check_component_header(path)?;
    Ok(ComponentReport::default())
}
