use std::fmt::Write;

use wasmparser::{DataKind, Parser, Payload};

use super::{SEGMENTS_MIN, merge_segments};

/// A module with segments of four bytes, so many bytes apart, and more text.
fn module(segments: usize, apart: usize, more: &str) -> Vec<u8> {
    let mut text = "(module (memory 16)".to_owned();
    for number in 0..segments {
        let _ = write!(
            text,
            "(data (i32.const {}) \"\\01\\02\\03\\04\")",
            number * (4 + apart)
        );
    }
    text += more;
    text.push(')');
    wat::parse_str(text).unwrap()
}

/// The number of segments, and the memory as a start would make it.
fn memory(module: &[u8]) -> (usize, Vec<u8>) {
    wasmparser::validate(module).unwrap();
    let (mut count, mut memory) = (0, vec![0; 16 * 64 * 1024]);
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(section) = payload.unwrap() else {
            continue;
        };
        for data in section {
            let data = data.unwrap();
            count += 1;
            let DataKind::Active { offset_expr, .. } = data.kind else {
                continue;
            };
            let wasmparser::Operator::I32Const { value } =
                offset_expr.get_operators_reader().read().unwrap()
            else {
                panic!("a place of another kind");
            };
            let begin = usize::try_from(value).unwrap();
            memory[begin..begin + data.data.len()].copy_from_slice(data.data);
        }
    }
    (count, memory)
}

#[test]
fn neighbours_become_one_and_memory_is_the_same() {
    let before = module(SEGMENTS_MIN, 8, "(data \"never used\")");
    let after = merge_segments(&before);
    assert_eq!(memory(&before).0, SEGMENTS_MIN + 1);
    assert_eq!(memory(&after).0, 1);
    assert_eq!(memory(&before).1, memory(&after).1);
}

#[test]
fn what_is_far_apart_stays_apart() {
    let before = module(SEGMENTS_MIN, 65, "");
    assert_eq!(merge_segments(&before), before);
    let before = module(SEGMENTS_MIN, 64, "");
    assert_eq!(memory(&merge_segments(&before)).0, 1);
}

#[test]
fn a_module_that_could_tell_is_left_alone() {
    let named = "(func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0)))";
    let dropped = "(func (data.drop 3))";
    let overlapping = "(data (i32.const 2) \"\\09\\09\")";
    let computed = "(global $at i32 (i32.const 5)) (data (global.get $at) \"x\")";
    for more in [named, dropped, overlapping, computed] {
        let before = module(SEGMENTS_MIN, 8, more);
        assert_eq!(merge_segments(&before), before, "{more}");
    }
    let few = module(SEGMENTS_MIN - 1, 8, "");
    assert_eq!(merge_segments(&few), few);
    let own = "(module (memory 16)";
    let mut text = "(module (import \"a\" \"b\" (memory 16))".to_owned();
    for number in 0..SEGMENTS_MIN {
        let _ = write!(text, "(data (i32.const {}) \"x\")", number * 2);
    }
    text.push(')');
    let imported = wat::parse_str(&text).unwrap();
    assert_eq!(merge_segments(&imported), imported);
    let owned = text.replace("(module (import \"a\" \"b\" (memory 16))", own);
    let owned = wat::parse_str(owned).unwrap();
    assert_eq!(memory(&merge_segments(&owned)).0, 1);
}
