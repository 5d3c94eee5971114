//! What a compiled block knows from the start: texts and values that its code points to.

use std::collections::HashMap;

/// Where constants begin. What lies below is zero: address 0 is the null cell.
const BEGIN: u32 = 16;

/// The words that change in every run, by what their addresses are called in the runtime. They are
/// zero at first.
pub(crate) const WORDS: [(&str, u32); 4] = [
    // 0 it runs, 1 exit, 2 drop, 3 failed.
    ("state", STATE),
    // Whether a part of the text that is being put together may not be UTF-8.
    ("odd", 36),
    // Where that text starts.
    ("start", 40),
    // How much larger the memory has become.
    ("grown", 44),
];
pub(crate) const STATE: u32 = 32;

/// The memory that a run starts with.
#[derive(Debug)]
pub(crate) struct Constants {
    bytes: Vec<u8>,
    texts: HashMap<String, u32>,
    cells: HashMap<Vec<u8>, u32>,
}

impl Constants {
    pub(crate) fn new() -> Self {
        // The null that is printed as nothing stands first, at 16, and then the words.
        let mut bytes = vec![0; 32];
        if let Some(silent) = bytes.get_mut(1) {
            *silent = 1;
        }
        Self {
            bytes,
            texts: HashMap::new(),
            cells: HashMap::new(),
        }
    }

    fn here(&self) -> u32 {
        // The source is smaller than 4 GiB by far, and so is what is made of it.
        BEGIN.saturating_add(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX))
    }

    /// Where a text is, and how long.
    pub(crate) fn text(&mut self, text: &str) -> (u32, u32) {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        if let Some(at) = self.texts.get(text) {
            return (*at, length);
        }
        let at = self.here();
        self.bytes.extend_from_slice(text.as_bytes());
        self.texts.insert(text.to_owned(), at);
        (at, length)
    }

    /// The same of a text that is there already.
    pub(crate) fn known_text(&self, text: &str) -> Option<(u32, u32)> {
        let at = self.texts.get(text)?;
        Some((*at, u32::try_from(text.len()).ok()?))
    }

    /// Where bytes are that nothing else refers to.
    pub(crate) fn table(&mut self, bytes: &[u8]) -> u32 {
        let at = self.here();
        self.bytes.extend_from_slice(bytes);
        at
    }

    fn cell(&mut self, tag: u8, payload: [u8; 8]) -> u32 {
        let mut cell = vec![tag, 0, 0, 0, 0, 0, 0, 0];
        cell.extend_from_slice(&payload);
        if let Some(at) = self.cells.get(&cell) {
            return *at;
        }
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
        let at = self.here();
        self.bytes.extend_from_slice(&cell);
        self.cells.insert(cell, at);
        at
    }

    /// The cell of a text.
    pub(crate) fn text_cell(&mut self, text: &str) -> u32 {
        let (at, length) = self.text(text);
        let [a, b, c, d] = at.to_le_bytes();
        let [e, f, g, h] = length.to_le_bytes();
        self.cell(2, [a, b, c, d, e, f, g, h])
    }

    /// The cell of a number.
    pub(crate) fn int_cell(&mut self, number: i64) -> u32 {
        self.cell(1, number.to_le_bytes())
    }

    /// The first address behind them.
    pub(crate) fn end(&self) -> u32 {
        self.here().next_multiple_of(8)
    }

    /// Where they begin, and what they are.
    pub(crate) fn segment(&self) -> (u32, &[u8]) {
        (BEGIN, &self.bytes)
    }
}
