//! Functions of SQLite's whose work grows with the product of their arguments' lengths, made anew
//! so that it grows with the sum. They answer what SQLite's own answer.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ToSql, ffi};

use super::limits::VALUE_BYTES_MAX;

/// Which ends are trimmed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Left,
    Right,
    Both,
}

/// A text of bytes that may be none of UTF-8, as SQLite's may.
struct TextBytes(Vec<u8>);

impl ToSql for TextBytes {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

/// Puts them in the place of SQLite's own.
pub(super) fn replace(connection: &Connection) -> rusqlite::Result<()> {
    // As SQLite's own are: views and triggers may use them, too.
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    let fractions = Arc::new(Fractions::default());
    let of_instr = Arc::clone(&fractions);
    connection.create_scalar_function("instr", 2, flags, move |call| instr(call, &of_instr))?;
    let of_replace = Arc::clone(&fractions);
    connection
        .create_scalar_function("replace", 3, flags, move |call| replaced(call, &of_replace))?;
    for (name, ends) in [
        ("ltrim", Ends::Left),
        ("rtrim", Ends::Right),
        ("trim", Ends::Both),
    ] {
        let of_trim = Arc::clone(&fractions);
        connection
            .create_scalar_function(name, 2, flags, move |call| trimmed(call, ends, &of_trim))?;
    }
    Ok(())
}

/// The arguments as text; none when one of them is NULL.
fn texts<'a, const N: usize>(
    call: &'a Context<'_>,
    fractions: &Fractions,
) -> rusqlite::Result<Option<[Cow<'a, [u8]>; N]>> {
    let mut texts = [const { Cow::Borrowed(&[] as &[u8]) }; N];
    for (index, text) in texts.iter_mut().enumerate() {
        *text = match call.get_raw(index) {
            ValueRef::Null => return Ok(None),
            ValueRef::Integer(number) => Cow::Owned(number.to_string().into_bytes()),
            ValueRef::Real(number) => Cow::Owned(fractions.text(number)?.into_bytes()),
            ValueRef::Text(text) | ValueRef::Blob(text) => Cow::Borrowed(text),
        };
    }
    Ok(Some(texts))
}

/// Fractions as text: SQLite's own rounding, asked of a connection that nobody else has, and that
/// is made when first used.
#[derive(Default)]
struct Fractions(Mutex<Option<Connection>>);

impl Fractions {
    fn text(&self, number: f64) -> rusqlite::Result<String> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match &mut *connection {
            Some(connection) => connection,
            none => none.insert(Connection::open_in_memory()?),
        };
        connection.query_row("select cast(? as text)", [number], |row| row.get(0))
    }
}

/// Where the second is in the first: in bytes when both are blobs, else in characters.
fn instr(call: &Context<'_>, fractions: &Fractions) -> rusqlite::Result<Option<i64>> {
    let is_blob = |index| matches!(call.get_raw(index), ValueRef::Blob(_));
    let in_bytes = is_blob(0) && is_blob(1);
    let Some([haystack, needle]) = texts(call, fractions)? else {
        return Ok(None);
    };
    if needle.is_empty() {
        return Ok(Some(1));
    }
    // A text is looked at where its characters begin, and at its own beginning.
    let is_inside = !in_bytes && needle.first().is_some_and(|first| !begins(*first));
    let found = if is_inside {
        haystack.starts_with(&needle).then_some(0)
    } else {
        memmem::find(&haystack, &needle)
    };
    let Some(at) = found else {
        return Ok(Some(0));
    };
    let before = haystack.get(..at).unwrap_or_default();
    let characters = before.iter().filter(|byte| in_bytes || begins(**byte));
    Ok(i64::try_from(characters.count() + 1).ok())
}

/// Whether a character of UTF-8 begins with this byte.
fn begins(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

fn replaced(call: &Context<'_>, fractions: &Fractions) -> rusqlite::Result<Option<TextBytes>> {
    let Some([whole, pattern]) = texts(call, fractions)? else {
        return Ok(None);
    };
    if pattern.first().is_none_or(|first| *first == 0) {
        return Ok(Some(TextBytes(whole.into_owned())));
    }
    let Some([_, _, by]) = texts(call, fractions)? else {
        return Ok(None);
    };
    let found = memmem::find_iter(&whole, &*pattern).count();
    let length = whole.len() - found * pattern.len() + found * by.len();
    if usize::try_from(VALUE_BYTES_MAX).is_ok_and(|most| length > most) {
        return Err(Error::SqliteFailure(
            ffi::Error::new(ffi::SQLITE_TOOBIG),
            None,
        ));
    }
    let mut result = Vec::with_capacity(length);
    let mut rest = 0;
    for at in memmem::find_iter(&whole, &*pattern) {
        result.extend_from_slice(whole.get(rest..at).unwrap_or_default());
        result.extend_from_slice(&by);
        rest = at + pattern.len();
    }
    result.extend_from_slice(whole.get(rest..).unwrap_or_default());
    Ok(Some(TextBytes(result)))
}

fn trimmed(
    call: &Context<'_>,
    ends: Ends,
    fractions: &Fractions,
) -> rusqlite::Result<Option<TextBytes>> {
    let Some([whole, set]) = texts(call, fractions)? else {
        return Ok(None);
    };
    // SQLite's reading of the set ends at a NUL.
    let set = set.split(|byte| *byte == 0).next().unwrap_or_default();
    let characters: HashSet<&[u8]> = characters(set).collect();
    let is_in_set = |part: Option<&[u8]>| part.is_some_and(|part| characters.contains(part));
    let mut left: &[u8] = &whole;
    if ends != Ends::Right {
        while let Some(length) = (1..=4).find(|length| is_in_set(left.get(..*length))) {
            left = left.get(length..).unwrap_or_default();
        }
    }
    if ends != Ends::Left {
        let end = |left: &[u8], length: usize| left.len().checked_sub(length);
        while let Some(end) = (1..=4)
            .filter_map(|length| end(left, length))
            .find(|end| is_in_set(left.get(*end..)))
        {
            left = left.get(..end).unwrap_or_default();
        }
    }
    Ok(Some(TextBytes(left.to_vec())))
}

/// The characters of a text of UTF-8.
fn characters(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.chunk_by(|_, next| !begins(*next))
}
