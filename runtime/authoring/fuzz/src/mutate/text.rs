//! Texts and bytes.

use super::Mutator;
use super::number::{decimals, digits};

/// What separates the parts of most header fields and URIs.
const SEPARATORS: &[u8] = b";,=<>@:\"?&/ \t()[]";
/// What is odd where a word is expected.
const ODD: [&[u8]; 20] = [
    b"\0",
    b"%00",
    b"\"",
    b"'",
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b"@",
    b":",
    b"%",
    b"%0d%0a",
    b"\xc3\xa9",
    b"\xff",
    b"*",
    b" ",
    b"\t",
    b"\xf0\x9f\x98\x80",
    b"a\" or 1=1 --",
];
/// How long a value is made that is too long.
const LONG: [usize; 6] = [64, 128, 255, 256, 1024, 4096];

/// A part of a text replaced.
pub(crate) fn replaced(text: &[u8], at: std::ops::Range<usize>, with: &[u8]) -> Vec<u8> {
    let before = text.get(..at.start).unwrap_or_default();
    let after = text.get(at.end..).unwrap_or_default();
    [before, with, after].concat()
}

/// The words between separators.
fn words(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut begin = 0;
    for (at, byte) in text.iter().enumerate() {
        if SEPARATORS.contains(byte) {
            if at > begin {
                found.push(begin..at);
            }
            begin = at + 1;
        }
    }
    if text.len() > begin {
        found.push(begin..text.len());
    }
    found
}

impl Mutator<'_> {
    /// Another text in its place.
    pub(super) fn text(&mut self, old: &[u8]) -> Vec<u8> {
        match self.random.below(12) {
            0 => Vec::new(),
            1 => self.long(),
            2 | 3 => self.token(),
            4 | 5 => self.number_in(old),
            6 | 7 => self.word_in(old),
            8 => self.odd_in(old),
            9 => self.repeated(old),
            _ => self.bytes(old),
        }
    }

    /// A text of the dictionary, or an odd one.
    pub(super) fn token(&mut self) -> Vec<u8> {
        let token = self.dictionary.token(self.random);
        token.unwrap_or_else(|| b"x".to_vec())
    }

    fn long(&mut self) -> Vec<u8> {
        let length = self.random.pick(&LONG).copied().unwrap_or_default();
        let unit: &[u8] = if self.random.once_in(3) { b"0" } else { b"A" };
        unit.repeat(length)
    }

    /// A run of digits, changed.
    pub(super) fn number_in(&mut self, old: &[u8]) -> Vec<u8> {
        let runs = decimals(old);
        let Some(run) = self.random.pick(&runs).cloned() else {
            return self.word_in(old);
        };
        let with = match self.random.once_in(4) {
            true => self.dictionary.number(self.random),
            false => None,
        };
        let number = old.get(run.clone()).unwrap_or_default();
        let with = with.unwrap_or_else(|| digits(self.random, number));
        replaced(old, run, &with)
    }

    /// A word, changed or taken out.
    pub(super) fn word_in(&mut self, old: &[u8]) -> Vec<u8> {
        let words = words(old);
        let Some(word) = self.random.pick(&words).cloned() else {
            return self.token();
        };
        let own = old.get(word.clone()).unwrap_or_default().to_vec();
        let with = match self.random.below(8) {
            0 => Vec::new(),
            1 => own.to_ascii_uppercase(),
            2 => own.to_ascii_lowercase(),
            3 => self.long(),
            4 => self.bytes(&own),
            _ => self.token(),
        };
        replaced(old, word, &with)
    }

    fn odd_in(&mut self, old: &[u8]) -> Vec<u8> {
        let at = self.random.below(old.len() + 1);
        let odd = self.random.pick(&ODD).copied().unwrap_or_default();
        replaced(old, at..at, odd)
    }

    /// A part of it, several times.
    fn repeated(&mut self, old: &[u8]) -> Vec<u8> {
        let from = self.random.below(old.len() + 1);
        let to = from + self.random.below(old.len() - from + 1);
        let part = old.get(from..to).unwrap_or_default();
        let times = 1 << self.random.below(7);
        replaced(old, to..to, &part.repeat(times))
    }

    /// Bytes changed, taken out or put in, whatever they mean.
    pub(super) fn bytes(&mut self, old: &[u8]) -> Vec<u8> {
        let mut bytes = old.to_vec();
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(bytes.len() + 1);
            let span = 1 + self.random.below(4);
            let end = at.saturating_add(span).min(bytes.len());
            match self.random.below(5) {
                0 => bytes = replaced(&bytes, at..end, b""),
                1 => {
                    let byte = self.random.byte();
                    bytes = replaced(&bytes, at..at, &[byte]);
                }
                2 => {
                    let part = bytes.get(at..end).unwrap_or_default().to_vec();
                    bytes = replaced(&bytes, at..at, &part);
                }
                3 => {
                    let token = self.token();
                    bytes = replaced(&bytes, at..at, &token);
                }
                _ => {
                    let bit = 1 << self.random.below(8);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= bit;
                    }
                }
            }
        }
        bytes
    }
}
