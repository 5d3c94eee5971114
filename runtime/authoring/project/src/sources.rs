//! What in a project's folder a build depends on, looked at rather than watched.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Language, Project};

/// Folders that tools write, or that are not sources.
const LEFT_OUT: [&str; 5] = ["build", "target", "node_modules", "__pycache__", "zig-out"];

/// The most files that are looked at, and how deep folders may lie: what has more is no handler's
/// project.
const FILES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 16;

/// The state of a project's files at one moment: time stamp and length of each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sources {
    files: BTreeMap<PathBuf, (Option<SystemTime>, u64)>,
}

/// What became of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// Its path.
    pub path: PathBuf,
    /// When that was; none where it is gone.
    pub at: Option<SystemTime>,
    /// What it means.
    pub part: Part,
}

/// What a file is to the project.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The component is made of it.
    Source,
    /// A case of what the handler has to do.
    Case,
    /// `evroute.toml`, or a configuration of the server beside it: read once.
    Settings,
}

impl Sources {
    /// Looks at a project. What cannot be read is not there.
    #[must_use]
    pub fn look(project: &Project) -> Self {
        let mut sources = Self::default();
        sources.walk(&project.root, project, 0);
        sources
    }

    /// The files that are not as they were.
    #[must_use]
    pub fn changed_since(&self, before: &Self, project: &Project) -> Vec<Changed> {
        let new = self
            .files
            .iter()
            .filter(|(path, state)| before.files.get(*path) != Some(*state));
        let new = new.map(|(path, (at, _))| (path, *at));
        let gone = before
            .files
            .keys()
            .filter(|path| !self.files.contains_key(*path));
        let all = new.chain(gone.map(|path| (path, None)));
        all.map(|(path, at)| Changed {
            path: path.clone(),
            at,
            part: part(path, project),
        })
        .collect()
    }

    /// Whether the component was written after every file that it is made of, so that building it
    /// again would change nothing. Cases do not count. Rust's projects are never known to be: what
    /// they depend on may be elsewhere, and cargo is quick to see it.
    #[must_use]
    pub fn are_built(&self, project: &Project) -> bool {
        let built = project.component.metadata().ok();
        let Some(built) = built.and_then(|found| changed(&found)) else {
            return false;
        };
        let sources = self
            .files
            .iter()
            .filter(|(path, _)| part(path, project) != Part::Case);
        let is_older = |at: Option<SystemTime>| at.is_some_and(|at| at < built);
        project.language != Language::Rust && sources.into_iter().all(|(_, (at, _))| is_older(*at))
    }

    fn walk(&mut self, folder: &Path, project: &Project, depth: usize) {
        let Ok(entries) = folder.read_dir() else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            if self.files.len() >= FILES_MAX
                || is_ignored(&entry.file_name())
                || path == project.component
            {
                continue;
            }
            let Ok(found) = path.metadata() else {
                continue;
            };
            if found.is_dir() {
                if depth < DEPTH_MAX {
                    self.walk(&path, project, depth + 1);
                }
            } else {
                self.files.insert(path, (changed(&found), found.len()));
            }
        }
    }
}

/// When a file became what it is: an older one that is moved here keeps the time it was written at.
fn changed(found: &Metadata) -> Option<SystemTime> {
    let seconds = u64::try_from(found.ctime()).ok()?;
    let nanoseconds = u32::try_from(found.ctime_nsec()).ok()?;
    UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
}

/// Hidden files, what editors keep beside a file, what tools write.
fn is_ignored(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_lock = name == "Cargo.lock" || name == "package-lock.json" || name == "go.sum";
    let is_of_editor =
        name.ends_with('~') || name.ends_with(".swp") || name == "4913" || name.starts_with('#');
    name.starts_with('.') || is_of_editor || is_lock || LEFT_OUT.contains(&&*name)
}

fn part(path: &Path, project: &Project) -> Part {
    if path.starts_with(&project.cases) {
        return Part::Case;
    }
    let is_at_root = path.parent() == Some(&project.root);
    let name = path.file_name().unwrap_or_default();
    // Tools of languages have files of this kind too, and those are sources.
    let is_tools = ["Cargo.toml", "pyproject.toml"]
        .iter()
        .any(|one| name == *one);
    if is_at_root && !is_tools && path.extension().is_some_and(|end| end == "toml") {
        return Part::Settings;
    }
    Part::Source
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn project(root: &Path) -> Project {
        Project::parse(root, "name = \"a\"\nlanguage = \"c\"\n").unwrap()
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn what_authors_write_is_seen_and_what_tools_write_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (root, project) = (folder.path(), project(folder.path()));
        write(root, "src/handler.c", "a");
        write(root, "gone.c", "a");
        let before = Sources::look(&project);
        assert_eq!(Sources::look(&project).changed_since(&before, &project), []);

        for path in [
            "build/a.wasm",
            "target/x",
            "Cargo.lock",
            ".git/x",
            "src/.handler.c.swp",
            "src/handler.c~",
        ] {
            write(root, path, "new");
        }
        assert_eq!(Sources::look(&project).changed_since(&before, &project), []);

        write(root, "src/handler.c", "longer");
        write(root, "cases/a.toml", "");
        write(root, "server.toml", "");
        write(root, "Cargo.toml", "");
        fs::remove_file(root.join("gone.c")).unwrap();
        let changed = Sources::look(&project).changed_since(&before, &project);
        let mut found: Vec<_> = changed
            .iter()
            .map(|one| {
                (
                    one.path.strip_prefix(root).unwrap().to_str().unwrap(),
                    one.part,
                    one.at.is_some(),
                )
            })
            .collect();
        found.sort_by_key(|(path, _, _)| *path);
        assert_eq!(
            found,
            [
                ("Cargo.toml", Part::Source, true),
                ("cases/a.toml", Part::Case, true),
                ("gone.c", Part::Source, false),
                ("server.toml", Part::Settings, true),
                ("src/handler.c", Part::Source, true),
            ]
        );
    }

    #[test]
    fn a_component_that_is_younger_than_its_sources_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let (root, project) = (folder.path(), project(folder.path()));
        let is_built = |project: &Project| Sources::look(project).are_built(project);
        // The clock of time stamps goes by leaps of some milliseconds: written until it is another
        // one.
        let write_later = |path: &str| {
            let stamp = || changed(&root.join(path).metadata().ok()?);
            write(root, path, "");
            let first = stamp();
            while stamp() == first {
                write(root, path, "");
            }
        };
        write(root, "src/handler.c", "a");
        assert!(!is_built(&project), "there is no component");
        write_later("build/a.wasm");
        assert!(is_built(&project));
        write_later("cases/a.toml");
        assert!(is_built(&project), "a case changes no component");
        let rust = Project {
            language: Language::Rust,
            ..project.clone()
        };
        assert!(!is_built(&rust));
        write_later("src/handler.c");
        assert!(!is_built(&project));
    }
}
