//! Compiled code, kept on disk, so that the next process need not compile the same again.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use evroute_log_throttle::LogThrottle;

use crate::code_folder::{check_private, gone, make_private, shrink};
use crate::node_key::{NodeKey, SEAL_BYTES};
use crate::{CodeKey, CompiledCode, NodeKeyError};

/// How many files are kept at most, whatever their size.
const FILES_MAX: usize = 65_536;
/// How often the time of use is written down: which of two files was used last matters in days.
const USED_EVERY: Duration = Duration::from_secs(3600);
/// A file begins with its seal, then this, then its key.
const MAGIC: &[u8; 16] = b"evroute-code-1\r\n";
const KEY_BYTES: usize = 32;
const HEAD_BYTES: usize = SEAL_BYTES + MAGIC.len() + KEY_BYTES;
/// Where Wasmtime's own cache kept its files, which nothing reads any more.
const OF_WASMTIME: &str = "modules";
/// Where the node's key is, beside the folder.
const KEY_FILE: &str = "node.key";

/// A folder of machine code that was compiled on this node. Each file carries the node's seal over
/// what it is and what it is found by: one that is foreign, cut short or changed is not loaded, but
/// counted, removed and compiled again.
#[derive(Clone, Debug)]
pub struct CodeCache(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    folder: PathBuf,
    key: NodeKey,
    bytes_max: u64,
    /// How many bytes lie there, as far as this process knows.
    held: Mutex<u64>,
    hits: AtomicUsize,
    misses: AtomicUsize,
    rejected: AtomicUsize,
    /// Numbers the files that are being written.
    parts: AtomicU64,
    reported: LogThrottle,
}

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
    /// The node's key cannot be used.
    #[error(transparent)]
    Key(#[from] NodeKeyError),
}

impl CodeCache {
    /// How many bytes are kept unless another number is configured.
    pub const BYTES_MAX: u64 = 512 << 20;

    /// Opens the cache in this folder, which is made when it is missing, and removes what was not
    /// used for longest until the rest is within `bytes_max`. The key is in `node.key` beside the
    /// folder, and is made as well.
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
        let key = NodeKey::open(&folder.with_file_name(KEY_FILE))?;
        gone(fs::remove_dir_all(folder.join(OF_WASMTIME))).map_err(unusable)?;
        let held = shrink(folder, bytes_max, FILES_MAX).map_err(unusable)?;
        Ok(Self(Arc::new(Opened {
            folder: folder.clone(),
            key,
            bytes_max,
            held: Mutex::new(held),
            hits: AtomicUsize::new(0),
            misses: AtomicUsize::new(0),
            rejected: AtomicUsize::new(0),
            parts: AtomicU64::new(0),
            reported: LogThrottle::new(),
        })))
    }

    /// Whether there is such a folder already, and it is this user's alone.
    #[must_use]
    pub fn is_private(folder: &Path) -> bool {
        check_private(folder).is_ok()
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// How many components were loaded that would have been compiled otherwise.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.0.hits.load(Ordering::Relaxed)
    }

    /// How many were not there.
    #[must_use]
    pub fn misses(&self) -> usize {
        self.0.misses.load(Ordering::Relaxed)
    }

    /// How many files were there and were not as this node had written them.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.0.rejected.load(Ordering::Relaxed)
    }

    /// The code that is kept under this key. None where there is none, and where what is there was
    /// not written so by this node: then it is removed.
    #[must_use]
    pub fn load(&self, key: &CodeKey) -> Option<CompiledCode> {
        let path = self.0.path(key);
        let found = match self.0.read(&path, key) {
            Ok(found) => found,
            Err(why) => {
                self.0.reject(&path, &why);
                None
            }
        };
        let count = match found {
            Some(_) => &self.0.hits,
            None => &self.0.misses,
        };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Counts and removes what was kept under this key and cannot be loaded after all.
    pub fn discard(&self, key: &CodeKey, why: &str) {
        self.0.reject(&self.0.path(key), &why);
    }

    /// Keeps code under this key, for the next process. What does not fit is not kept, and what the
    /// disk does not take is logged: it costs time only.
    pub fn keep(&self, key: &CodeKey, code: &CompiledCode) {
        let result = self.0.make_room(code).and_then(|has_room| match has_room {
            true => {
                let written = self.0.write(key, code);
                written.inspect_err(|_| self.0.count_out(file_bytes(code)))
            }
            false => Ok(()),
        });
        if let Err(why) = result
            && self.0.reported.happened(Instant::now()).is_some()
        {
            let folder = self.0.folder.display();
            tracing::warn!("compiled code is not kept for the next start: {folder}: {why}");
        }
    }
}

