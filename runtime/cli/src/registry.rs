//! Components in OCI registries: pushed and pulled by digest, as other tools of WebAssembly do.

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
