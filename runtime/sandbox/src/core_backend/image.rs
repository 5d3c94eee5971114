//! What a memory holds right after its instance was made.

/// A memory's first contents. Most of it is zero in nearly every guest, its stack and its heap;
/// what lies between the first and the last byte that is not is kept, and zeros are written without
/// being read from anywhere.
#[derive(Default)]
pub(super) struct Image {
    /// How large the memory is, bytes.
    size: usize,
    /// Where `octets` begin.
    start: usize,
    bytes: Box<[u8]>,
}

impl Image {
    pub(super) fn of(memory: &[u8]) -> Self {
        let is_set = |byte: &u8| *byte != 0;
        let start = memory.iter().position(is_set).unwrap_or(memory.len());
        let end = memory
            .iter()
            .rposition(is_set)
            .map_or(start, |last| last + 1);
        Self {
            size: memory.len(),
            start,
            bytes: memory.get(start..end).unwrap_or_default().into(),
        }
    }

    /// Writes every byte of a memory. False, and nothing is written, when it is not as large as it
    /// was.
    pub(super) fn reset(&self, memory: &mut [u8]) -> bool {
        if memory.len() != self.size {
            return false;
        }
        let Some((stack, rest)) = memory.split_at_mut_checked(self.start) else {
            return false;
        };
        let Some((data, heap)) = rest.split_at_mut_checked(self.bytes.len()) else {
            return false;
        };
        stack.fill(0);
        data.copy_from_slice(&self.bytes);
        heap.fill(0);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_put_back_wherever_the_first_ones_are() {
        for first in [
            vec![],
            vec![0; 9],
            vec![1; 9],
            vec![1, 0, 0, 0],
            vec![0, 0, 0, 1],
            vec![0, 2, 0, 3, 0],
        ] {
            let mut memory = vec![0xff; first.len()];
            assert!(Image::of(&first).reset(&mut memory));
            assert_eq!(memory, first);
        }
    }

    #[test]
    fn a_memory_of_another_size_is_left_alone() {
        let image = Image::of(&[0, 1, 0]);
        for mut memory in [vec![7; 2], vec![7; 4]] {
            let before = memory.clone();
            assert!(!image.reset(&mut memory));
            assert_eq!(memory, before);
        }
    }
}
