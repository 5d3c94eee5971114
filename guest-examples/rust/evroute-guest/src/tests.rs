//! What needs no server. `cargo test --package evroute-guest --no-default-features`.

use alloc::string::{String, ToString};
use alloc::vec;

use crate::bindings::evroute::htable::htable;
use crate::joined::joined;
use crate::log::Part;
use crate::pv::checked;
use crate::{Context, Error, FromValue, Result, Value};

#[test]
fn numbers_have_their_digits() {
    for number in [0, 7, -1, 3600, i64::MAX, i64::MIN] {
        assert_eq!(number.text().as_ref(), number.to_string());
    }
    assert_eq!(u16::MAX.text().as_ref(), "65535");
}

#[test]
fn parts_are_joined_in_their_order() {
    assert_eq!(joined(&[]), "");
    assert_eq!(joined(&["a", "", "bc", "ä"]), "abcä");
    let absent: Option<String> = None;
    assert_eq!(absent.text(), "");
}

#[test]
fn errors_are_sentences() {
    let full: core::result::Result<(), _> = Err(htable::Error::QuotaExceeded);
    let reported = full.context("table calls").unwrap_err();
    assert_eq!(reported.to_string(), "table calls: no room is left");
    let given: Result<()> = Err("no number plan".into());
    assert_eq!(String::from(given.unwrap_err()), "no number plan");
    assert_eq!(
        Error::about("table ", "calls", "full".into()).to_string(),
        "table calls: full"
    );
}

#[test]
fn values_are_read_as_what_they_are() {
    assert_eq!(i64::from_value(Value::Int(5)), Some(5));
    assert_eq!(i64::from_value("5".into()), None);
    assert_eq!(Option::<String>::from_value(Value::Null), Some(None));
    assert_eq!(Option::<String>::from_value(5.into()), None);
    assert_eq!(
        vec![1],
        alloc::vec::Vec::<u8>::from_value(vec![1].into()).unwrap()
    );
    assert!(matches!(Value::from(None::<i64>), Value::Null));
}

#[test]
fn names_of_variables_are_checked() {
    for good in ["$ru", "$hdr(X-Id)", "$sht(calls=>$ci)", "$(hdr(Via)[0])"] {
        assert_eq!(checked(good), good);
    }
}

#[test]
#[should_panic = "write a variable of Rust"]
fn a_private_variable_of_a_script_is_none_of_a_handlers() {
    let _ = checked("$var(x)");
}

#[test]
fn a_variable_that_only_begins_like_a_private_one_is_none() {
    for good in ["$var", "$varied(x)", "$avpair(x)"] {
        assert_eq!(checked(good), good);
    }
}

#[test]
#[should_panic = "a parenthesis is not closed"]
fn a_parenthesis_has_to_be_closed() {
    let _ = checked("$hdr(X-Id");
}

#[test]
#[should_panic = "a pseudo-variable begins with $"]
fn a_name_begins_with_a_dollar() {
    let _ = checked("ru");
}
