//! From DWARF, which compilers leave in a module, to the lines that a server shows
//! (`evroute-lines`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use addr2line::{Context, FrameIter, gimli};
use evroute_lines::{Lines, PlaceNumber, SECTION, SECTION_BYTES_MAX};
use gimli::{Dwarf, EndianSlice, LittleEndian};
use wasm_encoder::{CustomSection, RawSection};
use wasmparser::{Parser, Payload, TypeRef};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// Begins the names of the sections of DWARF.
const PREFIX: &str = ".debug_";

/// How many names a file outside of the project keeps of the folders that it is in.
const OUTSIDE_NAMES: usize = 3;

#[derive(Default)]
struct Reading<'a> {
    sections: BTreeMap<&'a str, &'a [u8]>,
    /// Where the contents of the code section begin: DWARF counts from there.
    code: usize,
    bodies: Vec<Range<usize>>,
    imported: u32,
}

/// DWARF, ready to be asked.
struct Source<'a> {
    context: Context<Slice<'a>>,
    /// The folders in which compilers were started.
    folders: BTreeSet<String>,
}

/// The module with a section of lines in place of its DWARF. What cannot be read of that is
/// omitted: lines are for people, and a handler runs without.
pub(crate) fn extract_line_table(module: &[u8]) -> Cow<'_, [u8]> {
    let reading = Reading::of(module);
    let Some(reading) = reading.filter(|reading| !reading.sections.is_empty()) else {
        return Cow::Borrowed(module);
    };
    let lines = reading.lines().filter(|lines| !lines.is_empty());
    let lines = lines.map(|lines| lines.encode());
    let lines = lines.filter(|section| section.len() <= SECTION_BYTES_MAX);
    match stripped(module, lines.as_deref()) {
        Some(module) => Cow::Owned(module),
        None => Cow::Borrowed(module),
    }
}

/// The module without DWARF.
fn stripped(module: &[u8], lines: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut encoded = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.ok()?;
        if let Payload::CustomSection(section) = &payload
            && section.name().starts_with(PREFIX)
        {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = module.get(range)?;
            encoded.section(&RawSection { id, data });
        }
    }
    if let Some(lines) = lines {
        encoded.section(&CustomSection {
            name: SECTION.into(),
            data: lines.into(),
        });
    }
    Some(encoded.finish())
}

impl<'a> Reading<'a> {
    fn of(module: &'a [u8]) -> Option<Self> {
        let mut reading = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload.ok()? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(_) | TypeRef::FuncExact(_) = import.ok()?.ty {
                            reading.imported += 1;
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => reading.code = range.start,
                Payload::CodeSectionEntry(body) => reading.bodies.push(body.range()),
                Payload::CustomSection(section) if section.name().starts_with(PREFIX) => {
                    reading.sections.insert(section.name(), section.data());
                }
                _ => {}
            }
        }
        Some(reading)
    }

    fn dwarf(&self) -> Option<Dwarf<Slice<'a>>> {
        let load = |section: gimli::SectionId| {
            let data = self.sections.get(section.name()).copied();
            Ok::<_, gimli::Error>(EndianSlice::new(data.unwrap_or_default(), LittleEndian))
        };
        Dwarf::load(load).ok()
    }

    fn lines(&self) -> Option<Lines> {
        let source = Source {
            folders: folders(&self.dwarf()?),
            context: Context::from_dwarf(self.dwarf()?).ok()?,
        };
        let mut lines = Lines::new();
        for (function, body) in (self.imported..).zip(&self.bodies) {
            // Whatever is wrong with one function, the others have their lines.
            let _ = self.function(&mut lines, &source, function, body);
        }
        Some(lines)
    }

    fn function(
        &self,
        lines: &mut Lines,
        source: &Source<'_>,
        function: u32,
        body: &Range<usize>,
    ) -> Result<(), gimli::Error> {
        let begin = (body.start - self.code) as u64;
        let end = (body.end - self.code) as u64;
        for (address, bytes, _) in source.context.find_location_range(begin, end)? {
            let frames = source
                .context
                .find_frames(address.max(begin))
                .skip_all_loads()?;
            let place = place(lines, frames, &source.folders)?;
            let offset = |address: u64| u32::try_from(address.saturating_sub(begin)).ok();
            let (Some(from), Some(to)) = (offset(address), offset(address + bytes)) else {
                continue;
            };
            lines.row(function, from, place);
            lines.row(function, to, None);
        }
        Ok(())
    }
}

/// The place with these frames, of which the function itself is the last.
fn place(
    lines: &mut Lines,
    mut frames: FrameIter<'_, Slice<'_>>,
    folders: &BTreeSet<String>,
) -> Result<Option<PlaceNumber>, gimli::Error> {
    let mut chain = Vec::new();
    while let Some(frame) = frames.next()? {
        let name = frame.function.as_ref();
        let name = name.and_then(|name| Some(name.demangle().ok()?.into_owned()));
        let named = frame.location.and_then(|location| {
            Some((
                short(location.file?, folders).to_owned(),
                location.line.unwrap_or_default(),
            ))
        });
        chain.push((name, named));
    }
    let mut place = None;
    let mut is_inlined = false;
    for (name, named) in chain.iter().rev() {
        let name = name.as_deref().filter(|_| is_inlined);
        if let Some((file, line)) = named {
            place = Some(lines.place(file, *line, name, place));
        }
        is_inlined = true;
    }
    Ok(place)
}

/// The folders in which compilers were started.
fn folders(dwarf: &Dwarf<Slice<'_>>) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    let mut units = dwarf.units();
    while let Ok(Some(header)) = units.next() {
        if let Ok(unit) = dwarf.unit(header)
            && let Some(folder) = unit.comp_dir
        {
            folders.insert(folder.to_string_lossy().into_owned());
        }
    }
    folders
}

/// A file as people call it: from the folder of the project, without what is their machine's own
/// business.
fn short<'a>(file: &'a str, folders: &BTreeSet<String>) -> &'a str {
    let inside = |folder: &String| file.strip_prefix(folder.as_str())?.strip_prefix('/');
    if let Some(inside) = folders.iter().rev().find_map(inside) {
        return inside;
    }
    if !file.starts_with('/') {
        return file;
    }
    let mut slashes = file.rmatch_indices('/').map(|(at, _)| at);
    let begin = slashes.nth(OUTSIDE_NAMES - 1).map_or(0, |at| at + 1);
    file.get(begin..).unwrap_or(file)
}

#[cfg(test)]
mod tests;
