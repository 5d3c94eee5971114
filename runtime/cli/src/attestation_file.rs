//! The file of what was shown of a component.

use std::path::Path;

use evroute_deploy::{Attestation, ComponentDigest};

/// Adds to the file what was just shown of this component; makes the file where there is none.
///
/// # Errors
/// A sentence: the file is about another component, or cannot be read or written.
pub(crate) fn add(
    path: &Path,
    component: &[u8],
    add: impl FnOnce(&mut Attestation),
) -> Result<(), String> {
    let digest = ComponentDigest::of(component);
    let shown = path.display();
    let mut attestation = match path.exists() {
        true => Attestation::read(&text(path)?, digest)
            .map_err(|error| format!("{shown}: {error}; or name another file"))?,
        false => Attestation::of(digest),
    };
    add(&mut attestation);
    std::fs::write(path, attestation.to_text())
        .map_err(|error| format!("{shown} cannot be written: {error}"))
}

/// What is in the file, byte for byte: that is what is signed.
///
/// # Errors
/// A sentence: it cannot be read.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path);
    text.map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
