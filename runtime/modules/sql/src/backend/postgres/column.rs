//! PostgreSQL's binary values. The driver reads them as Rust types that are chosen beforehand; here
//! the type is known when the value is there.

use std::error::Error;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Column;
use tokio_postgres::types::{FromSql, Kind as TypeKind, Type};

use crate::Value;
use crate::rows::RowBuffer;

/// From 1970 to PostgreSQL's epoch, 2000.
const EPOCH_SECONDS: i64 = 946_684_800;

/// The kinds of value that are read, by what `pg_type` calls them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Bool,
    Int,
    Oid,
    Real,
    Text,
    Jsonb,
    Octets,
    Uuid,
    Numeric,
    Timestamp,
    TimestampTz,
    Date,
    Time,
    Void,
}

/// A value as the server sent it; none where it is NULL.
pub(super) struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Reads one value of this column.
pub(super) fn read(
    raw: Raw<'_>,
    column: &Column,
    buffer: &mut RowBuffer,
) -> Result<Value, crate::Error> {
    let Some(bytes) = raw.0 else {
        buffer.admit_value(0)?;
        return Ok(Value::Null);
    };
    // Before anything is copied.
    buffer.admit_value(bytes.len())?;
    let kind = kind(column.type_());
    let value = kind.and_then(|kind| convert(kind, bytes));
    let value =
        value.ok_or_else(|| crate::Error::unreadable(column.name(), column.type_().name()))?;
    if let Value::Text(text) = &value {
        // 1e100000 is sent as ten bytes.
        buffer.admit_growth(text.len().saturating_sub(bytes.len()))?;
    }
    Ok(value)
}

/// `pg_type.oid` of the types that every server has; an enumeration's value is sent as its label.
fn kind(found: &Type) -> Option<Kind> {
    Some(match found.oid() {
        16 => Kind::Bool,
        20 | 21 | 23 => Kind::Int,
        26 => Kind::Oid,
        700 | 701 => Kind::Real,
        // "char", name, text, json, xml, unknown, bpchar, varchar
        18 | 19 | 25 | 114 | 142 | 705 | 1042 | 1043 => Kind::Text,
        3802 => Kind::Jsonb,
        17 => Kind::Octets,
        2950 => Kind::Uuid,
        1700 => Kind::Numeric,
        1114 => Kind::Timestamp,
        1184 => Kind::TimestampTz,
        1082 => Kind::Date,
        1083 => Kind::Time,
        2278 => Kind::Void,
        _ if matches!(found.kind(), TypeKind::Enum(_)) => Kind::Text,
        _ => return None,
    })
}

fn convert(kind: Kind, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        Kind::Bool => Value::Int(i64::from(bytes.first()? != &0)),
        Kind::Int => Value::Int(int(bytes)?),
        Kind::Oid => Value::Int(i64::from(u32::from_be_bytes(bytes.try_into().ok()?))),
        Kind::Real => Value::Real(real(bytes)?),
        Kind::Text => Value::Text(text(bytes)?),
        // A version number, which is 1, and the text.
        Kind::Jsonb => Value::Text(text(bytes.strip_prefix(&[1])?)?),
        Kind::Octets => Value::Octets(bytes.to_vec()),
        Kind::Uuid => Value::Text(uuid(bytes)?),
        Kind::Numeric => Value::Text(numeric(bytes)?),
        Kind::Timestamp => Value::Text(moment(bytes, |at| {
            TimeZone::UTC.to_datetime(at).to_string()
        })?),
        Kind::TimestampTz => Value::Text(moment(bytes, |at| at.to_string())?),
        Kind::Date => Value::Text(date(bytes)?),
        Kind::Time => Value::Text(time(bytes)?),
        Kind::Void => Value::Null,
    })
}

fn int(bytes: &[u8]) -> Option<i64> {
    match bytes.len() {
        2 => Some(i64::from(i16::from_be_bytes(bytes.try_into().ok()?))),
        4 => Some(i64::from(i32::from_be_bytes(bytes.try_into().ok()?))),
        8 => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

fn real(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => Some(f64::from(f32::from_be_bytes(bytes.try_into().ok()?))),
        8 => Some(f64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts: Option<Vec<_>> = parts
        .iter()
        .map(|(begin, end)| digits.get(*begin..*end))
        .collect();
    Some(parts?.join("-"))
}

/// `numeric_send`: how many digits, the first one's weight, the sign, how many decimals to show;
/// then the digits, each of them four decimal ones.
fn numeric(bytes: &[u8]) -> Option<String> {
    let (head, digits) = bytes.split_at_checked(8)?;
    let word = |at: usize| Some(u16::from_be_bytes(head.get(at..at + 2)?.try_into().ok()?));
    let weight = i32::from(i16::from_be_bytes(head.get(2..4)?.try_into().ok()?));
    let (sign, scale) = (word(4)?, usize::from(word(6)?));
    let sign = match sign {
        0x0000 => "",
        0x4000 => "-",
        0xc000 => return Some("NaN".to_owned()),
        0xd000 => return Some("Infinity".to_owned()),
        0xf000 => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let digits: Vec<u16> = digits
        .chunks_exact(2)
        .map(|pair| pair.try_into().map_or(0, u16::from_be_bytes))
        .collect();
    let digit = |place: i32| {
        let index = usize::try_from(weight - place).ok();
        index
            .and_then(|index| digits.get(index))
            .copied()
            .unwrap_or(0)
    };
    let mut whole = String::new();
    for place in (0..=weight).rev() {
        whole.push_str(&format!("{:04}", digit(place)));
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let mut decimals = String::new();
    let mut place = -1;
    while decimals.len() < scale {
        decimals.push_str(&format!("{:04}", digit(place)));
        place -= 1;
    }
    decimals.truncate(scale);
    let point = if scale > 0 { "." } else { "" };
    Some(format!("{sign}{whole}{point}{decimals}"))
}

/// Microseconds since 2000.
fn moment(bytes: &[u8], print: impl FnOnce(Timestamp) -> String) -> Option<String> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    match micros {
        i64::MAX => Some("infinity".to_owned()),
        i64::MIN => Some("-infinity".to_owned()),
        _ => {
            let since_1970 = micros.checked_add(EPOCH_SECONDS * 1_000_000)?;
            Timestamp::from_microsecond(since_1970).ok().map(print)
        }
    }
}

/// Days since 2000.
fn date(bytes: &[u8]) -> Option<String> {
    let days = i32::from_be_bytes(bytes.try_into().ok()?);
    match days {
        i32::MAX => Some("infinity".to_owned()),
        i32::MIN => Some("-infinity".to_owned()),
        _ => {
            let since_2000 = SignedDuration::from_hours(i64::from(days) * 24);
            let date = Date::constant(2000, 1, 1).checked_add(since_2000).ok()?;
            Some(date.to_string())
        }
    }
}

/// Microseconds since midnight; 24:00:00 is one of PostgreSQL's times.
fn time(bytes: &[u8]) -> Option<String> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    if micros == 86_400_000_000 {
        return Some("24:00:00".to_owned());
    }
    let since_midnight = SignedDuration::from_micros(micros);
    let at = DateTime::from_parts(Date::constant(2000, 1, 1), Time::midnight());
    Some(at.checked_add(since_midnight).ok()?.time().to_string())
}
