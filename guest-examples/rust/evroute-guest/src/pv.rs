//! Pseudo-variables by Kamailio's spelling.

use crate::bindings::evroute::pv::pv;
use crate::error::{Context, Error, Result};
use crate::joined::joined;
use crate::value::{FromValue, Value};

/// Reads or writes a pseudo-variable whose name is known at compile time; a name that cannot be one is an error of the compiler.
///
/// ```no_run
/// # use evroute_guest::pv;
/// # fn handler() -> evroute_guest::Result<()> {
/// let value = pv!("$hdr(X-Id)")?;                       // a Value
/// let now = pv!("$TS" as i64)?;                         // a number, or the run fails: "$TS: not a number"
/// let agent = pv!("$ua" as Option<String>)?;            // $null is None
/// pv!("$shv(latest)" = now)?;
/// pv!("$du" = None::<i64>)?;                            // takes it away
/// # drop((value, agent));
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
///
/// `$var`, `$vz`, `$vn`, `$avp` and `$xavp` belong to Kamailio's scripts: a variable of Rust's is in
/// their place.
#[macro_export]
macro_rules! pv {
    ($name:literal) => {{
        const NAME: &str = $crate::pv::checked($name);
        $crate::pv::get(NAME)
    }};
    ($name:literal as $type:ty) => {{
        const NAME: &str = $crate::pv::checked($name);
        $crate::pv::get_as::<$type>(NAME)
    }};
    ($name:literal = $value:expr) => {{
        const NAME: &str = $crate::pv::checked($name);
        $crate::pv::set(NAME, $value)
    }};
}

/// Reads a variable.
///
/// # Errors
/// Why it cannot be read, as `$name: why`.
#[inline]
pub fn get(name: &str) -> Result<Value> {
    pv::get(name).context(name)
}

/// Reads a variable that has to be a `T`.
///
/// # Errors
/// Why it cannot be read, or that it is something else.
#[inline]
pub fn get_as<T: FromValue>(name: &str) -> Result<T> {
    match T::from_value(get(name)?) {
        Some(value) => Ok(value),
        None => Err(not_the_kind(name, T::WANTED)),
    }
}

/// Writes a variable. `None` and [`Value::Null`] remove where removing makes sense (`$sht`, `$du`).
///
/// # Errors
/// Why it cannot be written, as `$name: why`.
#[inline]
pub fn set(name: &str, value: impl Into<Value>) -> Result<()> {
    pv::set(name, &value.into()).context(name)
}

#[cold]
fn not_the_kind(name: &str, wanted: &str) -> Error {
    joined(&[name, " is not ", wanted]).into()
}

/// The name, if it can be one: a `$`, something after it, and every parenthesis closed.
#[doc(hidden)]
#[must_use]
pub const fn checked(name: &str) -> &str {
    let octets = name.as_bytes();
    assert!(
        octets.len() > 1 && octets[0] == b'$',
        "a pseudo-variable begins with $ and has a name"
    );
    assert!(
        !is_private(octets),
        "$var, $vz, $vn, $avp and $xavp are of Kamailio's scripts; write a variable of Rust, let mut"
    );
    let (mut open, mut at) = (0_usize, 0);
    while at < octets.len() {
        match octets[at] {
            b'(' => open += 1,
            b')' => {
                assert!(open > 0, "a parenthesis is closed that was not opened");
                open -= 1;
            }
            _ => {}
        }
        at += 1;
    }
    assert!(open == 0, "a parenthesis is not closed");
    name
}

/// Whether it is one of those that a script has for itself, which no server keeps.
const fn is_private(name: &[u8]) -> bool {
    begins(name, b"$var(")
        || begins(name, b"$vz(")
        || begins(name, b"$vn(")
        || begins(name, b"$avp(")
        || begins(name, b"$xavp(")
}

const fn begins(name: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    while at < word.len() {
        if at >= name.len() || name[at] != word[at] {
            return false;
        }
        at += 1;
    }
    true
}
