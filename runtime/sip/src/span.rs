//! Places in a message's two buffers.

/// A half-open range of byte offsets. Offsets fit `u32`: the parser refuses longer input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        // Saturation cannot happen on accepted input; an empty read is the safe outcome.
        let cut = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: cut(start),
            end: cut(end),
        }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    pub(crate) fn len(self) -> usize {
        self.end().saturating_sub(self.start())
    }

    /// The bytes, or nothing when the range lies outside `buffer`.
    pub(crate) fn of(self, buffer: &[u8]) -> &[u8] {
        buffer.get(self.start()..self.end()).unwrap_or_default()
    }
}

/// Which buffer a span points into: the bytes as received, or the text written by edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Wire,
    Overlay,
}
