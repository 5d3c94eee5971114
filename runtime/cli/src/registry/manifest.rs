//! What a registry keeps of a component beside its bytes.

use serde_json::{Value, json};

use super::digest;
use super::reference::is_digest;

/// A manifest of OCI.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The configuration of a WebAssembly component, by the CNCF's guidance.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// A component.
pub(crate) const COMPONENT: &str = "application/wasm";
/// A detached signature that `evroute sign` or cosign wrote.
pub(crate) const SIGNATURE: &str = "application/vnd.evroute.signature.v1";
/// Equal components have equal manifests: no time of ours is in them.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// A manifest and the configuration that it names, ready to be pushed.
pub(crate) struct Manifest {
    pub(crate) config: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// What a manifest says of one blob.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layer {
    pub(crate) digest: String,
    pub(crate) size: u64,
}

impl Manifest {
    /// Of one blob of this kind.
    pub(crate) fn of(media_type: &str, blob: &[u8]) -> Self {
        let config = json!({
            "created": CREATED,
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [digest(blob)],
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described(CONFIG, &config),
            "layers": [described(media_type, blob)],
        });
        Self {
            config,
            bytes: manifest.to_string().into_bytes(),
        }
    }
}

fn described(media_type: &str, blob: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(blob), "size": blob.len() })
}

/// The one blob of this kind that a manifest names. The error is the rest of a sentence.
pub(crate) fn layer(manifest: &[u8], media_type: &str) -> Result<Layer, String> {
    let broken = |_| "its manifest is no JSON".to_owned();
    let manifest: Value = serde_json::from_slice(manifest).map_err(broken)?;
    let layers = manifest.get("layers").and_then(Value::as_array);
    let fits = |layer: &&Value| layer.get("mediaType").and_then(Value::as_str) == Some(media_type);
    let mut layers = layers.into_iter().flatten().filter(fits);
    let (Some(layer), None) = (layers.next(), layers.next()) else {
        return Err(format!("its manifest does not name one {media_type}"));
    };
    let digest = layer
        .get("digest")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let size = layer.get("size").and_then(Value::as_u64);
    match size {
        Some(size) if is_digest(digest) => Ok(Layer {
            digest: digest.to_owned(),
            size,
        }),
        _ => Err("its manifest names a blob without SHA-256 or size".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_the_component_and_is_the_same_each_time() {
        let one = Manifest::of(COMPONENT, b"component");
        assert_eq!(one.bytes, Manifest::of(COMPONENT, b"component").bytes);
        let found = layer(&one.bytes, COMPONENT).unwrap();
        assert_eq!((found.digest, found.size), (digest(b"component"), 9));
        assert!(layer(&one.bytes, SIGNATURE).is_err());
    }

    #[test]
    fn a_manifest_of_something_else_is_refused() {
        for text in [
            "",
            "[]",
            "{\"layers\": 1}",
            "{\"layers\": [{\"mediaType\": \"application/wasm\"}]}",
            "{\"layers\": [{\"mediaType\": \"application/wasm\", \"digest\": \"sha256:1\", \"size\": 1}]}",
        ] {
            assert!(layer(text.as_bytes(), COMPONENT).is_err(), "{text}");
        }
    }
}
