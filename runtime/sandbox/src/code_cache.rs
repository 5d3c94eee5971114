//! Compiled code, kept on disk, so that the next process need not compile the same again.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wasmtime::{Cache, CacheConfig};

/// How many files are kept at most, whatever their size.
const FILES_MAX: usize = 4096;
/// Wasmtime's folders in the cache's: `modules`, one for each of its versions.
const DEPTH_MAX: usize = 3;
/// How often Wasmtime looks at the limits while the process runs; opening the cache does so once.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);

/// A folder of machine code that was compiled on this machine, by Wasmtime's own cache. What a file
/// is found by holds the component's bytes, Wasmtime's version, the settings of its compiler and
/// the processor.
///
/// Whoever can write there decides what the process executes: the folder is the user's alone.
#[derive(Clone, Debug)]
pub struct CodeCache(Cache);

/// A folder cannot be used to keep compiled code.
#[derive(Debug, thiserror::Error)]
pub enum CodeCacheError {
    /// It cannot be made or read.
    #[error("{folder}: {why}")]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// Somebody else could put code there.
    #[error(
        "{folder}: {why}; what lies there would be executed, so that it has to be a folder of this user's alone \
         (chmod 700)"
    )]
    NotPrivate {
        /// The folder.
        folder: PathBuf,
        /// Who could.
        why: &'static str,
    },
    /// Wasmtime does not take it.
    #[error("{0}")]
    Refused(String),
}

impl CodeCache {
    /// How many bytes are kept unless another number is configured.
    pub const BYTES_MAX: u64 = 512 << 20;

    /// Opens the cache in this folder, which is made when it is missing, and removes what was not
    /// used for longest until the rest is within `bytes_max`. Between two openings Wasmtime does
    /// the same from time to time, so that the limit may be passed for a minute.
    ///
    /// # Errors
    /// [`CodeCacheError`] when the folder cannot be made, or others than this process's user could
    /// write there.
    pub fn open(folder: &Path, bytes_max: u64) -> Result<Self, CodeCacheError> {
        let unusable = |why| CodeCacheError::Unusable {
            folder: folder.to_owned(),
            why,
        };
        let folder = &std::path::absolute(folder).map_err(unusable)?;
        make_private(folder).map_err(unusable)?;
        check_private(folder)?;
        shrink(folder, bytes_max, FILES_MAX).map_err(unusable)?;
        let mut config = CacheConfig::new();
        config
            .with_directory(folder)
            .with_cleanup_interval(CLEANUP_INTERVAL)
            .with_files_total_size_soft_limit(bytes_max)
            .with_file_count_soft_limit(FILES_MAX as u64)
            // Never compress again what is used often: that takes seconds of a processor that has
            // calls to serve.
            .with_optimized_compression_usage_counter_threshold(u64::MAX);
        let cache = Cache::new(config);
        let cache = cache.map_err(|error| CodeCacheError::Refused(format!("{error:#}")))?;
        Ok(Self(cache))
    }

    /// Whether there is such a folder already, and it is this user's alone.
    #[must_use]
    pub fn is_private(folder: &Path) -> bool {
        check_private(folder).is_ok()
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.directory()
    }

    /// How many compilations were spared since it was opened. A component may be several.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.0.cache_hits()
    }

    /// How many were made and kept.
    #[must_use]
    pub fn misses(&self) -> usize {
        self.0.cache_misses()
    }

    pub(crate) fn of_wasmtime(&self) -> Cache {
        self.0.clone()
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
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
fn check_private(folder: &Path) -> Result<(), CodeCacheError> {
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

/// The user who could put anything anywhere.
const ROOT: u32 = 0;

/// A compiled module and what Wasmtime notes about its use.
#[derive(Default)]
struct CachedModule {
    used: Option<SystemTime>,
    bytes: u64,
    files: Vec<PathBuf>,
}

/// Removes what was not used for longest until the rest is within both limits.
fn shrink(folder: &Path, bytes_max: u64, files_max: usize) -> io::Result<()> {
    let mut found = BTreeMap::new();
    collect(folder, DEPTH_MAX, &mut found)?;
    let mut found: Vec<CachedModule> = found.into_values().collect();
    found.sort_by_key(|module| std::cmp::Reverse(module.used));
    let (mut bytes, mut files) = (0_u64, 0_usize);
    for module in found {
        bytes = bytes.saturating_add(module.bytes);
        files = files.saturating_add(module.files.len());
        if bytes <= bytes_max && files <= files_max {
            continue;
        }
        for file in module.files {
            gone(fs::remove_file(file))?;
        }
    }
    Ok(())
}

fn collect(
    folder: &Path,
    depth: usize,
    found: &mut BTreeMap<PathBuf, CachedModule>,
) -> io::Result<()> {
    // Another process may clean up at the same time: what is gone is no error.
    let Some(entries) = gone(fs::read_dir(folder))? else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        let Some(metadata) = gone(fs::symlink_metadata(&path))? else {
            continue;
        };
        if metadata.is_dir() {
            if depth > 1 {
                collect(&path, depth - 1, found)?;
            }
            continue;
        }
        let module = found.entry(path.with_extension("")).or_default();
        module.used = module.used.max(metadata.modified().ok());
        module.bytes = module.bytes.saturating_add(metadata.len());
        module.files.push(path);
    }
    Ok(())
}

fn gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_folder_in_which_others_could_put_code_is_not_used() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("new/code-cache");
        CodeCache::open(&folder, 1 << 20).unwrap();
        let made = fs::metadata(&folder).unwrap();
        assert_eq!(made.permissions().mode() & 0o777, 0o700);
        CodeCache::open(&folder, 1 << 20).unwrap();

        let why = |folder: &Path| CodeCache::open(folder, 1 << 20).unwrap_err().to_string();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(
            why(&folder).contains("open to other users; "),
            "{}",
            why(&folder)
        );
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(parent.path().join("new"), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(why(&folder).contains("by everybody"), "{}", why(&folder));
        let link = parent.path().join("link");
        symlink(&folder, &link).unwrap();
        assert!(why(&link).contains("it is no folder"), "{}", why(&link));
        fs::write(parent.path().join("file"), "").unwrap();
        let below = why(&parent.path().join("file/x"));
        assert!(below.contains("file/x: "), "{below}");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_when_there_is_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let version = folder.path().join("modules/wasmtime-1.2.3");
        fs::create_dir_all(&version).unwrap();
        let write = |name: &str, bytes: usize, second: u64| {
            let file = fs::File::create(version.join(name)).unwrap();
            file.set_len(bytes as u64).unwrap();
            let used = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            file.set_modified(used).unwrap();
        };
        write("old", 40, 1);
        write("older-but-used", 40, 0);
        write("older-but-used.stats", 1, 9);
        write("new", 40, 5);
        let left = || {
            let mut names: Vec<_> = fs::read_dir(&version)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        shrink(folder.path(), 121, 4).unwrap();
        assert_eq!(left().len(), 4);
        shrink(folder.path(), 120, 4).unwrap();
        assert_eq!(left(), ["new", "older-but-used", "older-but-used.stats"]);
        shrink(folder.path(), 120, 2).unwrap();
        assert_eq!(left(), ["older-but-used", "older-but-used.stats"]);
        shrink(folder.path(), 0, 2).unwrap();
        assert!(left().is_empty());
    }
}
