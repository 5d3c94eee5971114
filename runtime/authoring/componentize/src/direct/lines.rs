//! Source lines of code that was encoded anew: its numbers may have become shorter, so its
//! instructions lie elsewhere.

use wasm_encoder::{CodeSection, CustomSection, Encode};
use wasmparser::{BinaryReader, CodeSectionReader, FunctionBody};

use super::module::Module;

/// Where an instruction was in the body of its function, and where it is.
type Moved = Vec<(u32, u32)>;

/// The lines of a module for its code as it is in `code`. Without lines, or if they cannot be read,
/// none.
pub(super) fn moved(module: &Module<'_>, code: &CodeSection) -> Option<CustomSection<'static>> {
    let section = module.lines?;
    let bodies = bodies(module, code)?;
    let imported = module.imported();
    let lines = evroute_lines::relocate(section, |function, offset| {
        let body = function.checked_sub(imported);
        let body = body.and_then(|body| bodies.get(usize::try_from(body).ok()?));
        body.map_or(offset, |body| new_offset(body, offset))
    });
    Some(CustomSection {
        name: evroute_lines::SECTION.into(),
        data: lines.ok()?.into(),
    })
}

/// The instruction that the offset is in, or begins.
fn new_offset(body: &Moved, offset: u32) -> u32 {
    let behind = body.partition_point(|(old, _)| *old <= offset);
    let before = behind.checked_sub(1).and_then(|at| body.get(at));
    before.map_or(0, |(_, new)| *new)
}

fn bodies(module: &Module<'_>, code: &CodeSection) -> Option<Vec<Moved>> {
    let mut encoded = Vec::new();
    code.encode(&mut encoded);
    let mut whole = BinaryReader::new(&encoded, 0);
    let length = usize::try_from(whole.read_var_u32().ok()?).ok()?;
    let contents = whole.read_bytes(length).ok()?;
    let section = CodeSectionReader::new(BinaryReader::new(contents, 0)).ok()?;
    let pairs = module.bodies.iter().zip(section);
    pairs.map(|(old, new)| pair(old, &new.ok()?)).collect()
}

fn pair(old: &FunctionBody<'_>, new: &FunctionBody<'_>) -> Option<Moved> {
    offsets(old)?
        .zip(offsets(new)?)
        .map(|(old, new)| Some((old?, new?)))
        .collect()
}

/// Where the instructions of a body begin.
fn offsets<'a>(body: &FunctionBody<'a>) -> Option<impl Iterator<Item = Option<u32>> + use<'a>> {
    let begin = body.range().start;
    let operators = body.get_operators_reader().ok()?;
    Some(operators.into_iter_with_offsets().map(move |operator| {
        let (_, at) = operator.ok()?;
        u32::try_from(at.checked_sub(begin)?).ok()
    }))
}

#[cfg(test)]
mod tests {
    use evroute_lines::{LineTable, Lines};
    use wasm_encoder::Function;

    use super::*;

    #[test]
    fn a_line_follows_its_instruction() {
        // No locals; i32.const 1 as linkers write it, in five bytes; drop; unreachable; end.
        let wide = [0, 0x41, 0x81, 0x80, 0x80, 0x80, 0, 0x1a, 0, 0x0b];
        let mut lines = Lines::new();
        let (first, second) = (
            lines.place("a", 1, None, None),
            lines.place("a", 2, None, None),
        );
        lines.row(0, 1, Some(first));
        lines.row(0, 8, Some(second));
        let section = lines.encode();
        let module = Module {
            bodies: vec![FunctionBody::new(BinaryReader::new(&wide, 100))],
            lines: Some(&section),
            ..Module::default()
        };
        let mut narrow = Function::new([]);
        narrow
            .instructions()
            .i32_const(1)
            .drop()
            .unreachable()
            .end();
        let mut code = CodeSection::new();
        code.function(&narrow);
        let moved = moved(&module, &code).unwrap();
        let table = LineTable::read(&moved.data).unwrap();
        let line = |offset| {
            table
                .find(0, offset)
                .unwrap()
                .first()
                .map(|found| found.line)
        };
        assert_eq!([0, 1, 3, 4].map(line), [None, Some(1), Some(1), Some(2)]);
    }
}
