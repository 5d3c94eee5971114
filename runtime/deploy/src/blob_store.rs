//! Components on disk, each under the digest of what is in it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::digest::RunningDigest;
use crate::{ComponentDigest, DeployStep, StepObserver, StoreError};

/// What files are called that have no name yet.
const UNNAMED: &str = "unnamed-";

/// A folder of files that are named after what is in them. A file with a name is whole and on disk.
pub struct BlobStore {
    folder: PathBuf,
    steps: Arc<dyn StepObserver>,
    begun: AtomicU64,
}

impl BlobStore {
    /// Opens the folder and makes it where it is not there.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn open(folder: &Path, steps: Arc<dyn StepObserver>) -> Result<Self, StoreError> {
        let folder = folder.join("sha256");
        fs::create_dir_all(&folder).map_err(StoreError::file(&folder))?;
        Ok(Self {
            folder,
            steps,
            begun: AtomicU64::new(0),
        })
    }

    /// Begins a component of at most so many bytes.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn begin(&self, bytes_max: u64) -> Result<BlobWriter<'_>, StoreError> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        // Files of a process before this one have been swept.
        let path = self.folder.join(format!("{UNNAMED}{number}"));
        let file = File::create(&path).map_err(StoreError::file(&path))?;
        self.steps.reached(DeployStep::BlobBegun);
        Ok(BlobWriter {
            store: self,
            unnamed: Unnamed(path),
            file,
            digest: RunningDigest::new(),
            bytes: 0,
            bytes_max,
        })
    }

    /// Keeps a component that is in memory.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::TooLong`].
    pub fn keep(&self, component: &[u8], bytes_max: u64) -> Result<ComponentDigest, StoreError> {
        let mut writer = self.begin(bytes_max)?;
        writer.add(component)?;
        Ok(writer.finish()?.0)
    }

    /// A component, of at most so many bytes; it is what its name says.
    ///
    /// # Errors
    /// [`StoreError::Gone`], [`StoreError::Changed`], [`StoreError::TooLong`],
    /// [`StoreError::File`].
    pub fn read(&self, digest: ComponentDigest, bytes_max: u64) -> Result<Vec<u8>, StoreError> {
        let path = self.path(digest);
        let file = File::open(&path).map_err(|why| match why.kind() {
            ErrorKind::NotFound => StoreError::Gone(digest),
            _ => StoreError::file(&path)(why),
        })?;
        let length = file.metadata().map_err(StoreError::file(&path))?.len();
        if length > bytes_max {
            return Err(StoreError::TooLong(bytes_max));
        }
        let mut component = Vec::new();
        // Whatever its length was a moment ago.
        file.take(bytes_max.saturating_add(1))
            .read_to_end(&mut component)
            .map_err(StoreError::file(&path))?;
        if ComponentDigest::of(&component) != digest {
            return Err(StoreError::Changed(digest));
        }
        Ok(component)
    }

    /// How many bytes a component has; none when it is not there.
    #[must_use]
    pub fn bytes(&self, digest: ComponentDigest) -> Option<u64> {
        let found = fs::metadata(self.path(digest)).ok()?;
        found.is_file().then_some(found.len())
    }

    /// Removes the files that nobody needs: those not to be kept, and those that never got a name,
    /// when they are at least so old. The answer is how many there were.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn sweep(
        &self,
        keep: &BTreeSet<ComponentDigest>,
        age_min: Duration,
    ) -> Result<usize, StoreError> {
        let names: BTreeSet<String> = keep.iter().map(ComponentDigest::hex).collect();
        let mut swept = 0;
        let entries = fs::read_dir(&self.folder).map_err(StoreError::file(&self.folder))?;
        for entry in entries {
            let entry = entry.map_err(StoreError::file(&self.folder))?;
            let is_kept = entry
                .file_name()
                .to_str()
                .is_some_and(|name| names.contains(name));
            if is_kept || !is_old(&entry, age_min) {
                continue;
            }
            match fs::remove_file(entry.path()) {
                Ok(()) => swept += 1,
                Err(why) if why.kind() == ErrorKind::NotFound => {}
                Err(why) => return Err(StoreError::file(&entry.path())(why)),
            }
        }
        Ok(swept)
    }

    fn path(&self, digest: ComponentDigest) -> PathBuf {
        self.folder.join(digest.hex())
    }
}

/// Puts the names in a folder on disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    evroute_atomic_file::sync_folder(folder).map_err(StoreError::file(folder))
}

