//! Inputs that took a way which none before them had taken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evroute_cases::Draft;
use evroute_tap::WitValue;

use crate::input::{FunctionName, Input};
use crate::input_file::FILE_BYTES_MAX;
use crate::random::Random;
use crate::seen::Hit;

/// No more files of a folder are read.
const FILES_MAX: usize = 100_000;

/// An input that is kept.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) input: Input,
    pub(crate) edges: Vec<u32>,
    pub(crate) size: usize,
    /// The answers that it was given, which may be others: function, which of its calls, answer.
    pub(crate) answers: Vec<(FunctionName, usize, WitValue)>,
}

/// The inputs of one thread's view, and which of them are worth more.
#[derive(Default)]
pub(crate) struct Corpus {
    entries: Vec<Arc<Entry>>,
    /// For each edge the smallest input that takes it.
    smallest: BTreeMap<u32, (usize, usize)>,
    favoured: Vec<usize>,
}

impl Entry {
    pub(crate) fn new(
        input: Input,
        hits: &[Hit],
        answers: Vec<(FunctionName, usize, WitValue)>,
    ) -> Self {
        Self {
            size: input.size(),
            input,
            edges: hits.iter().map(|(edge, _)| *edge).collect(),
            answers,
        }
    }
}

impl Corpus {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn add(&mut self, entry: Arc<Entry>) {
        let number = self.entries.len();
        for edge in &entry.edges {
            let own = (entry.size, number);
            let best = self.smallest.entry(*edge).or_insert(own);
            *best = own.min(*best);
        }
        self.entries.push(entry);
        let mut favoured: Vec<usize> = self.smallest.values().map(|(_, number)| *number).collect();
        favoured.sort_unstable();
        favoured.dedup();
        self.favoured = favoured;
    }

    /// One of them: as a rule a favoured one, and often one of the newest.
    pub(crate) fn pick(&self, random: &mut Random) -> Option<&Arc<Entry>> {
        const NEWEST: usize = 16;
        let number = random.pick(&self.favoured).copied();
        let newest = self.entries.len().saturating_sub(NEWEST);
        let newest = self.entries.get(newest..).unwrap_or_default();
        let picked = match random.below(8) {
            0..=3 => number.and_then(|number| self.entries.get(number)),
            4 | 5 => random.pick(newest),
            _ => random.pick(&self.entries),
        };
        picked.or_else(|| self.entries.first())
    }
}

/// The files of a folder of inputs, and of folders in it, in the order of their names; what cannot
/// be read is told.
pub(crate) fn load(folder: &Path, least: &[Draft], tell: &mut dyn FnMut(String)) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut paths = Vec::new();
    files(folder, &mut paths);
    paths.sort();
    for path in paths.into_iter().take(FILES_MAX) {
        let size = std::fs::metadata(&path).map_or(0, |about| about.len());
        let read = if size > FILE_BYTES_MAX as u64 {
            Err(format!("it has more than {FILE_BYTES_MAX} octets"))
        } else {
            let file = std::fs::read(&path).map_err(|why| format!("it cannot be read: {why}"));
            file.and_then(|file| Input::of_file(&file, least))
        };
        match read {
            Ok(read) => inputs.extend(read),
            Err(why) => tell(format!("{}: {why}; left out", path.display())),
        }
    }
    inputs
}

fn files(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            files(&entry.path(), paths);
        } else if kind.is_file() && paths.len() <= FILES_MAX {
            paths.push(entry.path());
        }
    }
}

/// Writes an input into the folder; its name says what is in it.
pub(crate) fn keep(folder: &Path, input: &Input) -> Result<(), String> {
    let path = folder.join(format!("{:016x}", input.digest()));
    let file = input.to_file()?;
    write_whole(&path, &file)
}

/// Writes a file, or leaves none behind.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = evroute_atomic_file::replace(path, evroute_atomic_file::SHARED, bytes);
    written.map_err(|why| format!("{} cannot be written: {why}", path.display()))
}
