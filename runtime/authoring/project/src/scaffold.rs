//! A new project's folder.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use evroute_contract::{FUNCTIONS, PACKAGES};
use evroute_tenant::{HandlerId, NameError};

use crate::bindings::Bindings;
use crate::template::{self, Template};
use crate::world::World;
use crate::{BuildError, Language, Project, StartingEvent, clang, go};

/// Names that some language or WIT has taken: keywords, and headers and modules that the handler's
/// own would hide.
const TAKEN: [&str; 63] = [
    "alloc",
    "arena",
    "as",
    "async",
    "bindings",
    "bool",
    "borrow",
    "c",
    "char",
    "constructor",
    "core",
    "enum",
    "errno",
    "error",
    "evroute",
    "evroute-guest",
    "example",
    "export",
    "f32",
    "f64",
    "flags",
    "fn",
    "from",
    "func",
    "future",
    "go",
    "handler",
    "import",
    "include",
    "interface",
    "list",
    "main",
    "map",
    "math",
    "memory",
    "option",
    "own",
    "package",
    "platform",
    "proc-macro",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "self",
    "static",
    "std",
    "stdbool",
    "stdint",
    "stdlib",
    "stream",
    "string",
    "test",
    "tuple",
    "type",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

/// What to begin with.
#[derive(Clone, Debug)]
pub struct Scaffold {
    /// The folder to make. Its name is the handler's.
    pub folder: PathBuf,
    /// What the handler will be written in.
    pub language: Language,
    /// The event that it handles first.
    pub event: StartingEvent,
}

/// Why no project was begun. Nothing was written, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The folder's name cannot be a handler's.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A name that means something else to the tools.
    #[error(
        "\"{0}\" means something else to the tools that build handlers; choose another name, \"my-{0}\" for example"
    )]
    Taken(String),
    /// Something is there already.
    #[error("{} is there already, and nothing is written over it; choose another name", .0.display())]
    Exists(PathBuf),
    /// The bindings that editors want could not be made; all files of the project are there.
    #[error(transparent)]
    Bindings(#[from] BuildError),
    /// A file could not be written; what was written before it is there.
    #[error("{} cannot be written: {why}", .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

impl Scaffold {
    /// Writes the folder. Returns the files, below it, in their order.
    ///
    /// # Errors
    /// [`ScaffoldError`].
    pub fn write(&self) -> Result<Vec<PathBuf>, ScaffoldError> {
        let name = self.name()?;
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |why| ScaffoldError::Unwritable { path, why }
        };
        if let Some(above) = self.folder.parent() {
            fs::create_dir_all(above).map_err(unwritable(above))?;
        }
        fs::create_dir(&self.folder).map_err(|why| match why.kind() {
            ErrorKind::AlreadyExists => ScaffoldError::Exists(self.folder.clone()),
            _ => unwritable(&self.folder)(why),
        })?;
        let mut written = Vec::new();
        for (below, text) in self.files(&name) {
            let path = self.folder.join(&below);
            let folder = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder).map_err(unwritable(folder))?;
            fs::write(&path, text).map_err(unwritable(&path))?;
            written.push(below);
        }
        self.bind()?;
        Ok(written)
    }

    /// Makes the bindings where that takes no tool of the language, so that an editor finds them
    /// before the first build.
    fn bind(&self) -> Result<(), BuildError> {
        let root = &self.folder;
        match self.language {
            Language::C => Bindings::make_for_c(root).map(drop),
            Language::Cpp => Bindings::make(root, clang::cpp_generator()).map(drop),
            Language::Go => go::stage(root, &World::read(root)?).map(drop),
            Language::Rust
            | Language::Zig
            | Language::JavaScript
            | Language::TypeScript
            | Language::Python
            | Language::Kamailio => Ok(()),
        }
    }

    /// The handler's name: that of the folder.
    fn name(&self) -> Result<HandlerId, ScaffoldError> {
        let name = self.folder.file_name().unwrap_or_default();
        let name: HandlerId = name.to_string_lossy().parse()?;
        if TAKEN.contains(&name.as_str()) {
            return Err(ScaffoldError::Taken(name.to_string()));
        }
        Ok(name)
    }

    fn files(&self, name: &HandlerId) -> Vec<(PathBuf, String)> {
        let of_language = template::of(self.language);
        let words = self.words(name, of_language);
        let mut files = vec![
            (
                Project::FILE.to_owned(),
                filled(template::PROJECT_FILE, &words),
            ),
            ("server.toml".to_owned(), filled(template::SERVER, &words)),
            ("README.md".to_owned(), filled(template::README, &words)),
            (
                ".gitignore".to_owned(),
                format!("/build\n{}", of_language.ignored),
            ),
            (
                of_language.sources.to_owned(),
                filled((of_language.handler)(self.event), &words),
            ),
            (
                format!("cases/{name}.toml"),
                filled(template::case(self.event), &words),
            ),
        ];
        let more = of_language.files.iter();
        files.extend(more.map(|(path, text)| (filled(path, &words), filled(text, &words))));
        if let Some(world) = self.world() {
            files.push(("wit/world.wit".to_owned(), filled(world, &words)));
            let copied = PACKAGES.iter();
            files.extend(copied.map(|one| (format!("wit/deps/{}", one.path), one.text.to_owned())));
        }
        files
            .into_iter()
            .map(|(path, text)| (path.into(), text))
            .collect()
    }

    /// What `wit/world.wit` has; `None` where a project has no WIT.
    fn world(&self) -> Option<&'static str> {
        match self.language {
            Language::Kamailio => None,
            Language::Rust => Some(template::CONTRACT),
            Language::C
            | Language::Cpp
            | Language::Zig
            | Language::Go
            | Language::JavaScript
            | Language::TypeScript
            | Language::Python => Some(template::WORLD),
        }
    }

    /// What the README says of `wit`.
    fn contract(&self) -> &'static str {
        match self.language {
            Language::Kamailio => "",
            Language::Rust => {
                "- `wit`: the contract, every event and all that a handler may ask for; `evroute-guest`: the same in Rust.\n"
            }
            Language::C
            | Language::Cpp
            | Language::Zig
            | Language::Go
            | Language::JavaScript
            | Language::TypeScript
            | Language::Python => {
                "- `wit/world.wit`: what it handles (exports) and asks for (imports); `wit/deps`: what there is.\n"
            }
        }
    }

    /// What stands for what in templates. Earlier rows may hold later ones.
    fn words(&self, name: &HandlerId, of_language: &Template) -> Vec<(&'static str, String)> {
        let log = FUNCTIONS.iter().map(|function| function.interface);
        let mut log = log.filter(|interface| interface.starts_with("evroute:log/log@"));
        let log = log.next_back().unwrap_or_default();
        vec![
            ("{{contract}}\n", self.contract().to_owned()),
            ("{{notes}}", of_language.notes.to_owned()),
            (
                "{{sources}}",
                filled(of_language.sources, &[("{{name}}", name.to_string())]),
            ),
            ("{{does}}", self.event.does().to_owned()),
            ("{{try}}", self.event.attempt().to_owned()),
            ("{{event}}", self.event.as_str().to_owned()),
            ("{{language}}", self.language.to_string()),
            ("{{export}}", self.event.interface().to_owned()),
            ("{{log}}", log.to_owned()),
            ("{{name}}", name.to_string()),
            ("{{snake}}", name.as_str().replace('-', "_")),
        ]
    }
}

