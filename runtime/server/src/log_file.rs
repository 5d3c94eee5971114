//! The file of the log, which does not grow without end.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// When another file is begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rotation {
    /// A file is full when the next lines would make it larger than this; 0 is never. Lines that
    /// are written together, 4 MiB at most, are not torn apart for it.
    pub(crate) bytes_max: u64,
    /// How many full files are kept beside the one that is written to: `x.log.1` is the newest.
    pub(crate) files_kept: u32,
}

/// A file that is appended to, and renamed when it is full.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    rotation: Rotation,
    file: File,
    bytes: u64,
}

impl LogFile {
    /// Opens it, or makes it.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn open(path: &Path, rotation: Rotation) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            rotation,
            file,
            bytes,
        })
    }

    fn is_full_with(&self, bytes: usize) -> bool {
        let most = self.rotation.bytes_max;
        most > 0 && self.bytes > 0 && self.bytes.saturating_add(bytes as u64) > most
    }

    /// Makes room. Where the files cannot be renamed nothing more is written: the disk is somebody
    /// else's as well, and whoever writes the log counts what is lost.
    fn rotate(&mut self) -> io::Result<()> {
        let kept = self.rotation.files_kept;
        for number in (1..kept).rev() {
            rename(&self.numbered(number), &self.numbered(number + 1))?;
        }
        if kept == 0 {
            fs::remove_file(&self.path)?;
        } else {
            rename(&self.path, &self.numbered(1))?;
        }
        *self = Self::open(&self.path, self.rotation)?;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(format!(".{number}"));
        name.into()
    }
}

/// What is not there does not have to be moved.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full_with(bytes.len()) {
            self.rotate()?;
        }
        let written = self.file.write(bytes)?;
        self.bytes = self.bytes.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(bytes_max: u64, files_kept: u32) -> Rotation {
        Rotation {
            bytes_max,
            files_kept,
        }
    }

    /// The files of a folder by name, with what is in them.
    fn files(folder: &Path) -> Vec<(String, String)> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let read = |entry: fs::DirEntry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        };
        let mut files: Vec<_> = entries.map(read).collect();
        files.sort();
        files
    }

    fn named(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        files.iter().map(owned).collect()
    }

    #[test]
    fn a_full_file_is_renamed_and_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        fs::write(&path, "old\n").unwrap();
        let mut log = LogFile::open(&path, rotation(8, 2)).unwrap();
        for line in ["one\n", "two\n", "three\n", "much longer than 8\n", "end\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let expected = [
            ("x.log", "end\n"),
            ("x.log.1", "much longer than 8\n"),
            ("x.log.2", "three\n"),
        ];
        assert_eq!(files(folder.path()), named(&expected));
    }

    #[test]
    fn none_may_be_kept_and_a_file_may_grow_without_end() {
        for (bytes_max, expected) in [(8, "three\n"), (0, "one\ntwo\nthree\n")] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.log");
            let mut log = LogFile::open(&path, rotation(bytes_max, 0)).unwrap();
            for line in ["one\n", "two\n", "three\n"] {
                log.write_all(line.as_bytes()).unwrap();
            }
            assert_eq!(files(folder.path()), named(&[("x.log", expected)]));
        }
    }

    #[test]
    fn a_file_that_cannot_be_renamed_is_not_filled_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        fs::create_dir_all(folder.path().join("x.log.1/in-the-way")).unwrap();
        let mut log = LogFile::open(&path, rotation(8, 1)).unwrap();
        log.write_all(b"one\n").unwrap();
        log.write_all(b"two\n").unwrap();
        assert!(log.write_all(b"three\n").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        fs::remove_dir_all(folder.path().join("x.log.1")).unwrap();
        log.write_all(b"four\n").unwrap();
        let expected = [("x.log", "four\n"), ("x.log.1", "one\ntwo\n")];
        assert_eq!(files(folder.path()), named(&expected));
    }
}
