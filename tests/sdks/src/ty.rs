//! Types, as far as the WIT uses them.

/// A type in a parameter, result, field or case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// `bool`.
    Bool,
    /// `u8` to `s64`.
    Integer(Integer),
    /// `f64`.
    Float,
    /// `string`.
    Text,
    /// `list<u8>`.
    Octets,
    /// A type with a name; `own` where it is a resource.
    Named(Named),
    /// `list`.
    List(Box<Ty>),
    /// `option`.
    Option(Box<Ty>),
    /// `tuple`.
    Tuple(Vec<Ty>),
    /// `result`: what it is and why it is not; none is `_`.
    Result(Option<Box<Ty>>, Option<Box<Ty>>),
}

/// A whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    /// 8, 16, 32 or 64.
    pub bits: u8,
    /// Whether it can be negative.
    pub signed: bool,
}

/// Where a type with a name is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `pv` of `evroute:pv`.
    pub package: String,
    /// `types`.
    pub interface: String,
    /// `value`.
    pub name: String,
}
