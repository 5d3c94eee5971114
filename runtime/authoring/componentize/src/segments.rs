//! Data segments, each of which costs every run that makes its instance anew.
//!
//! Wasmtime notes for each segment of a module where it is and how long, in each new instance.
//! Wizer's snapshots of Go have 32,645 of them: the ten thousand that it makes of the memory, and
//! those that the compiler made, which nothing uses any more.

use std::borrow::Cow;

use wasm_encoder::{ConstExpr, DataSection, RawSection, SectionId};
use wasmparser::{Data, DataKind, FunctionBody, Operator, Parser, Payload, TypeRef};

/// A module with fewer segments is left as it is.
const SEGMENTS_MIN: usize = 64;

/// Two segments become one if no more than so many bytes are between them, which is about what a
/// segment takes by itself.
const GAP_BYTES_MAX: u64 = 64;

/// Bytes and where they are put in the module's own memory before it starts.
struct Placed {
    is_memory64: bool,
    begin: u64,
    bytes: Vec<u8>,
}

/// The module with as few data segments as say the same, if its code does not name any by number.
pub(crate) fn merge_segments(module: &[u8]) -> Cow<'_, [u8]> {
    let placed = placed(module);
    let rewritten = placed.and_then(|(count, placed)| {
        let few = merge(placed)?;
        (few.len() < count).then(|| rewritten(module, &few))?
    });
    rewritten.map_or(Cow::Borrowed(module), Cow::Owned)
}

/// How many segments there are, and what those put into memory that are used. `None` where they are
/// to stay as they are.
fn placed(module: &[u8]) -> Option<(usize, Vec<Placed>)> {
    let (mut count, mut placed) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    // Between two segments there may be something already.
                    if let TypeRef::Memory(_) = import.ok()?.ty {
                        return None;
                    }
                }
            }
            Payload::CodeSectionEntry(body) if names_segments(&body)? => return None,
            Payload::DataSection(section) => {
                for data in section {
                    count += 1;
                    placed.extend(used(&data.ok()?)?);
                }
            }
            _ => {}
        }
    }
    (count >= SEGMENTS_MIN).then_some((count, placed))
}

fn names_segments(body: &FunctionBody<'_>) -> Option<bool> {
    for operator in body.get_operators_reader().ok()? {
        if let Operator::MemoryInit { .. }
        | Operator::DataDrop { .. }
        | Operator::ArrayNewData { .. }
        | Operator::ArrayInitData { .. } = operator.ok()?
        {
            return Some(true);
        }
    }
    Some(false)
}

/// What a segment puts into memory: nothing, if only code could. `None` for one whose place is not
/// a number.
fn used(data: &Data<'_>) -> Option<Option<Placed>> {
    let (memory_index, offset_expr) = match &data.kind {
        DataKind::Passive => return Some(None),
        DataKind::Active {
            memory_index,
            offset_expr,
        } => (*memory_index, offset_expr),
    };
    let mut operators = offset_expr.get_operators_reader();
    let (is_memory64, begin) = match operators.read().ok()? {
        #[expect(clippy::cast_sign_loss, reason = "addresses have no sign")]
        Operator::I32Const { value } => (false, u64::from(value as u32)),
        #[expect(clippy::cast_sign_loss, reason = "addresses have no sign")]
        Operator::I64Const { value } => (true, value as u64),
        _ => return None,
    };
    let is_all = matches!(operators.read().ok()?, Operator::End) && memory_index == 0;
    is_all.then(|| {
        Some(Placed {
            is_memory64,
            begin,
            bytes: data.data.to_vec(),
        })
    })
}

/// Neighbours in one. `None` unless each begins behind the one before it: of two that overlap the
/// later one counts.
fn merge(placed: Vec<Placed>) -> Option<Vec<Placed>> {
    let mut few: Vec<Placed> = Vec::new();
    for next in placed {
        let Some(last) = few.last_mut() else {
            few.push(next);
            continue;
        };
        let end = last.begin.checked_add(last.bytes.len() as u64)?;
        let gap = next.begin.checked_sub(end)?;
        if gap > GAP_BYTES_MAX {
            few.push(next);
            continue;
        }
        let zeros = usize::try_from(gap).ok()?;
        last.bytes.resize(last.bytes.len() + zeros, 0);
        last.bytes.extend(next.bytes);
    }
    Some(few)
}

fn rewritten(module: &[u8], segments: &[Placed]) -> Option<Vec<u8>> {
    let mut encoded = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let Some((id, range)) = payload.ok()?.as_section() else {
            continue;
        };
        if id == SectionId::Data as u8 {
            encoded.section(&section(segments));
        } else if id != SectionId::DataCount as u8 {
            // Only code that names segments needs to know how many there are.
            let data = module.get(range)?;
            encoded.section(&RawSection { id, data });
        }
    }
    Some(encoded.finish())
}

fn section(segments: &[Placed]) -> DataSection {
    let mut section = DataSection::new();
    for segment in segments {
        #[expect(
            clippy::cast_possible_wrap,
            clippy::cast_possible_truncation,
            reason = "they were of that type"
        )]
        let begin = if segment.is_memory64 {
            ConstExpr::i64_const(segment.begin as i64)
        } else {
            ConstExpr::i32_const(segment.begin as u32 as i32)
        };
        section.active(0, &begin, segment.bytes.iter().copied());
    }
    section
}

#[cfg(test)]
mod tests;
