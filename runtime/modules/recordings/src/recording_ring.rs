//! The files of a tenant, the oldest of which give way.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use evroute_recording::RECORDING_BYTES_MAX;

/// What a file takes of a disk is counted in these.
const BLOCK_BYTES: u64 = 4096;
/// How many files there are at most, whatever they take.
const FILES_MAX: usize = 100_000;
const ENDING: &str = ".evrec";
/// The frame around a recording is a few bytes more than what is in it.
const FILE_BYTES_MAX: u64 = RECORDING_BYTES_MAX as u64 + BLOCK_BYTES;

/// Files with ever greater numbers, and how many bytes they take.
///
/// A recording is no promise: it is written beside its place and moved there, so that nobody reads
/// half of one, and not forced to the disk.
#[derive(Debug)]
pub(crate) struct RecordingRing {
    folder: PathBuf,
    bytes_max: u64,
    files: VecDeque<(u64, u64)>,
    bytes: u64,
    /// The number of the next one: none is used again while this lives.
    next: u64,
}

impl RecordingRing {
    /// Of what is in this folder, which is made when it is missing.
    pub(crate) fn open(folder: &Path, bytes_max: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match number(&entry.file_name().to_string_lossy()) {
                Some(number) => files.push((number, blocks(entry.metadata()?.len()))),
                // What a stop has left half done.
                None if entry
                    .path()
                    .extension()
                    .is_some_and(|ending| ending == "part") =>
                {
                    fs::remove_file(entry.path())?;
                }
                None => {}
            }
        }
        files.sort_unstable();
        let bytes = files.iter().map(|(_, bytes)| bytes).sum();
        let next = files.last().map_or(1, |(last, _)| last.saturating_add(1));
        let mut ring = Self {
            folder: folder.to_owned(),
            bytes_max,
            files: files.into(),
            bytes,
            next,
        };
        ring.make_room(0)?;
        Ok(ring)
    }

    /// Writes a file, and removes the oldest as far as it has no room otherwise.
    pub(crate) fn add(&mut self, file: &[u8]) -> io::Result<u64> {
        let takes = blocks(file.len() as u64);
        self.make_room(takes)?;
        let number = self.next;
        evroute_atomic_file::replace(&self.path(number), evroute_atomic_file::SHARED, file)?;
        self.next = number.saturating_add(1);
        self.files.push_back((number, takes));
        self.bytes += takes;
        Ok(number)
    }

    fn make_room(&mut self, takes: u64) -> io::Result<()> {
        while self.bytes + takes > self.bytes_max || self.files.len() >= FILES_MAX {
            let Some((oldest, bytes)) = self.files.front().copied() else {
                return Ok(());
            };
            match fs::remove_file(self.path(oldest)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            self.files.pop_front();
            self.bytes -= bytes;
        }
        Ok(())
    }

    /// The numbers of all files that are smaller than `before`, the newest first.
    pub(crate) fn newest_first(&self, before: u64) -> Vec<u64> {
        let numbers = self.files.iter().rev().map(|(number, _)| *number);
        numbers.filter(|number| *number < before).collect()
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    fn path(&self, number: u64) -> PathBuf {
        path(&self.folder, number)
    }
}

/// The file of this number in a folder.
fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:016x}{ENDING}"))
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (format!("{number:016x}") == digits).then_some(number)
}

const fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}

/// Reads the file of this number; none when it has given way, or was replaced by something larger
/// than a recording.
pub(crate) fn read(folder: &Path, number: u64) -> io::Result<Option<Vec<u8>>> {
    let mut file = match File::open(path(folder, number)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    let read = Read::by_ref(&mut file)
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)? as u64;
    Ok((read <= FILE_BYTES_MAX).then_some(bytes))
}

/// The files of a tenant that there are.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let entries = entries.filter_map(Result::ok);
    let ours = entries.filter(|entry| number(&entry.file_name().to_string_lossy()).is_some());
    ours.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_files_give_way_and_blocks_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut ring = RecordingRing::open(folder.path(), 4 * BLOCK_BYTES).unwrap();
        for number in 1..=6 {
            assert_eq!(ring.add(b"small").unwrap(), number);
        }
        assert_eq!(ring.newest_first(u64::MAX), [6, 5, 4, 3]);
        assert_eq!(ring.newest_first(5), [4, 3]);
        ring.add(&vec![0; usize::try_from(2 * BLOCK_BYTES + 1).unwrap()])
            .unwrap();
        assert_eq!(ring.newest_first(u64::MAX), [7, 6]);
        assert_eq!(ring.bytes(), 4 * BLOCK_BYTES);
        assert_eq!(files(folder.path()).len(), 2);
        assert_eq!(read(folder.path(), 6).unwrap().unwrap(), b"small");
        assert_eq!(read(folder.path(), 5).unwrap(), None);
    }

    #[test]
    fn another_life_goes_on_where_this_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut ring = RecordingRing::open(folder.path(), 1 << 20).unwrap();
        ring.add(b"one").unwrap();
        ring.add(b"two").unwrap();
        fs::write(folder.path().join("0000000000000003.part"), b"cut").unwrap();
        fs::write(folder.path().join("notes.txt"), b"the operator's").unwrap();
        // With less room than before.
        let mut ring = RecordingRing::open(folder.path(), BLOCK_BYTES).unwrap();
        assert_eq!(ring.newest_first(u64::MAX), [2]);
        assert!(!folder.path().join("0000000000000003.part").exists());
        assert_eq!(ring.add(b"three").unwrap(), 3);
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn a_file_larger_than_any_recording_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let large = vec![0; usize::try_from(FILE_BYTES_MAX + 1).unwrap()];
        fs::write(path(folder.path(), 1), large).unwrap();
        assert_eq!(read(folder.path(), 1).unwrap(), None);
    }
}
