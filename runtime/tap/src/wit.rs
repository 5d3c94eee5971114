//! Between Rust's types and the tree.

use std::fmt;

use wasmtime::component::Resource;

use crate::WitValue;

/// A value has not the type that it must have: what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WitMismatch(pub &'static str);

impl fmt::Display for WitMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of another type where the WIT has {}", self.0)
    }
}

impl std::error::Error for WitMismatch {}

/// A type of the WIT, as Rust has it.
pub trait Wit: Sized {
    /// As a tree.
    fn to_wit(&self) -> WitValue;

    /// From a tree.
    ///
    /// # Errors
    /// It is not of this type.
    fn from_wit(value: WitValue) -> Result<Self, WitMismatch>;

    /// A list of them, as a tree.
    fn list_to_wit(list: &[Self]) -> WitValue {
        WitValue::List(list.iter().map(Self::to_wit).collect())
    }

    /// A list of them, from a tree.
    ///
    /// # Errors
    /// It is not such a list.
    fn list_from_wit(value: WitValue) -> Result<Vec<Self>, WitMismatch> {
        match value {
            WitValue::List(list) => list.into_iter().map(Self::from_wit).collect(),
            _ => Err(WitMismatch("a list")),
        }
    }
}

macro_rules! unsigned {
    ($($ty:ident)*) => {$(
        impl Wit for $ty {
            fn to_wit(&self) -> WitValue {
                WitValue::Unsigned(u64::from(*self))
            }

            fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
                let WitValue::Unsigned(value) = value else {
                    return Err(WitMismatch(stringify!($ty)));
                };
                value.try_into().map_err(|_| WitMismatch(stringify!($ty)))
            }
        }
    )*};
}

unsigned!(u16 u32 u64);

macro_rules! scalar {
    ($($ty:ty: $case:ident $name:literal)*) => {$(
        impl Wit for $ty {
            fn to_wit(&self) -> WitValue {
                WitValue::$case(self.clone())
            }

            fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
                match value {
                    WitValue::$case(value) => Ok(value),
                    _ => Err(WitMismatch($name)),
                }
            }
        }
    )*};
}

scalar! {
    bool: Bool "a bool"
    i64: Signed "an s64"
    f64: Real "an f64"
    String: Text "a string"
}

impl Wit for u8 {
    fn to_wit(&self) -> WitValue {
        WitValue::Unsigned(u64::from(*self))
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        let value = u32::from_wit(value)?;
        value.try_into().map_err(|_| WitMismatch("a u8"))
    }

    fn list_to_wit(list: &[Self]) -> WitValue {
        WitValue::Bytes(list.to_vec())
    }

    fn list_from_wit(value: WitValue) -> Result<Vec<Self>, WitMismatch> {
        match value {
            WitValue::Bytes(bytes) => Ok(bytes),
            _ => Err(WitMismatch("a list of u8")),
        }
    }
}

impl Wit for () {
    fn to_wit(&self) -> WitValue {
        WitValue::UNIT
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        match value {
            WitValue::Tuple(of) if of.is_empty() => Ok(()),
            _ => Err(WitMismatch("no value")),
        }
    }
}

impl<V: Wit> Wit for Vec<V> {
    fn to_wit(&self) -> WitValue {
        V::list_to_wit(self)
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        V::list_from_wit(value)
    }
}

impl<V: Wit> Wit for Option<V> {
    fn to_wit(&self) -> WitValue {
        WitValue::Option(self.as_ref().map(|value| Box::new(value.to_wit())))
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        match value {
            WitValue::Option(value) => value.map(|value| V::from_wit(*value)).transpose(),
            _ => Err(WitMismatch("an option")),
        }
    }
}

impl<V: Wit, E: Wit> Wit for Result<V, E> {
    fn to_wit(&self) -> WitValue {
        WitValue::Result(match self {
            Ok(value) => Ok(Box::new(value.to_wit())),
            Err(error) => Err(Box::new(error.to_wit())),
        })
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        match value {
            WitValue::Result(Ok(value)) => Ok(Ok(V::from_wit(*value)?)),
            WitValue::Result(Err(error)) => Ok(Err(E::from_wit(*error)?)),
            _ => Err(WitMismatch("a result")),
        }
    }
}

impl<A: Wit, B: Wit> Wit for (A, B) {
    fn to_wit(&self) -> WitValue {
        WitValue::Tuple(vec![self.0.to_wit(), self.1.to_wit()])
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        let WitValue::Tuple(of) = value else {
            return Err(WitMismatch("a tuple"));
        };
        let [first, second] = <[WitValue; 2]>::try_from(of).map_err(|_| WitMismatch("a pair"))?;
        Ok((A::from_wit(first)?, B::from_wit(second)?))
    }
}

impl<R: 'static> Wit for Resource<R> {
    fn to_wit(&self) -> WitValue {
        WitValue::Handle(self.rep())
    }

    fn from_wit(value: WitValue) -> Result<Self, WitMismatch> {
        match value {
            WitValue::Handle(rep) => Ok(Self::new_own(rep)),
            _ => Err(WitMismatch("a handle")),
        }
    }
}

/// A record: its fields, by their names in Rust and in the WIT.
#[macro_export]
macro_rules! record {
    ($ty:ty { $($field:ident $name:literal),+ $(,)? }) => {
        impl $crate::Wit for $ty {
            fn to_wit(&self) -> $crate::WitValue {
                $crate::WitValue::Record(vec![
                    $(($name.into(), $crate::Wit::to_wit(&self.$field)),)+
                ])
            }

            fn from_wit(value: $crate::WitValue) -> Result<Self, $crate::WitMismatch> {
                let $crate::WitValue::Record(fields) = value else {
                    return Err($crate::WitMismatch("a record"));
                };
                let mut fields = fields.into_iter();
                Ok(Self {
                    $($field: match fields.next() {
                        Some((name, value)) if name == $name => $crate::Wit::from_wit(value)?,
                        _ => return Err($crate::WitMismatch(concat!("the field ", $name))),
                    },)+
                })
            }
        }
    };
}

/// A variant or an enum: its cases, by their names in Rust and in the WIT.
#[macro_export]
macro_rules! variant {
    ($ty:ty { $($case:ident $name:literal $($of:ident)?),+ $(,)? }) => {
        impl $crate::Wit for $ty {
            fn to_wit(&self) -> $crate::WitValue {
                match self {
                    $(Self::$case $(($of))? => $crate::WitValue::Case(
                        $name.into(),
                        $crate::variant!(@to $($of)?),
                    ),)+
                }
            }

            fn from_wit(value: $crate::WitValue) -> Result<Self, $crate::WitMismatch> {
                let $crate::WitValue::Case(name, payload) = value else {
                    return Err($crate::WitMismatch("a case of a variant"));
                };
                match (&*name, payload) {
                    $(($name, $crate::variant!(@pattern $($of)?)) => {
                        Ok(Self::$case $(($crate::Wit::from_wit(*$of)?))?)
                    })+
                    _ => Err($crate::WitMismatch(concat!("a case of ", stringify!($ty)))),
                }
            }
        }
    };
    (@to) => { None };
    (@to $of:ident) => { Some(Box::new($crate::Wit::to_wit($of))) };
    (@pattern) => { None };
    (@pattern $of:ident) => { Some($of) };
}
