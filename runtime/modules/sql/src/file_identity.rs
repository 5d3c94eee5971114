//! Which file a name is, however it is spelled.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What SQLite puts beside a database: its log, the log's index, and a journal.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// How many links in a row are followed that lead nowhere yet.
const LINKS_MAX: usize = 8;

/// A file: by where it lies on its disk, when it is there; else by the folder that it would be in,
/// and its name.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Identity {
    File {
        device: u64,
        number: u64,
    },
    InFolder {
        device: u64,
        number: u64,
        name: OsString,
    },
    /// There is no such folder either.
    Path(PathBuf),
}

/// The files of one embedded database: two databases that have one in common are one, or destroy
/// each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DatabaseFiles(Vec<Identity>);

impl DatabaseFiles {
    /// Looks where the database of this name is and what SQLite puts beside it, whether they are
    /// there or not.
    #[must_use]
    pub(crate) fn of(path: &Path) -> Self {
        let path = resolved(path);
        let beside = BESIDE.iter().map(|suffix| {
            let mut beside = path.clone().into_os_string();
            beside.push(suffix);
            PathBuf::from(beside)
        });
        let all = std::iter::once(path.clone()).chain(beside);
        Self(all.map(|path| identity(&path)).collect())
    }

    /// Whether a file of one is a file of the other.
    #[must_use]
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().any(|file| other.0.contains(file))
    }
}

/// A name without links, as SQLite follows them before it chooses the names of the files beside.
fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        if let Ok(found) = fs::canonicalize(&path) {
            return found;
        }
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

fn identity(path: &Path) -> Identity {
    if let Ok(file) = fs::metadata(path) {
        return Identity::File {
            device: file.dev(),
            number: file.ino(),
        };
    }
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    };
    match (fs::metadata(folder), path.file_name()) {
        (Ok(folder), Some(name)) => Identity::InFolder {
            device: folder.dev(),
            number: folder.ino(),
            name: name.to_owned(),
        },
        // Its components are compared: "a//b" and "a/./b" are the same.
        _ => Identity::Path(path.components().collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn meet(a: &Path, b: &Path) -> bool {
        let (a, b) = (DatabaseFiles::of(a), DatabaseFiles::of(b));
        assert_eq!(a.meets(&b), b.meets(&a));
        a.meets(&b)
    }

    #[test]
    fn a_file_is_the_same_however_it_is_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        symlink(at("sub"), at("elsewhere")).unwrap();
        symlink("b.db", at("dangling.db")).unwrap();
        for is_there in [false, true] {
            for (a, b) in [
                ("a.db", "./a.db"),
                ("a.db", "sub/../a.db"),
                ("sub/a.db", "elsewhere/a.db"),
                ("sub//a.db", "sub/./a.db"),
                ("b.db", "dangling.db"),
                ("a.db", "a.db-wal"),
                ("a.db-journal", "a.db"),
                ("b.db-shm", "dangling.db"),
            ] {
                assert!(meet(&at(a), &at(b)), "{a} {b} {is_there}");
            }
            for (a, b) in [
                ("a.db", "b.db"),
                ("a.db", "sub/a.db"),
                ("a.db", "a.db-other"),
            ] {
                assert!(!meet(&at(a), &at(b)), "{a} {b} {is_there}");
            }
            for name in ["a.db", "b.db", "sub/a.db"] {
                fs::write(at(name), name).unwrap();
            }
        }
        fs::hard_link(at("a.db"), at("hard.db")).unwrap();
        assert!(meet(&at("a.db"), &at("hard.db")));
        assert!(meet(
            Path::new("/nowhere/a.db"),
            Path::new("/nowhere/./a.db")
        ));
        assert!(!meet(
            Path::new("/nowhere/a.db"),
            Path::new("/nowhere/b.db")
        ));
    }
}