fn filled(template: &str, words: &[(&str, String)]) -> String {
    words
        .iter()
        .fold(template.to_owned(), |text, (word, meaning)| {
            text.replace(word, meaning)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaffold(folder: PathBuf, language: Language) -> Scaffold {
        Scaffold {
            folder,
            language,
            event: StartingEvent::LocalRequest,
        }
    }

    #[test]
    fn a_project_of_every_language_and_event_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            for (number, event) in StartingEvent::ALL.into_iter().enumerate() {
                let root = folder.path().join(format!("my-{language}-{number}"));
                let written = Scaffold {
                    folder: root.clone(),
                    language,
                    event,
                }
                .write()
                .unwrap();
                for file in &written {
                    let text = fs::read_to_string(root.join(file)).unwrap();
                    // Rust's macros have {{ of their own, with no word behind them.
                    let mut words = text.split("{{").skip(1);
                    let is_word = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
                    assert!(!words.any(is_word), "{}: {text}", file.display());
                }
                let project = Project::open(&root).unwrap();
                assert_eq!(project.language, language);
                assert!(project.cases.is_dir());
                let readme = fs::read_to_string(root.join("README.md")).unwrap();
                let lines = readme.lines().count();
                assert!((15..=25).contains(&lines), "{language}: {lines} lines");
            }
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("mine");
        fs::create_dir(&root).unwrap();
        let error = scaffold(root.clone(), Language::C).write().unwrap_err();
        assert!(matches!(error, ScaffoldError::Exists(_)), "{error}");
        assert_eq!(root.read_dir().unwrap().count(), 0);
    }

    #[test]
    fn names_that_the_tools_would_stumble_over_are_refused() {
        for name in ["My Guard", "a--b", "9lives", "..", "a.b"] {
            let error = scaffold(name.into(), Language::C).write().unwrap_err();
            assert!(matches!(error, ScaffoldError::Name(_)), "{name}: {error}");
        }
        for name in ["string", "core", "world"] {
            let error = scaffold(name.into(), Language::C).write().unwrap_err();
            assert!(matches!(error, ScaffoldError::Taken(_)), "{name}: {error}");
        }
    }
}
