//! Which examples there are, and where their components lie.

use std::path::{Path, PathBuf};

use crate::{Error, Suite};

/// The languages, by the names of their folders in `guest-examples/`.
pub const LANGUAGES: &[&str] = &[
    "rust",
    "c",
    "cpp",
    "zig",
    "javascript",
    "typescript",
    "python",
    "go",
];

/// The examples that every language has, and those of single languages that have cases too.
pub const EXAMPLES: &[&str] = &[
    "hello",
    "local-request",
    "mod-init",
    "call-guard",
    "htable-expired",
    "local-request-filter",
];

/// One example in one language.
#[derive(Debug)]
pub struct Example {
    /// The language's folder.
    pub language: &'static str,
    /// The example's folder.
    pub name: &'static str,
    /// What it has to do.
    pub suite: Suite,
}

impl Example {
    /// All examples of these languages, in the order of [`EXAMPLES`].
    ///
    /// # Errors
    /// When a case file cannot be read.
    pub fn all(languages: &[&'static str]) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        for language in languages {
            for name in EXAMPLES {
                let suite = Self::cases(name)?;
                if suite.is_for(language) {
                    found.push(Self {
                        language,
                        name,
                        suite,
                    });
                }
            }
        }
        Ok(found)
    }

    /// The cases of an example.
    ///
    /// # Errors
    /// When the file is not there or not what it should be.
    pub fn cases(name: &str) -> Result<Suite, Error> {
        let file = format!("tests/conformance/cases/{name}.toml");
        Ok(Suite::open(&repository().join(file))?)
    }

    /// Where `make guests` leaves the component.
    #[must_use]
    pub fn component(&self) -> PathBuf {
        let components = repository().join("guest-examples/target/components");
        let folder = match self.language {
            "rust" => components,
            other => components.join(other),
        };
        folder.join(self.name).with_extension("wasm")
    }
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
