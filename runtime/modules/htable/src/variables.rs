//! Pseudo-variables: `$sht`, `$shtex`, `$shtinc`, `$shtdec`, `$shtrecord`, `$shv`.

use evroute_module_api::{RunState, Value, Variable, VariableError, VariableName};

use crate::events::Expired;
use crate::value::to_value;
use crate::write_batch::WriteBatch;
use crate::{Stored, TableId, WriteError};

/// This module's rows.
pub(crate) const ROWS: &[Variable] = &[
    Variable {
        name: "sht",
        spelling: "$sht(table=>key)",
        meaning: "an entry of a table; null when there is none; writing null removes it",
        grant: Some("htable"),
        counts: false,
        get: |run, name| {
            let (place, key) = entry(run, name)?;
            let seen = write_batch(run)?.get(place, key);
            Ok(to_value(seen.as_ref().map(|seen| &seen.value)))
        },
        set: Some(|run, name, value| {
            let (place, key) = entry(run, name)?;
            to_write(run, place)?
                .set(place, key, Stored::from_value(value), None)
                .map_err(refused)
        }),
    },
    Variable {
        name: "shtex",
        spelling: "$shtex(table=>key)",
        meaning: "how many seconds an entry has left; 0 when it stays for good, null when there is none",
        grant: Some("htable"),
        counts: false,
        get: |run, name| {
            let (place, key) = entry(run, name)?;
            let write_batch = write_batch(run)?;
            let left = write_batch
                .get(place, key)
                .map(|seen| seen.expiry.seconds_left(write_batch.now_us()));
            Ok(left.map_or(Value::Null, |left| {
                Value::Int(i64::try_from(left).unwrap_or(i64::MAX))
            }))
        },
        set: Some(|run, name, value| {
            let (place, key) = entry(run, name)?;
            let seconds = seconds(&value)?;
            to_write(run, place)?
                .expire(place, key, seconds)
                .map_err(refused)
        }),
    },
    Variable {
        name: "shtinc",
        spelling: "$shtinc(table=>key)",
        meaning: "reading it adds 1 to an entry and gives the sum",
        grant: Some("htable"),
        counts: true,
        get: |run, name| count(run, name, 1),
        set: None,
    },
    Variable {
        name: "shtdec",
        spelling: "$shtdec(table=>key)",
        meaning: "reading it takes 1 from an entry and gives the rest",
        grant: Some("htable"),
        counts: true,
        get: |run, name| count(run, name, -1),
        set: None,
    },
    Variable {
        name: "shtrecord",
        spelling: "$shtrecord(key)",
        meaning: "in htable:expired the entry's key, or with `value` for `key` its value",
        grant: None,
        counts: false,
        get: record,
        set: None,
    },
    Variable {
        name: "shv",
        spelling: "$shv(name)",
        meaning: "a variable shared by the tenant's handlers; 0 until written; writing null makes it 0",
        grant: Some("shv"),
        counts: false,
        get: |run, name| {
            let name = argument(name)?;
            let seen = write_batch(run)?.get(TableId::Shared, name);
            Ok(to_value(seen.as_ref().map(|seen| &seen.value)))
        },
        set: Some(|run, name, value| {
            let name = argument(name)?;
            to_write(run, TableId::Shared)?
                .set(TableId::Shared, name, Stored::from_value(value), None)
                .map_err(refused)
        }),
    },
];

fn write_batch(run: &mut RunState) -> Result<&mut WriteBatch, VariableError> {
    WriteBatch::of(run).map_err(|fault| VariableError::Other(fault.to_string()))
}

/// The same, to write into this place.
fn to_write(run: &mut RunState, place: TableId) -> Result<&mut WriteBatch, VariableError> {
    WriteBatch::to_write(run, place)
        .map_err(|fault| VariableError::Other(fault.to_string()))?
        .map_err(refused)
}

/// `name` of `$shv(name)`. None of this module's variables has an index.
fn argument<'a>(name: &VariableName<'a>) -> Result<&'a str, VariableError> {
    match name.index {
        None if name.is_every => Err(VariableError::UnknownName),
        Some(_) => Err(VariableError::UnknownName),
        None => name.argument.ok_or(VariableError::UnknownName),
    }
}

/// `table` and `key` of `$sht(table=>key)`; the key as it is, spaces included.
fn entry<'a>(
    run: &mut RunState,
    name: &VariableName<'a>,
) -> Result<(TableId, &'a str), VariableError> {
    let (table, key) = argument(name)?
        .split_once("=>")
        .ok_or(VariableError::UnknownName)?;
    let place = WriteBatch::open(run, table.trim())
        .map_err(|fault| VariableError::Other(fault.to_string()))?;
    Ok((place.ok_or(VariableError::NotAvailableHere)?, key))
}

fn count(run: &mut RunState, name: &VariableName<'_>, delta: i64) -> Result<Value, VariableError> {
    let (place, key) = entry(run, name)?;
    to_write(run, place)?
        .add(place, key, delta)
        .map(Value::Int)
        .map_err(refused)
}

fn record(run: &mut RunState, name: &VariableName<'_>) -> Result<Value, VariableError> {
    let part = argument(name)?;
    let expired = run
        .payload::<Expired>()
        .map_err(|_| VariableError::NotAvailableHere)?;
    match part {
        "key" => Ok(Value::Text(expired.key.as_ref().to_owned())),
        "value" => Ok(Value::from(&expired.value)),
        _ => Err(VariableError::UnknownName),
    }
}

fn seconds(value: &Value) -> Result<u32, VariableError> {
    let number = match value {
        Value::Int(number) => u32::try_from(*number).ok(),
        Value::Null | Value::Text(_) | Value::Octets(_) => None,
    };
    let wanted = || VariableError::InvalidValue("seconds, 0 to 4294967295, are needed".to_owned());
    number.ok_or_else(wanted)
}

/// The error that a guest gets for a refused write.
fn refused(error: WriteError) -> VariableError {
    match error {
        WriteError::NoTable => VariableError::NotAvailableHere,
        WriteError::ReadOnly => VariableError::ReadOnly,
        WriteError::Full => VariableError::Other(error.to_string()),
        WriteError::KeyLength
        | WriteError::ValueLength
        | WriteError::NotANumber
        | WriteError::Overflow
        | WriteError::NoEntry => VariableError::InvalidValue(error.to_string()),
    }
}
