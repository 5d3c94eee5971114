//! `evroute.toml`: what a folder says about the handler in it.

use std::io;
use std::path::{Path, PathBuf};

use evroute_kamailio::Given;
use evroute_tenant::{HandlerId, NameError};
use serde::Deserialize;
use toml::Spanned;

use crate::Language;

/// A folder with a handler: its sources, its cases, and where its component is built to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// The folder that holds `evroute.toml`.
    pub root: PathBuf,
    /// The handler's name.
    pub name: HandlerId,
    /// What it is written in.
    pub language: Language,
    /// The component that `evroute build` writes: below `root` unless the file says otherwise. It
    /// need not exist.
    pub component: PathBuf,
    /// The folder with the cases of what it has to do. It need not exist.
    pub cases: PathBuf,
    /// Kamailio's language: names that are defined and variables of the environment, as options of
    /// `evroute build`.
    pub given: Given,
}

/// Why a folder is no project. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no project file.
    #[error(
        "{} is not there, so this is no project of a handler; \"evroute new NAME --lang LANGUAGE\" makes one, and \
         --help says how to name another folder",
        .0.display()
    )]
    Absent(PathBuf),
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It is not what a project file is.
    #[error("{}{}: {why}", .path.display(), place(*.line))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: Option<usize>,
        /// What is wrong and what to write.
        why: String,
    },
}

