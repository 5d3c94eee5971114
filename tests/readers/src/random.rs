//! Changes at random, the same on every machine.

use crate::Reader;

/// No example grows beyond this, in bytes.
const BYTES_MAX: usize = 64 << 10;
/// So many changes are made one after the other at most.
const CHANGES_MAX: usize = 6;

/// Numbers that only look like chance (xorshift64*).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins here; the same begin gives the same numbers.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below this one; 0 below 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from((self.next() >> 11) % end).unwrap_or_default()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// One of the examples, changed a few times.
    #[must_use]
    pub fn changed(&mut self, reader: &Reader, examples: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.one(examples).cloned().unwrap_or_default();
        for _ in 0..=self.below(CHANGES_MAX) {
            self.change(&mut bytes, reader, examples);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, reader: &Reader, examples: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(32)).min(bytes.len());
        let cut = at..end;
        match self.below(10) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => {
                let odd = [0, b'\r', b'\n', b'"', b'<', b';', b'\\', 0x7f, 0xff, b' '];
                bytes.insert(at, self.one(&odd).copied().unwrap_or_default());
            }
            2 => drop(bytes.drain(cut)),
            3 => {
                let again = bytes.get(cut).unwrap_or_default().to_vec();
                bytes.splice(at..at, again);
            }
            4 => bytes.truncate(at),
            5 | 6 => {
                let word = self.one(reader.words).copied().unwrap_or("0");
                bytes.splice(cut, word.bytes());
            }
            7 => {
                let numbers = [
                    "-1",
                    "0",
                    "65536",
                    "4294967296",
                    "99999999999999999999",
                    "1e9",
                ];
                let number = self.one(&numbers).copied().unwrap_or("0");
                bytes.splice(cut, number.bytes());
            }
            8 => self.swap_lines(bytes),
            _ => {
                let other = self.one(examples).cloned().unwrap_or_default();
                let from = self.below(other.len() + 1);
                let to = (from + self.below(64)).min(other.len());
                bytes.splice(cut, other.get(from..to).unwrap_or_default().iter().copied());
            }
        }
    }

    /// A line takes another one's place.
    fn swap_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes
            .split_inclusive(|b| *b == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        let (one, other) = (self.below(lines.len()), self.below(lines.len()));
        if lines.len() > 1 {
            lines.swap(one, other);
        }
        *bytes = lines.concat();
    }
}
