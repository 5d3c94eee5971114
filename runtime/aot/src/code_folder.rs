//! The folder that compiled code lies in: whose it is, and how much there is.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::CodeCacheError;

/// The user who could put anything anywhere.
const ROOT: u32 = 0;

/// Makes the folder where it is missing, open to this user only.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Looks at the folder itself, where a link is none, and at the one above, whose owner could put
/// another in its place. What is further above is the operator's.
pub(crate) fn check_private(folder: &Path) -> Result<(), CodeCacheError> {
    let unusable = |why| CodeCacheError::Unusable {
        folder: folder.to_owned(),
        why,
    };
    let found = fs::symlink_metadata(folder).map_err(unusable)?;
    let above = fs::metadata(folder.parent().unwrap_or(folder)).map_err(unusable)?;
    let user = rustix::process::geteuid().as_raw();
    let why = if !found.is_dir() {
        "it is no folder"
    } else if found.uid() != user {
        "it belongs to another user"
    } else if found.mode() & 0o077 != 0 {
        "it is open to other users"
    } else if ![user, ROOT].contains(&above.uid()) {
        "the folder above belongs to another user"
    } else if above.mode() & 0o1002 == 0o002 {
        "the folder above can be changed by everybody"
    } else {
        return Ok(());
    };
    Err(CodeCacheError::NotPrivate {
        folder: folder.to_owned(),
        why,
    })
}

/// A file of the folder, and when it was used.
struct Kept {
    used: Option<SystemTime>,
    bytes: u64,
    path: PathBuf,
}

/// Removes what was not used for longest until the rest is within both limits. The answer is how
/// many bytes are left.
pub(crate) fn shrink(folder: &Path, bytes_max: u64, files_max: usize) -> io::Result<u64> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Another process may clean up at the same time: what is gone is no error.
        let Some(metadata) = gone(fs::symlink_metadata(&path))? else {
            continue;
        };
        if !metadata.is_dir() {
            found.push(Kept {
                used: metadata.modified().ok(),
                bytes: metadata.len(),
                path,
            });
        }
    }
    found.sort_by_key(|kept| std::cmp::Reverse(kept.used));
    let (mut left, mut files) = (0_u64, 0_usize);
    for kept in found {
        let with = left.saturating_add(kept.bytes);
        if with <= bytes_max && files < files_max {
            left = with;
            files += 1;
        } else {
            gone(fs::remove_file(kept.path))?;
        }
    }
    Ok(left)
}

/// None for what is not there.
pub(crate) fn gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_when_there_is_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: u64, second: u64| {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_len(bytes).unwrap();
            let used = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            file.set_modified(used).unwrap();
        };
        write("old", 40, 1);
        write("used", 41, 9);
        write("new", 40, 5);
        let left = || {
            let mut names: Vec<_> = fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        assert_eq!(shrink(folder.path(), 121, 4).unwrap(), 121);
        assert_eq!(left().len(), 3);
        assert_eq!(shrink(folder.path(), 120, 4).unwrap(), 81);
        assert_eq!(left(), ["new", "used"]);
        assert_eq!(shrink(folder.path(), 120, 1).unwrap(), 41);
        assert_eq!(left(), ["used"]);
        assert_eq!(shrink(folder.path(), 40, 1).unwrap(), 0);
        assert!(left().is_empty());
    }
}
