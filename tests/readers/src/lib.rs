//! Whatever reads bytes that strangers wrote, and what must hold of any bytes at all.
//!
//! [`READERS`] are run on changed examples by a test of this crate, each some thousand times, and
//! by libFuzzer in `fuzz/` for as long as one likes (`make fuzz`). A reader panics where what must
//! hold does not. Adding one is its file and a line of [`READERS`], and a target in `fuzz/`.
//!
//! What reads components is fuzzed in `runtime/sandbox/fuzz`: shapes and plans of the core-module
//! backend against Wasmtime, generated modules fresh against reset.

mod cell_frames;
mod configuration;
mod digest_answer;
mod digest_challenge;
mod message;
mod name_addr;
mod random;
mod recording;
mod routes;
mod source_lines;
mod stream;
mod suite;
mod uri;
mod via;

use std::path::Path;

pub use random::Random;

/// Something that reads bytes.
#[derive(Debug)]
pub struct Reader {
    /// Its name, as that of its target.
    pub name: &'static str,
    /// Examples that it reads well.
    pub examples: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub words: &'static [&'static str],
    /// Reads bytes. Whether it was an example of what is read; panics where what must hold does
    /// not.
    pub read: fn(&[u8]) -> bool,
    /// How often it is run by the test: the slower it is, the more seldom.
    pub runs: u32,
}

/// All of them.
pub const READERS: &[Reader] = &[
    message::READER,
    uri::READER,
    name_addr::READER,
    via::READER,
    stream::READER,
    configuration::READER,
    suite::READER,
    recording::READER,
    cell_frames::READER,
    source_lines::READER,
    routes::READER,
    digest_challenge::READER,
    digest_answer::READER,
];

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// What is in the files of a folder of tests/, in the order of their names: a folder's own is the
/// system's.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

/// The reader of this name.
#[must_use]
pub fn reader(name: &str) -> Option<&'static Reader> {
    READERS.iter().find(|reader| reader.name == name)
}
