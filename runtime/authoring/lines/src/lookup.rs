//! Reading the table.

use crate::VERSION;
use crate::leb::Reader;

/// The largest section that is read, in bytes: some ten thousand lines of source that were
/// compiled.
pub const SECTION_BYTES_MAX: usize = 512 << 10;

/// How deep inlined calls are followed.
const DEPTH_MAX: usize = 16;

/// Why a section says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable(pub &'static str);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its section of source lines is of no use: {}", self.0)
    }
}

impl std::error::Error for Unreadable {}

/// A line that some code came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceLine<'a> {
    /// The file, as the compiler was told it.
    pub file: &'a str,
    /// Counts from 1; 0 where the compiler knew none.
    pub line: u32,
    /// The name of the function, if it was inlined; otherwise it is the one that was asked about.
    pub function: Option<&'a str>,
}

#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    function: Option<&'a str>,
    caller: Option<u32>,
}

/// A table as it was read.
pub struct LineTable<'a> {
    places: Vec<Place<'a>>,
    pub(crate) functions: Reader<'a>,
}

impl<'a> LineTable<'a> {
    /// Reads the texts and places of a section, and looks over the rest when it is asked.
    ///
    /// # Errors
    /// [`Unreadable`] when the section is longer than [`SECTION_BYTES_MAX`], or is not what this
    /// crate writes.
    pub fn read(section: &'a [u8]) -> Result<Self, Unreadable> {
        if section.len() > SECTION_BYTES_MAX {
            return Err(Unreadable("it is too long"));
        }
        let mut reader = Reader(section);
        if reader.byte()? != VERSION {
            return Err(Unreadable("it is of another version"));
        }
        let texts = texts(&mut reader)?;
        let places = places(&mut reader, &texts)?;
        Ok(Self {
            places,
            functions: reader,
        })
    }

    /// Where the code at `offset` in the body of a function came from: the innermost inlined call
    /// first, the function itself last; empty where that is not known.
    ///
    /// # Errors
    /// [`Unreadable`] as for [`LineTable::read`].
    pub fn find(&self, function: u32, offset: u32) -> Result<Vec<SourceLine<'a>>, Unreadable> {
        let mut next = match rows_of(self.functions, function)? {
            Some(rows) => place_at(rows, offset)?,
            None => None,
        };
        let mut found = Vec::new();
        // Callers come before those they call, so this ends.
        while let Some(number) = next
            && found.len() < DEPTH_MAX
        {
            let place = at(&self.places, number)?;
            found.push(SourceLine {
                file: place.file,
                line: place.line,
                function: place.function,
            });
            next = place.caller;
        }
        Ok(found)
    }
}

/// The texts of a section.
fn texts<'a>(reader: &mut Reader<'a>) -> Result<Vec<&'a str>, Unreadable> {
    // Not reserved for: how many there are is a stranger's word, until they were read.
    let mut texts = Vec::new();
    for _ in 0..reader.number()? {
        let length = reader.number()?;
        let text = std::str::from_utf8(reader.bytes(length)?);
        texts.push(text.map_err(|_| Unreadable("a text is not UTF-8"))?);
    }
    Ok(texts)
}

fn places<'a>(reader: &mut Reader<'a>, texts: &[&'a str]) -> Result<Vec<Place<'a>>, Unreadable> {
    let mut places: Vec<Place<'a>> = Vec::new();
    for number in 0..reader.number()? {
        let file = at(texts, reader.number()?)?;
        let line = reader.number()?;
        let function = reader.reference()?;
        let caller = reader.reference()?;
        if caller.is_some_and(|caller| caller >= number) {
            return Err(Unreadable("a caller comes after what it calls"));
        }
        places.push(Place {
            file,
            line,
            function: function.map(|text| at(texts, text)).transpose()?,
            caller,
        });
    }
    Ok(places)
}

fn rows_of(mut reader: Reader<'_>, function: u32) -> Result<Option<Reader<'_>>, Unreadable> {
    let mut here = 0_u32;
    for _ in 0..reader.number()? {
        let step = reader.number()?;
        here = here
            .checked_add(step)
            .ok_or(Unreadable("a number is too large"))?;
        let length = reader.number()?;
        let rows = reader.bytes(length)?;
        if here == function {
            return Ok(Some(Reader(rows)));
        }
    }
    Ok(None)
}

/// The last row that begins at or before the offset.
fn place_at(mut rows: Reader<'_>, offset: u32) -> Result<Option<u32>, Unreadable> {
    let (mut from, mut place) = (0_u32, None);
    while !rows.0.is_empty() {
        let step = rows.number()?;
        from = from
            .checked_add(step)
            .ok_or(Unreadable("a number is too large"))?;
        let next = rows.reference()?;
        if from > offset {
            break;
        }
        place = next;
    }
    Ok(place)
}

fn at<T: Copy>(all: &[T], number: u32) -> Result<T, Unreadable> {
    let found = usize::try_from(number).ok().and_then(|n| all.get(n));
    found
        .copied()
        .ok_or(Unreadable("it names what is not there"))
}
