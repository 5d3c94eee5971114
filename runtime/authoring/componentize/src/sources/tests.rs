use evroute_lines::LineTable;
use gimli::write;
use proptest::prelude::*;

use super::*;

/// The second function calls the first, which traps.
const TEXT: &str = "(module
  (import \"host\" \"call\" (func))
  (memory 1)
  (func $inner (param i32)
    unreachable)
  (func (export \"outer\") i32.const 1 call $inner)
)";

/// The module, with DWARF that a compiler would have made of guard/inner.c.
fn module() -> Vec<u8> {
    let mut module = wat::parse_str(TEXT).unwrap();
    let bodies = Reading::of(&module).unwrap();
    let encoding = gimli::Encoding {
        address_size: 4,
        format: gimli::Format::Dwarf32,
        version: 4,
    };
    let mut dwarf = write::DwarfUnit::new(encoding);
    let text = |text: &str| write::LineString::String(text.into());
    let program = write::LineProgram::new(
        encoding,
        gimli::LineEncoding::default(),
        text("/srv/a/guard"),
        None,
        text("inner.c"),
        None,
    );
    dwarf.unit.line_program = program;
    let program = &mut dwarf.unit.line_program;
    let folder = program.default_directory();
    let file = program.add_file(text("inner.c"), folder, None);
    for (line, body) in [5, 6].into_iter().zip(&bodies.bodies) {
        let begin = (body.start - bodies.code) as u64;
        program.begin_sequence(Some(write::Address::Constant(begin)));
        program.row().file = file;
        program.row().line = line;
        program.generate_row();
        program.end_sequence((body.end - body.start) as u64);
    }
    let begin = (bodies.bodies[0].start - bodies.code) as u64;
    let end = (bodies.bodies[1].end - bodies.code) as u64;
    let root = dwarf.unit.root();
    let root = dwarf.unit.get_mut(root);
    for (name, value) in [
        (
            gimli::DW_AT_comp_dir,
            write::AttributeValue::String(b"/srv/a/guard".to_vec()),
        ),
        (
            gimli::DW_AT_name,
            write::AttributeValue::String(b"inner.c".to_vec()),
        ),
        (
            gimli::DW_AT_low_pc,
            write::AttributeValue::Address(write::Address::Constant(begin)),
        ),
        (
            gimli::DW_AT_high_pc,
            write::AttributeValue::Udata(end - begin),
        ),
    ] {
        root.set(name, value);
    }
    let mut sections = write::Sections::new(write::EndianVec::new(LittleEndian));
    dwarf.write(&mut sections).unwrap();
    sections
        .for_each(|id, data| {
            let custom = CustomSection {
                name: id.name().into(),
                data: data.slice().into(),
            };
            module.push(0);
            wasm_encoder::Encode::encode(&custom, &mut module);
            Ok::<(), gimli::Error>(())
        })
        .unwrap();
    module
}

fn custom<'a>(module: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let payloads = Parser::new(0).parse_all(module);
    let mut sections = payloads.filter_map(|payload| match payload.unwrap() {
        Payload::CustomSection(section) if section.name() == name => Some(section.data()),
        _ => None,
    });
    sections.next()
}

/// The lines of all functions, at this offset in their bodies.
fn lines_at(section: &[u8], offset: u32) -> Vec<(u32, String, u32)> {
    let table = LineTable::read(section).unwrap();
    let found = (0..4).filter_map(|function| {
        let found = table.find(function, offset).unwrap();
        let found = found.last()?;
        Some((function, found.file.to_owned(), found.line))
    });
    found.collect()
}

#[test]
fn lines_take_the_place_of_dwarf() {
    let module = module();
    assert!(custom(&module, ".debug_line").is_some());
    let digested = extract_line_table(&module);
    assert_eq!(custom(&digested, ".debug_line"), None);
    let section = custom(&digested, SECTION).unwrap();
    let file = || "inner.c".to_owned();
    assert_eq!(lines_at(section, 1), [(1, file(), 5), (2, file(), 6)]);
    assert!(digested.len() < module.len());
}

#[test]
fn a_module_without_dwarf_stays_as_it_is() {
    let module = wat::parse_str(TEXT).unwrap();
    assert!(matches!(extract_line_table(&module), Cow::Borrowed(same) if same == module));
    assert!(matches!(
        extract_line_table(b"\0asm"),
        Cow::Borrowed(b"\0asm")
    ));
}

#[test]
fn files_are_called_as_people_call_them() {
    let folders = BTreeSet::from(["/srv/a/guard".to_owned(), "/srv/a".to_owned()]);
    assert_eq!(short("/srv/a/guard/src/lib.rs", &folders), "src/lib.rs");
    assert_eq!(short("/srv/a/b.c", &folders), "b.c");
    let outside = "/rustc/12/core/src/option.rs";
    assert_eq!(short(outside, &folders), "core/src/option.rs");
    assert_eq!(short("/x.c", &folders), "/x.c");
    assert_eq!(short("src/lib.rs", &folders), "src/lib.rs");
}

proptest! {
    // A compiler's mistake, or a hand in its output: lines may be lost, nothing else.
    #[test]
    fn broken_dwarf_is_left_out(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..32),
    ) {
        let mut module = module();
        let ranges: Vec<_> = Parser::new(0)
            .parse_all(&module)
            .filter_map(|payload| match payload.unwrap() {
                Payload::CustomSection(section) if section.name().starts_with(PREFIX) => {
                    let begin = section.data_offset();
                    Some(begin..begin + section.data().len())
                }
                _ => None,
            })
            .collect();
        let bytes: Vec<usize> = ranges.into_iter().flatten().collect();
        for (index, byte) in changes {
            module[bytes[index.index(bytes.len())]] = byte;
        }
        let digested = extract_line_table(&module);
        prop_assert_eq!(custom(&digested, ".debug_line"), None);
        if let Some(section) = custom(&digested, SECTION) {
            prop_assert!(LineTable::read(section).is_ok());
        }
    }
}
