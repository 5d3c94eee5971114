use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn written(value: &WitValue) -> Vec<u8> {
    let mut body = BodyWriter::default();
    body.value(value);
    body.finish()
}

fn read(bytes: &[u8]) -> Result<WitValue, BodyError> {
    let mut body = BodyReader::new(bytes);
    let value = body.value()?;
    body.end()?;
    Ok(value)
}

fn any_value() -> impl Strategy<Value = WitValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(WitValue::Bool),
        any::<u64>().prop_map(WitValue::Unsigned),
        any::<i64>().prop_map(WitValue::Signed),
        (-1e300..1e300).prop_map(WitValue::Real),
        ".{0,20}".prop_map(WitValue::Text),
        vec(any::<u8>(), 0..40).prop_map(WitValue::Bytes),
        any::<u32>().prop_map(WitValue::Handle),
        Just(WitValue::UNIT),
    ];
    leaf.prop_recursive(6, 40, 5, |of| {
        let boxed = || of.clone().prop_map(Box::new);
        let name = || "[a-z-]{1,12}".prop_map(Cow::Owned);
        prop_oneof![
            vec(of.clone(), 0..5).prop_map(WitValue::List),
            vec(of.clone(), 0..5).prop_map(WitValue::Tuple),
            vec((name(), of.clone()), 0..5).prop_map(WitValue::Record),
            (name(), proptest::option::of(boxed())).prop_map(|(name, of)| WitValue::Case(name, of)),
            proptest::option::of(boxed()).prop_map(WitValue::Option),
            boxed().prop_map(|of| WitValue::Result(Ok(of))),
            boxed().prop_map(|of| WitValue::Result(Err(of))),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_is_read_as_it_was_written(value in any_value()) {
        prop_assert_eq!(read(&written(&value)), Ok(value));
    }

    #[test]
    fn one_that_is_cut_off_anywhere_is_broken(value in any_value()) {
        let bytes = written(&value);
        for length in 0..bytes.len() {
            prop_assert!(read(&bytes[..length]).is_err(), "{}", length);
        }
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes in vec(any::<u8>(), 0..400)) {
        if let Ok(value) = read(&bytes) {
            prop_assert_eq!(written(&value), bytes);
        }
    }
}

#[test]
fn lengths_are_held_against_what_is_there_before_there_is_room_for_it() {
    for kind in [TEXT, BYTES, LIST, TUPLE, RECORD, CASE] {
        let bytes = [&[kind][..], &u32::MAX.to_le_bytes(), &[0; 16]].concat();
        assert_eq!(read(&bytes), Err(CUT_OFF), "{kind}");
    }
}

#[test]
fn values_lie_only_so_deep() {
    let nested = |depth: usize| [vec![OK; depth], vec![BOOL, 0]].concat();
    assert!(read(&nested(DEPTH_MAX)).is_ok());
    let deep = BodyError("its values lie too deep in each other");
    assert_eq!(read(&nested(DEPTH_MAX + 1)), Err(deep));
    // As many levels as would end a thread's stack.
    assert_eq!(read(&nested(10_000_000)), Err(deep));
}

#[test]
fn there_are_only_so_many_values() {
    let list = |count: usize| {
        let head = u32::try_from(count).unwrap().to_le_bytes();
        [&[LIST][..], &head, &[BOOL, 0].repeat(count)].concat()
    };
    assert!(read(&list(VALUES_MAX - 1)).is_ok());
    let many = BodyError("it has too many values");
    assert_eq!(read(&list(VALUES_MAX)), Err(many));
    assert_eq!(read(&list(VALUES_MAX + 1)), Err(many));
    // Lists in lists count together.
    let lists = [&[LIST][..], &2_u32.to_le_bytes(), &list(60_000).repeat(2)].concat();
    assert_eq!(read(&lists), Err(many));
}

#[test]
fn what_is_neither_this_nor_that_is_broken() {
    for bytes in [
        &[BOOL, 2][..],
        &[OPTION, 2],
        &[TEXT, 1, 0, 0, 0, 0xff],
        &[CASE, 1, 0, 0, 0, 0xff, 0],
        &[14],
        &[255],
        &[BOOL, 1, 0],
    ] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}
