//! Which examples there are, and where their components lie.

use std::path::{Path, PathBuf};

use crate::{Error, Suite};

/// Kamailio's own language: its examples are compiled when they are read, since that needs nothing
/// but this project.
const KAMAILIO: &str = "kamailio";

/// The languages, by the names of their folders in `guest-examples/`.
pub const LANGUAGES: &[&str] = &[
    KAMAILIO,
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
    "http-status",
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
                let mut suite = Self::cases(name)?;
                if suite.is_for(language) {
                    if *language == KAMAILIO {
                        // What it reads it reads as pseudo-variables.
                        suite = suite.adapted(KAMAILIO, &["log", "pv"]);
                    }
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

    /// The component, as `make guests` has left it.
    ///
    /// # Errors
    /// When it is not there; the sentence says how to make it.
    pub fn component(&self) -> Result<Vec<u8>, Error> {
        let Self { language, name, .. } = self;
        let examples = repository().join("guest-examples");
        if *language == KAMAILIO {
            return compiled(&examples.join(language).join(name).join("routes.cfg"));
        }
        let mut path = examples.join("target/components");
        if *language != "rust" {
            path.push(language);
        }
        path.push(format!("{name}.wasm"));
        let missing =
            |error| format!("{}: {error}; make guests LANGS={language}", path.display()).into();
        std::fs::read(&path).map_err(missing)
    }
}

/// The blocks of a configuration.
fn compiled(path: &Path) -> Result<Vec<u8>, Error> {
    let text = std::fs::read_to_string(path)?;
    let compiled = evroute_kamailio::compile(&evroute_kamailio::Source::alone(
        &path.display().to_string(),
        &text,
    ))?;
    Ok(compiled.component)
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