fn place(line: Option<usize>) -> String {
    line.map(|line| format!(":{line}")).unwrap_or_default()
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProject {
    name: Spanned<String>,
    language: Language,
    component: Option<PathBuf>,
    cases: Option<PathBuf>,
    #[serde(default)]
    define: Vec<Spanned<String>>,
    #[serde(default)]
    env: Vec<Spanned<String>>,
}

impl Project {
    /// The name of the file that makes a folder a project.
    pub const FILE: &'static str = "evroute.toml";

    /// Reads the project file of a folder.
    ///
    /// # Errors
    /// [`ProjectError`] when there is none or something is wrong with it.
    pub fn open(root: &Path) -> Result<Self, ProjectError> {
        let path = root.join(Self::FILE);
        let text = std::fs::read_to_string(&path).map_err(|why| match why.kind() {
            io::ErrorKind::NotFound => ProjectError::Absent(path.clone()),
            _ => ProjectError::Unreadable {
                path: path.clone(),
                why,
            },
        })?;
        Self::parse(root, &text)
    }

    /// As [`Project::open`], for a text at hand.
    ///
    /// # Errors
    /// [`ProjectError::Wrong`].
    pub fn parse(root: &Path, text: &str) -> Result<Self, ProjectError> {
        let wrong = |start: Option<usize>, why: String| ProjectError::Wrong {
            path: root.join(Self::FILE),
            line: start.map(|start| 1 + text.bytes().take(start).filter(|b| *b == b'\n').count()),
            why,
        };
        let raw: RawProject = toml::from_str(text).map_err(|error| {
            let start = error.span().map(|span| span.start);
            wrong(start, error.message().replace('\n', ", "))
        })?;
        let name: Result<HandlerId, NameError> = raw.name.get_ref().parse();
        let name =
            name.map_err(|error| wrong(Some(raw.name.span().start), format!("name: {error}")))?;
        let given = given(&raw).map_err(|(start, why)| wrong(Some(start), why))?;
        let below = |path: Option<PathBuf>, default: &str| match path {
            Some(path) => root.join(path),
            None => root.join(default),
        };
        Ok(Self {
            root: root.to_owned(),
            component: below(raw.component, &format!("build/{name}.wasm")),
            cases: below(raw.cases, "cases"),
            name,
            language: raw.language,
            given,
        })
    }
}

/// What the blocks are told from outside. An error is where it stands and what is wrong.
fn given(raw: &RawProject) -> Result<Given, (usize, String)> {
    let first = raw.define.first().or(raw.env.first());
    if let (Some(first), true) = (first, raw.language != Language::Kamailio) {
        let why = "define and env are for language = \"kamailio\"; leave them out".to_owned();
        return Err((first.span().start, why));
    }
    let named = |text: &Spanned<String>, name: &str, key: &str| match name.is_empty() {
        true => Err((text.span().start, format!("{key}: write \"NAME=VALUE\""))),
        false => Ok(name.to_owned()),
    };
    let defines = raw.define.iter().map(|text| {
        let (name, value) = text
            .get_ref()
            .split_once('=')
            .unwrap_or((text.get_ref(), ""));
        Ok((named(text, name, "define")?, value.to_owned()))
    });
    // A component is the same on every machine, so that the value is written here.
    let environment = raw.env.iter().map(|text| {
        let (name, value) = text.get_ref().split_once('=').unwrap_or_default();
        Ok((named(text, name, "env")?, value.to_owned()))
    });
    Ok(Given {
        defines: defines.collect::<Result<_, _>>()?,
        environment: environment.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Project::parse(Path::new("p"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_the_file_does_not_say_has_a_default() {
        let project = Project::parse(Path::new("p"), "name = \"my-guard\"\nlanguage = \"c\"\n");
        let project = project.unwrap();
        assert_eq!(project.name.as_str(), "my-guard");
        assert_eq!(project.language, Language::C);
        assert_eq!(project.component, Path::new("p/build/my-guard.wasm"));
        assert_eq!(project.cases, Path::new("p/cases"));
        let text = "name = \"a\"\nlanguage = \"kamailio\"\ncomponent = \"x.wasm\"\ncases = \"t\"\n";
        let project = Project::parse(Path::new("p"), text).unwrap();
        assert_eq!(project.component, Path::new("p/x.wasm"));
        assert_eq!(project.cases, Path::new("p/t"));
    }

    #[test]
    fn what_blocks_are_told_from_outside_stands_in_the_file() {
        let text = "name = \"a\"\nlanguage = \"kamailio\"\ndefine = [\"WITH_X\", \"PORT=5=6\"]\nenv = [\"A=b\"]\n";
        let given = Project::parse(Path::new("p"), text).unwrap().given;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(given.defines, [pair("WITH_X", ""), pair("PORT", "5=6")]);
        assert_eq!(given.environment, [pair("A", "b")]);
        let begin = "name = \"a\"\nlanguage = \"kamailio\"\n";
        for (line, expected) in [
            (
                "define = [\"=x\"]",
                "p/evroute.toml:3: define: write \"NAME=VALUE\"",
            ),
            (
                "env = [\"HOME\"]",
                "p/evroute.toml:3: env: write \"NAME=VALUE\"",
            ),
        ] {
            assert_eq!(wrong(&format!("{begin}{line}\n")), expected);
        }
        let other = wrong("name = \"a\"\nlanguage = \"c\"\ndefine = [\"X\"]\n");
        assert!(
            other.ends_with("are for language = \"kamailio\"; leave them out"),
            "{other}"
        );
    }

    #[test]
    fn every_language_is_written_as_it_is_printed() {
        for language in Language::ALL {
            let text = format!("name = \"a\"\nlanguage = \"{language}\"\n");
            let project = Project::parse(Path::new("p"), &text).unwrap();
            assert_eq!(project.language, language);
            assert_eq!(Language::named(language.as_str()), Some(language));
        }
    }

    #[test]
    fn what_is_wrong_is_reported_with_its_line() {
        let unknown = wrong("name = \"a\"\nlanguage = \"c\"\ncolour = 1\n");
        assert!(
            unknown.starts_with("p/evroute.toml:3: unknown field `colour`"),
            "{unknown}"
        );
        let name = wrong("\nname = \"A b\"\nlanguage = \"c\"\n");
        assert!(
            name.starts_with("p/evroute.toml:2: name: \"A b\" is not a name"),
            "{name}"
        );
        let language = wrong("name = \"a\"\nlanguage = \"cobol\"\n");
        assert!(
            language.contains("evroute.toml:2: ") && language.contains("kamailio"),
            "{language}"
        );
        let missing = wrong("name = \"a\"\n");
        assert!(missing.contains("missing field `language`"), "{missing}");
    }

    #[test]
    fn a_folder_without_the_file_is_no_project() {
        let folder = tempfile::tempdir().unwrap();
        let error = Project::open(folder.path()).unwrap_err();
        assert!(matches!(error, ProjectError::Absent(_)), "{error}");
    }
}
