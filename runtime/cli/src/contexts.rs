//! The servers that this user is logged in at.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Nobody but the user reads tokens.
const FOLDER_MODE: u32 = 0o700;
const OTHERS: u32 = 0o077;

/// The file within the folder of the user's configuration.
const FILE: &str = "evroute/contexts.toml";

/// What `evroute login` has written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    /// The name of the one that is used where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    #[serde(default, rename = "context")]
    pub(crate) all: Vec<Context>,
}

/// One server, and as whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    pub(crate) name: String,
    pub(crate) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    pub(crate) token: String,
    /// Who signed the server's certificate, where the system does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    /// The token may travel without TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) insecure: bool,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.name)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Where contexts are kept: below `$XDG_CONFIG_HOME`, else `~/.config`.
pub(crate) fn file() -> Result<PathBuf, String> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let config = folder("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| Some(Path::new(&folder("HOME")?).join(".config")));
    let config = config.ok_or("neither XDG_CONFIG_HOME nor HOME says where contexts are kept")?;
    Ok(config.join(FILE))
}

impl Contexts {
    /// Reads them; no file is no contexts. One that others can read is refused.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let found = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("{shown} cannot be read: {error}")),
            Ok(found) => found,
        };
        if found.mode() & OTHERS != 0 {
            return Err(format!(
                "{shown} holds tokens and others can read it; chmod 600 {shown}, and revoke the tokens if \
                 somebody may have"
            ));
        }
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| format!("{shown} cannot be read: {error}"))?;
        // What a parser says quotes the line, which may be a token.
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                let before = text.get(..span.start).unwrap_or_default();
                before.matches('\n').count() + 1
            });
            format!(
                "{shown}:{line}: {}; correct it, or remove the file and log in again",
                error.message()
            )
        })
    }

    /// Writes them: all, or what was there before.
    pub(crate) fn save(&self, path: &Path) -> Result<(), String> {
        let failed = |error: io::Error| format!("{} cannot be written: {error}", path.display());
        let text = toml::to_string(self).map_err(|error| error.to_string())?;
        if let Some(folder) = path.parent() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(FOLDER_MODE);
            builder.create(folder).map_err(failed)?;
        }
        evroute_atomic_file::replace_durably(path, evroute_atomic_file::PRIVATE, text.as_bytes())
            .map_err(failed)
    }

    /// The one of this name.
    pub(crate) fn named(&self, name: &str) -> Result<&Context, String> {
        let mut all = self.all.iter();
        all.find(|context| context.name == name).ok_or_else(|| {
            let names: Vec<_> = self
                .all
                .iter()
                .map(|context| context.name.as_str())
                .collect();
            let there_are = match names.as_slice() {
                [] => "there are none; evroute login makes one".to_owned(),
                names => format!("there is {}", names.join(", ")),
            };
            format!("there is no context {name:?}; {there_are}")
        })
    }

    /// The one that is used where none is named.
    pub(crate) fn current(&self) -> Result<Option<&Context>, String> {
        self.current
            .as_deref()
            .map(|name| self.named(name))
            .transpose()
    }

    /// Adds one, or replaces the one of its name, and uses it from now on.
    pub(crate) fn put(&mut self, context: Context) {
        self.all.retain(|other| other.name != context.name);
        self.current = Some(context.name.clone());
        self.all.push(context);
    }

    /// Removes one.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), String> {
        self.named(name)?;
        self.all.retain(|other| other.name != name);
        self.current = self.current.take().filter(|current| current != name);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn context(name: &str) -> Context {
        Context {
            name: name.to_owned(),
            url: "https://sip.example:8060".to_owned(),
            tenant: Some("acme".to_owned()),
            token: "evr_secret".to_owned(),
            ca: None,
            insecure: false,
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_is_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/contexts.toml");
        assert!(Contexts::load(&path).unwrap().all.is_empty());
        let mut contexts = Contexts::default();
        contexts.put(context("one"));
        contexts.put(context("two"));
        contexts.save(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let read = Contexts::load(&path).unwrap();
        assert_eq!(read.all, contexts.all);
        assert_eq!(read.current().unwrap().unwrap().name, "two");
        contexts.remove("two").unwrap();
        contexts.save(&path).unwrap();
        let read = Contexts::load(&path).unwrap();
        assert!(read.current().unwrap().is_none());
        assert_eq!(read.all, [context("one")]);
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contexts.toml");
        for mode in [0o604, 0o640, 0o660, 0o602] {
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Contexts::load(&path).unwrap_err();
            assert!(
                refused.contains("others can read it; chmod 600"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_mistake_is_named_without_the_token_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contexts.toml");
        let text = "[[context]]\nname = \"a\"\nurl = \"b\"\ntoken = \"evr_secret\" oops\n";
        let mode = evroute_atomic_file::PRIVATE;
        evroute_atomic_file::replace(&path, mode, text.as_bytes()).unwrap();
        let refused = Contexts::load(&path).unwrap_err();
        assert!(refused.contains("contexts.toml:4: "), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
        assert!(!format!("{:?}", context("a")).contains("secret"));
    }

    #[test]
    fn an_unknown_name_is_told_those_there_are() {
        let mut contexts = Contexts::default();
        let none = contexts.named("x").unwrap_err();
        assert_eq!(
            none,
            "there is no context \"x\"; there are none; evroute login makes one"
        );
        contexts.put(context("one"));
        let other = contexts.named("x").unwrap_err();
        assert_eq!(other, "there is no context \"x\"; there is one");
    }
}
