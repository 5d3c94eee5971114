//! A value of a table, a variable, a column or a parameter, as cases write it.

use std::fmt;

use evroute_module_api::Value as Parameter;
use evroute_module_htable::Stored;
use evroute_module_sql::Value;
use serde::Deserialize;

/// `1`, `1.5`, `"text"`, `[255, 0]` for bytes, `{ null = true }`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a value is a whole number, a real one, a text, a list of bytes or { null = true }"
)]
pub(crate) enum Cell {
    Int(i64),
    Real(f64),
    Text(String),
    Octets(Vec<u8>),
    Null { null: bool },
}

impl Cell {
    const NULL: Self = Self::Null { null: true };

    /// What a table would hold; a sentence for what tables cannot hold.
    pub(crate) fn stored(&self) -> Result<Stored, String> {
        match self {
            Self::Int(number) => Ok(Stored::Int(*number)),
            Self::Text(text) => Ok(Stored::Text(text.as_str().into())),
            Self::Octets(bytes) => Ok(Stored::Octets(bytes.as_slice().into())),
            Self::Real(_) | Self::Null { .. } => Err(format!(
                "a table holds whole numbers, texts and bytes, and not {self}"
            )),
        }
    }

    pub(crate) fn of_stored(stored: &Stored) -> Self {
        match stored {
            Stored::Int(number) => Self::Int(*number),
            Stored::Text(text) => Self::Text(text.to_string()),
            Stored::Octets(bytes) => Self::Octets(bytes.to_vec()),
        }
    }

    pub(crate) fn column(&self) -> Value {
        match self {
            Self::Int(number) => Value::Int(*number),
            Self::Real(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Octets(bytes) => Value::Octets(bytes.clone()),
            Self::Null { .. } => Value::Null,
        }
    }

    pub(crate) fn of_column(value: &Value) -> Self {
        match value {
            Value::Int(number) => Self::Int(*number),
            Value::Real(number) => Self::Real(*number),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Octets(bytes) => Self::Octets(bytes.clone()),
            Value::Null => Self::NULL,
        }
    }

    /// What an event's parameter would hold; a sentence for what it cannot hold.
    pub(crate) fn parameter(&self) -> Result<Parameter, String> {
        match self {
            Self::Int(number) => Ok(Parameter::Int(*number)),
            Self::Text(text) => Ok(Parameter::Text(text.clone())),
            Self::Octets(bytes) => Ok(Parameter::Octets(bytes.clone())),
            Self::Null { .. } => Ok(Parameter::Null),
            Self::Real(_) => Err(format!("a parameter is no real number, and not {self}")),
        }
    }

    pub(crate) fn of_parameter(value: &Parameter) -> Self {
        match value {
            Parameter::Int(number) => Self::Int(*number),
            Parameter::Text(text) => Self::Text(text.clone()),
            Parameter::Octets(bytes) => Self::Octets(bytes.clone()),
            Parameter::Null => Self::NULL,
        }
    }
}

/// As a case file would write it.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Real(number) if number.is_nan() => f.write_str("nan"),
            // With its point, which makes it no whole number.
            Self::Real(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Octets(bytes) => write!(f, "{bytes:?}"),
            Self::Null { .. } => f.write_str("{ null = true }"),
        }
    }
}

/// Cells as one line of a list.
pub(crate) fn listed(cells: &[Cell]) -> String {
    let cells: Vec<_> = cells.iter().map(ToString::to_string).collect();
    cells.join(", ")
}

/// A text as TOML's basic string, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Read {
        cell: Cell,
    }

    #[test]
    fn what_is_shown_can_be_written() {
        for cell in [
            Cell::Int(-1),
            Cell::Real(2.0),
            Cell::Real(f64::NEG_INFINITY),
            Cell::Text("a\"b\\c\r\n\t\0\u{7f}'é".to_owned()),
            Cell::Octets(vec![255, 0]),
            Cell::NULL,
        ] {
            let text = format!("cell = {cell}");
            let read: Read = toml::from_str(&text).unwrap();
            assert_eq!(read.cell, cell, "{text}");
            assert_eq!(Cell::of_column(&cell.column()), cell);
        }
        let Err(error) = toml::from_str::<Read>("cell = { nul = true }") else {
            panic!("another key was read");
        };
        assert!(error.message().contains("{ null = true }"), "{error}");
    }
}
