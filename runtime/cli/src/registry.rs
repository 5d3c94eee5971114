//! Components in OCI registries: pushed and pulled by digest, as other tools of WebAssembly do.

mod challenge;
mod client;
mod credentials;
mod manifest;
mod reference;

pub(crate) use client::Client;
pub(crate) use credentials::Credentials;
pub(crate) use reference::Reference;

use evroute_aot::WasmDigest;

/// A digest as registries write it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", WasmDigest::of(bytes))
}

/// The most of what a registry says that is printed.
const WORDS_CHARS_MAX: usize = 200;

/// What a registry says, as a part of one line.
fn words(text: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    text.chars().take(WORDS_CHARS_MAX).map(plain).collect()
}