impl Opened {
    fn path(&self, key: &CodeKey) -> PathBuf {
        self.folder.join(format!("{key}.code"))
    }

    /// None where nothing is kept. The error is a sentence.
    fn read(&self, path: &Path, key: &CodeKey) -> Result<Option<CompiledCode>, String> {
        let sentence = |error: io::Error| error.to_string();
        let no_link = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(path);
        let Some(file) = gone(no_link).map_err(sentence)? else {
            return Ok(None);
        };
        let metadata = file.metadata().map_err(sentence)?;
        if !metadata.is_file() || metadata.len() > self.bytes_max {
            return Err("it is larger than all that is kept".to_owned());
        }
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(size)
            .map_err(|error| error.to_string())?;
        (&file)
            .take(self.bytes_max)
            .read_to_end(&mut bytes)
            .map_err(sentence)?;
        self.check(&bytes, key)?;
        note_use(&file, metadata.modified().ok());
        let code = CompiledCode::of_bytes(bytes.split_off(HEAD_BYTES));
        code.map(Some).ok_or_else(|| "it is not whole".to_owned())
    }

    /// Whether this node has written these bytes under this key.
    fn check(&self, bytes: &[u8], key: &CodeKey) -> Result<(), String> {
        let (seal, sealed) = bytes
            .split_at_checked(SEAL_BYTES)
            .ok_or("it was cut short")?;
        if !self.key.is_seal(seal, &[sealed]) {
            return Err("it is not as this node wrote it".to_owned());
        }
        let named = sealed
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.get(..KEY_BYTES));
        if named != Some(key.as_bytes()) {
            return Err("it belongs under another name".to_owned());
        }
        Ok(())
    }

    fn reject(&self, path: &Path, why: &dyn std::fmt::Display) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
        let size = fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
        if fs::remove_file(path).is_ok() {
            self.count_out(size);
        }
        if let Some(times) = self.reported.happened(Instant::now()) {
            let file = path.display();
            tracing::warn!(times, "compiled code is compiled again: {file}: {why}");
        }
    }

    /// Whether there is room for it, once what was not used for longest is gone. Counts it in.
    fn make_room(&self, code: &CompiledCode) -> io::Result<bool> {
        let size = file_bytes(code);
        if size > self.bytes_max {
            return Ok(false);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.saturating_add(size) > self.bytes_max {
            // An eighth more, so that not each of the next ones looks through the folder.
            let left = (self.bytes_max - size).min(self.bytes_max / 8 * 7);
            *held = shrink(&self.folder, left, FILES_MAX)?;
        }
        *held = held.saturating_add(size);
        Ok(true)
    }

    /// What is not in the folder any more, or never came there, takes no room.
    fn count_out(&self, size: u64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_sub(size);
    }

    /// Writes a file whole or not at all: nobody sees a part of it under its name.
    fn write(&self, key: &CodeKey, code: &CompiledCode) -> io::Result<()> {
        let number = self.parts.fetch_add(1, Ordering::Relaxed);
        let part = self
            .folder
            .join(format!("{}-{number}.part", std::process::id()));
        let seal = self.key.seal(&[MAGIC, key.as_bytes(), code.as_bytes()]);
        let write = || {
            let new = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&part);
            let mut file = new?;
            for piece in [&seal[..], MAGIC, key.as_bytes(), code.as_bytes()] {
                file.write_all(piece)?;
            }
            let path = self.path(key);
            // Two processes, or two components that ask at the same time, write the same.
            let replaced = fs::symlink_metadata(&path).map_or(0, |found| found.len());
            fs::rename(&part, path)?;
            self.count_out(replaced);
            Ok(())
        };
        let written = write();
        if written.is_err() {
            // It may not even have been made.
            let _ = fs::remove_file(&part);
        }
        written
    }
}

/// How large the file of this code is.
fn file_bytes(code: &CompiledCode) -> u64 {
    HEAD_BYTES.saturating_add(code.as_bytes().len()) as u64
}

/// Notes that a file is in use. One whose time cannot be set is removed a little too early.
fn note_use(file: &File, noted: Option<SystemTime>) {
    let now = SystemTime::now();
    let is_recent = noted.is_some_and(|noted| {
        let since = now.duration_since(noted);
        since.is_ok_and(|since| since < USED_EVERY)
    });
    if !is_recent {
        let _ = file.set_times(FileTimes::new().set_modified(now));
    }
}

#[cfg(test)]
mod tests;
