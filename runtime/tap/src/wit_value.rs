//! A value of any WIT type, as a tree.

use std::borrow::Cow;
use std::fmt;

/// A value of any WIT type. Names are the WIT's (`quota-exceeded`).
#[derive(Clone, PartialEq, Debug)]
pub enum WitValue {
    /// `bool`.
    Bool(bool),
    /// `u8` to `u64`.
    Unsigned(u64),
    /// `s8` to `s64`.
    Signed(i64),
    /// `f64`.
    Real(f64),
    /// `string`.
    Text(String),
    /// `list<u8>`.
    Bytes(Vec<u8>),
    /// Any other list.
    List(Vec<WitValue>),
    /// A tuple; the empty one stands for no value (`result<_, error>`).
    Tuple(Vec<WitValue>),
    /// A record: its fields in their order.
    Record(Vec<(Cow<'static, str>, WitValue)>),
    /// A case of a variant or an enum.
    Case(Cow<'static, str>, Option<Box<WitValue>>),
    /// `option`.
    Option(Option<Box<WitValue>>),
    /// `result`.
    Result(Result<Box<WitValue>, Box<WitValue>>),
    /// A handle of a resource: the number that its module knows it by.
    Handle(u32),
}

impl WitValue {
    /// No value.
    pub const UNIT: Self = Self::Tuple(Vec::new());

    /// How many bytes its texts and lists have, all together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let all = |of: &[Self]| of.iter().map(Self::bytes).fold(0, usize::saturating_add);
        match self {
            Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Signed(_)
            | Self::Real(_)
            | Self::Handle(_)
            | Self::Case(_, None)
            | Self::Option(None) => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(of) | Self::Tuple(of) => all(of),
            Self::Record(fields) => {
                let of = fields.iter().map(|(_, value)| value.bytes());
                of.fold(0, usize::saturating_add)
            }
            Self::Case(_, Some(of)) | Self::Option(Some(of)) | Self::Result(Ok(of) | Err(of)) => {
                of.bytes()
            }
        }
    }
}

/// As WAVE, the notation of `wasm-wave`, writes it; lists of bytes as text with escapes.
impl fmt::Display for WitValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "b\"{}\"", bytes.escape_ascii()),
            Self::List(of) => several(f, ('[', ']'), of),
            Self::Tuple(of) => several(f, ('(', ')'), of),
            Self::Record(fields) => {
                for (number, (name, value)) in fields.iter().enumerate() {
                    let before = if number == 0 { "{" } else { ", " };
                    write!(f, "{before}{name}: {value}")?;
                }
                f.write_str("}")
            }
            Self::Case(name, None) => f.write_str(name),
            Self::Case(name, Some(of)) => write!(f, "{name}({of})"),
            Self::Option(None) => f.write_str("none"),
            Self::Option(Some(of)) => write!(f, "some({of})"),
            Self::Result(Ok(of)) => result(f, "ok", of),
            Self::Result(Err(of)) => result(f, "err", of),
            Self::Handle(rep) => write!(f, "#{rep}"),
        }
    }
}

fn several(
    f: &mut fmt::Formatter<'_>,
    (open, close): (char, char),
    of: &[WitValue],
) -> fmt::Result {
    write!(f, "{open}")?;
    for (number, value) in of.iter().enumerate() {
        let before = if number == 0 { "" } else { ", " };
        write!(f, "{before}{value}")?;
    }
    write!(f, "{close}")
}

fn result(f: &mut fmt::Formatter<'_>, case: &str, of: &WitValue) -> fmt::Result {
    match of {
        WitValue::Tuple(none) if none.is_empty() => f.write_str(case),
        of => write!(f, "{case}({of})"),
    }
}