/// A clock that went back makes a file young, which keeps it a while longer.
fn is_old(entry: &fs::DirEntry, age_min: Duration) -> bool {
    if age_min.is_zero() {
        return true;
    }
    let written = entry.metadata().and_then(|found| found.modified());
    let age = written.map(|at| SystemTime::now().duration_since(at));
    matches!(age, Ok(Ok(age)) if age >= age_min)
}

/// A file without a name; goes away with this.
struct Unnamed(PathBuf);

impl Drop for Unnamed {
    fn drop(&mut self) {
        // It has got its name, or is swept at the next start.
        let _ = fs::remove_file(&self.0);
    }
}

/// A component that is being written. Dropped before its end, it leaves nothing.
pub struct BlobWriter<'a> {
    store: &'a BlobStore,
    unnamed: Unnamed,
    file: File,
    digest: RunningDigest,
    bytes: u64,
    bytes_max: u64,
}

impl BlobWriter<'_> {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`StoreError::TooLong`] before any of them is written; [`StoreError::File`].
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let length = self.bytes.saturating_add(more);
        if length > self.bytes_max {
            return Err(StoreError::TooLong(self.bytes_max));
        }
        self.file
            .write_all(bytes)
            .map_err(StoreError::file(&self.unnamed.0))?;
        self.digest.add(bytes);
        self.bytes = length;
        Ok(())
    }

    /// Puts the component on disk under its name. The answer is its digest and how many bytes it
    /// has.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn finish(self) -> Result<(ComponentDigest, u64), StoreError> {
        let steps = &self.store.steps;
        steps.reached(DeployStep::BlobWritten);
        self.file
            .sync_all()
            .map_err(StoreError::file(&self.unnamed.0))?;
        steps.reached(DeployStep::BlobSynced);
        let digest = self.digest.finish();
        let path = self.store.path(digest);
        // One that is there already holds the same, or was damaged.
        fs::rename(&self.unnamed.0, &path).map_err(StoreError::file(&path))?;
        steps.reached(DeployStep::BlobRenamed);
        sync_folder(&self.store.folder)?;
        steps.reached(DeployStep::BlobKept);
        Ok((digest, self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, BlobStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(folder.path(), Arc::new(())).unwrap();
        (folder, store)
    }

    fn names(store: &BlobStore) -> Vec<String> {
        let entries = fs::read_dir(&store.folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn what_is_kept_is_read_again_under_its_digest() {
        let (_folder, store) = store();
        let digest = store.keep(b"component", 9).unwrap();
        assert_eq!(digest, ComponentDigest::of(b"component"));
        assert_eq!(store.keep(b"component", 9).unwrap(), digest);
        assert_eq!(store.read(digest, 9).unwrap(), b"component");
        assert_eq!(store.bytes(digest), Some(9));
        assert_eq!(names(&store), [digest.hex()]);
    }

    #[test]
    fn one_byte_too_many_leaves_nothing() {
        let (_folder, store) = store();
        let mut writer = store.begin(4).unwrap();
        writer.add(b"abc").unwrap();
        assert!(matches!(writer.add(b"de"), Err(StoreError::TooLong(4))));
        drop(writer);
        assert!(names(&store).is_empty());
    }

    #[test]
    fn a_flipped_bit_is_not_read() {
        let (_folder, store) = store();
        let digest = store.keep(b"component", 9).unwrap();
        fs::write(store.path(digest), b"componenu").unwrap();
        assert!(matches!(store.read(digest, 9), Err(StoreError::Changed(of)) if of == digest));
        fs::write(store.path(digest), b"component and more").unwrap();
        assert!(matches!(store.read(digest, 9), Err(StoreError::TooLong(9))));
        fs::remove_file(store.path(digest)).unwrap();
        assert!(matches!(store.read(digest, 9), Err(StoreError::Gone(of)) if of == digest));
        assert_eq!(store.keep(b"component", 9).unwrap(), digest);
        assert_eq!(store.read(digest, 9).unwrap(), b"component");
    }

    #[test]
    fn orphans_are_swept_and_young_ones_only_at_the_start() {
        let (_folder, store) = store();
        let kept = store.keep(b"kept", 9).unwrap();
        store.keep(b"orphan", 9).unwrap();
        fs::write(store.folder.join("unnamed-7"), b"half").unwrap();
        let keep = BTreeSet::from([kept]);
        assert_eq!(store.sweep(&keep, Duration::from_secs(600)).unwrap(), 0);
        assert_eq!(store.sweep(&keep, Duration::ZERO).unwrap(), 2);
        assert_eq!(names(&store), [kept.hex()]);
    }
}
