//! Files that are there whole or not at all: written beside their place, then moved into it, so
//! that nobody ever reads half of one. What is durable is on the disk as well when a function
//! returns: the file by fsync(2), its name by fsync(2) of the folder (rename(2) of Linux promises
//! neither by itself).

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// For a file that nobody but its owner may read.
pub const PRIVATE: u32 = 0o600;
/// For one that others may read as far as the umask lets them.
pub const SHARED: u32 = 0o666;

/// Replaces a file, or makes it, with these permissions. After the machine has stopped without
/// warning there may be either; nobody who reads it meanwhile sees a part.
///
/// # Errors
/// What the system says; what was there is as it was, and nothing is left beside it.
pub fn replace(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let part = Part::beside(path)?;
    part.write(mode, bytes)?;
    fs::rename(&part.0, path)
}

/// The same, and it is on the disk when this returns. Blocks for as long as the disk takes.
///
/// # Errors
/// What the system says. Only when the folder itself cannot be forced to the disk, the new file may
/// be in its place.
pub fn replace_durably(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let part = Part::beside(path)?;
    part.write(mode, bytes)?.sync_all()?;
    fs::rename(&part.0, path)?;
    sync_folder_of(path)
}

/// Makes a file that is not there yet, on the disk when this returns: of several who try, one
/// succeeds.
///
/// # Errors
/// What the system says; [`ErrorKind::AlreadyExists`] where there is one, which stays as it was.
pub fn create_durably(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let part = Part::beside(path)?;
    part.write(mode, bytes)?.sync_all()?;
    // Unlike a rename, it replaces nothing.
    fs::hard_link(&part.0, path)?;
    sync_folder_of(path)
}

/// Puts the names in a folder on the disk: what was made, moved or removed there.
///
/// # Errors
/// What the system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new(".")))
}

/// Numbers what this process writes.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// What is not in its place yet. Goes away with this, unless it was moved.
struct Part(PathBuf);

impl Part {
    /// `.NAME.PROCESS-NUMBER.part`: whoever else writes the same file has another one, and what was
    /// left by a process that was killed is removed by the next of its number.
    fn beside(path: &Path) -> io::Result<Self> {
        let no_name = || io::Error::new(ErrorKind::InvalidInput, "it is no name of a file");
        let mut name = OsString::from(".");
        name.push(path.file_name().ok_or_else(no_name)?);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".{}-{number}.part", std::process::id()));
        let part = path.with_file_name(name);
        match fs::remove_file(&part) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(Self(part)),
        }
    }

    fn write(&self, mode: u32, bytes: &[u8]) -> io::Result<File> {
        let mut options = OpenOptions::new();
        // A link that somebody left there is not followed.
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&self.0)?;
        file.write_all(bytes)?;
        Ok(file)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It was moved, or takes room that the disk may not have.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_nothing_stays_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for write in [replace, replace_durably] {
            for bytes in [&b"longer"[..], b"short"] {
                write(&path, PRIVATE, bytes).unwrap();
                assert_eq!(fs::read(&path).unwrap(), bytes);
            }
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, PRIVATE);
            assert_eq!(names(folder.path()), ["a"]);
        }
    }

    #[test]
    fn many_who_write_the_same_file_leave_one_of_theirs_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("a");
        std::thread::scope(|scope| {
            for letter in b'a'..=b'h' {
                scope.spawn(move || {
                    for _ in 0..50 {
                        replace(path, SHARED, &[letter; 10_000]).unwrap();
                    }
                });
            }
        });
        let left = fs::read(path).unwrap();
        assert!(left.len() == 10_000 && left.iter().all(|letter| *letter == left[0]));
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_file_that_is_there_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        create_durably(&path, PRIVATE, b"first").unwrap();
        let again = create_durably(&path, PRIVATE, b"second").unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_cannot_be_put_in_its_place_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::create_dir_all(path.join("b")).unwrap();
        for write in [replace, replace_durably, create_durably] {
            write(&path, SHARED, b"x").unwrap_err();
            assert_eq!(names(folder.path()), ["a"]);
            write(&folder.path().join("nowhere/a"), SHARED, b"x").unwrap_err();
            write(Path::new("/"), SHARED, b"x").unwrap_err();
        }
        assert!(path.join("b").exists());
    }

    /// Whoever else may write in the folder does not choose what is written over.
    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("a"), folder.path().join("victim"));
        fs::write(&victim, "as it was").unwrap();
        let part = Part::beside(&path).unwrap();
        symlink(&victim, &part.0).unwrap();
        let error = part.write(SHARED, b"new").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        drop(part);
        symlink(&victim, &path).unwrap();
        replace(&path, SHARED, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"as it was");
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a", "victim"]);
    }
}
