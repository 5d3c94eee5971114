//! Writing the table.

use std::collections::{BTreeMap, HashMap};

use crate::leb::{self, Reader};
use crate::{LineTable, Unreadable, VERSION};

/// A place that was added to a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PlaceNumber(u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    file: u32,
    line: u32,
    function: Option<u32>,
    caller: Option<PlaceNumber>,
}

/// A table that is being made: rows in any order, texts and places each once.
#[derive(Default)]
pub struct Lines {
    texts: Vec<String>,
    text_numbers: HashMap<String, u32>,
    places: Vec<Place>,
    place_numbers: HashMap<Place, PlaceNumber>,
    /// By function, then by offset.
    functions: BTreeMap<u32, BTreeMap<u32, Option<PlaceNumber>>>,
}

impl Lines {
    /// A table without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// A place: a line of a file. `function` is the name of the function that was inlined there,
    /// and `caller` the place that it was called from; code that was not inlined has neither.
    pub fn place(
        &mut self,
        file: &str,
        line: u32,
        function: Option<&str>,
        caller: Option<PlaceNumber>,
    ) -> PlaceNumber {
        let place = Place {
            file: self.text(file),
            line,
            function: function.map(|name| self.text(name)),
            caller,
        };
        if let Some(number) = self.place_numbers.get(&place) {
            return *number;
        }
        let number = PlaceNumber(count(self.places.len()));
        self.places.push(place);
        self.place_numbers.insert(place, number);
        number
    }

    /// From this offset in the body of a function on, the code is of this place, or of none that is
    /// known.
    pub fn row(&mut self, function: u32, offset: u32, place: Option<PlaceNumber>) {
        let rows = self.functions.entry(function).or_default();
        rows.insert(offset, place);
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(number) = self.text_numbers.get(text) {
            return *number;
        }
        let number = count(self.texts.len());
        self.texts.push(text.to_owned());
        self.text_numbers.insert(text.to_owned(), number);
        number
    }

    /// What the section contains.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let reference = |number: Option<u32>| number.map_or(0, |number| number.saturating_add(1));
        let mut section = vec![VERSION];
        leb::write(&mut section, count(self.texts.len()));
        for text in &self.texts {
            leb::write(&mut section, count(text.len()));
            section.extend_from_slice(text.as_bytes());
        }
        leb::write(&mut section, count(self.places.len()));
        for place in &self.places {
            let caller = place.caller.map(|PlaceNumber(number)| number);
            for number in [
                place.file,
                place.line,
                reference(place.function),
                reference(caller),
            ] {
                leb::write(&mut section, number);
            }
        }
        leb::write(&mut section, count(self.functions.len()));
        let mut before = 0;
        for (function, rows) in &self.functions {
            leb::write(&mut section, function - before);
            before = *function;
            let rows = encode_rows(rows);
            leb::write(&mut section, count(rows.len()));
            section.extend(rows);
        }
        section
    }
}

/// A row that says the same as the one before it is omitted.
fn encode_rows(rows: &BTreeMap<u32, Option<PlaceNumber>>) -> Vec<u8> {
    let mut encoded = Vec::new();
    let (mut from, mut said) = (0, None);
    for (offset, place) in rows {
        if *place == said {
            continue;
        }
        leb::write(&mut encoded, offset - from);
        let number = place.map_or(0, |PlaceNumber(number)| number.saturating_add(1));
        leb::write(&mut encoded, number);
        (from, said) = (*offset, *place);
    }
    encoded
}

/// No module has four thousand million of anything.
fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The same table for the same code with other offsets: `moved` says where an offset in the body of
/// a function has gone.
///
/// # Errors
/// [`Unreadable`] when the section is not what this crate writes.
pub fn relocate(
    section: &[u8],
    mut moved: impl FnMut(u32, u32) -> u32,
) -> Result<Vec<u8>, Unreadable> {
    let mut reader = LineTable::read(section)?.functions;
    let head = section.len() - reader.0.len();
    let mut relocated = section.get(..head).unwrap_or_default().to_vec();
    let functions = reader.number()?;
    leb::write(&mut relocated, functions);
    let mut function = 0_u32;
    for _ in 0..functions {
        let step = reader.number()?;
        function = function.saturating_add(step);
        leb::write(&mut relocated, step);
        let length = reader.number()?;
        let rows = relocate_rows(Reader(reader.bytes(length)?), |offset| {
            moved(function, offset)
        })?;
        leb::write(&mut relocated, count(rows.len()));
        relocated.extend(rows);
    }
    Ok(relocated)
}

fn relocate_rows(
    mut rows: Reader<'_>,
    mut moved: impl FnMut(u32) -> u32,
) -> Result<Vec<u8>, Unreadable> {
    let mut relocated = Vec::with_capacity(rows.0.len());
    let (mut from, mut to) = (0_u32, 0_u32);
    while !rows.0.is_empty() {
        from = from.saturating_add(rows.number()?);
        let place = rows.number()?;
        let next = moved(from).max(to);
        leb::write(&mut relocated, next - to);
        leb::write(&mut relocated, place);
        to = next;
    }
    Ok(relocated)
}
