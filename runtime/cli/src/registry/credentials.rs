//! Who asks a registry.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A name and a password, or none: many registries give to everybody.
#[derive(Clone, Default)]
pub(crate) struct Credentials(Option<String>);

impl Credentials {
    /// Of a user whose password is in a file.
    pub(crate) fn of(user: &str, password_file: &Path) -> Result<Self, String> {
        let shown = password_file.display();
        let password = std::fs::read_to_string(password_file)
            .map_err(|error| format!("--password-file {shown} cannot be read: {error}"))?;
        let password = password.trim_end_matches(['\r', '\n']);
        Ok(Self(Some(STANDARD.encode(format!("{user}:{password}")))))
    }

    /// What `docker login` or `podman login` has kept for this registry in a file.
    pub(crate) fn kept(file: &Path, host: &str) -> Self {
        let kept = std::fs::read(file).ok();
        let kept: Option<Value> = kept.and_then(|text| serde_json::from_slice(&text).ok());
        let auth = kept
            .as_ref()
            .and_then(|kept| kept.get("auths")?.get(host)?.get("auth"));
        let auth = auth.and_then(Value::as_str).filter(|auth| !auth.is_empty());
        // It becomes a header.
        let is_plain = |auth: &&str| auth.bytes().all(|byte| byte.is_ascii_graphic());
        Self(auth.filter(is_plain).map(str::to_owned))
    }

    /// The header of HTTP's basic scheme.
    pub(crate) fn basic(&self) -> Option<String> {
        self.0.as_ref().map(|both| format!("Basic {both}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_has_kept_is_found_by_host() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        assert!(Credentials::kept(&file, "r.example").basic().is_none());
        let text = "{\"auths\": {\"r.example\": {\"auth\": \"YTpi\"}, \"s.example\": {}}}";
        std::fs::write(&file, text).unwrap();
        let basic = |host| Credentials::kept(&file, host).basic();
        assert_eq!(basic("r.example").as_deref(), Some("Basic YTpi"));
        assert!(basic("s.example").is_none() && basic("t.example").is_none());
        std::fs::write(&file, "b\n").unwrap();
        let given = Credentials::of("a", &file).unwrap();
        assert_eq!(given.basic().as_deref(), Some("Basic YTpi"));
    }
}
