//! Types as handlers write them and the bindings understand them.

use super::{Printer, snake};
use crate::{Error, Shape, Ty};

/// A parameter as it is declared, what is to be done before the call, and what is passed.
pub(super) struct Passed {
    pub(super) declared: String,
    pub(super) before: String,
    pub(super) argument: String,
    /// As a value.
    pub(super) plain: String,
}

impl Printer<'_> {
    /// The name of a type as handlers write it, and the bindings understand it.
    pub(super) fn plain(&self, ty: &Ty) -> Result<String, Error> {
        Ok(match ty {
            Ty::Bool => "bool".to_owned(),
            Ty::Integer(one) => format!("{}int{}_t", if one.signed { "" } else { "u" }, one.bits),
            Ty::Float => "double".to_owned(),
            Ty::Text => "text_t".to_owned(),
            Ty::Named(named) => match named.interface.as_str() {
                "types" => format!("{}_t", snake(&named.name)),
                other if self.contract.shape(named) == Some(Shape::Resource) => {
                    let _ = other;
                    format!("{}_t", snake(&named.name))
                }
                other => format!("{}_t", snake(&format!("{other}_{}", named.name))),
            },
            Ty::List(_) => format!("{}_t", self.list(ty)?),
            other => return Err(Error::Unknown(format!("{other:?}"))),
        })
    }

    /// The bindings' name of a list, without `_t`.
    fn list(&self, ty: &Ty) -> Result<String, Error> {
        let Ty::List(inner) = ty else {
            return Err(Error::Unknown(format!("{ty:?} as a list")));
        };
        Ok(match &**inner {
            Ty::Text => "bindings_list_string".to_owned(),
            Ty::Octets => "bindings_list_list_u8".to_owned(),
            inner => format!("{}_list_{}", self.prefix, self.element(inner)?),
        })
    }

    fn element(&self, ty: &Ty) -> Result<String, Error> {
        Ok(match ty {
            Ty::Text => "string".to_owned(),
            Ty::Named(named) => snake(&named.name),
            Ty::List(inner) => format!("list_{}", self.element(inner)?),
            Ty::Tuple(types) => {
                let names: Result<Vec<_>, _> = types.iter().map(|ty| self.element(ty)).collect();
                format!("tuple{}_{}", types.len(), names?.join("_"))
            }
            other => return Err(Error::Unknown(format!("{other:?} in a list"))),
        })
    }

    /// A parameter.
    pub(super) fn passed(&self, name: &str, ty: &Ty) -> Result<Passed, Error> {
        let plain = |ty: String, argument: String| Passed {
            declared: format!("{ty} {name}"),
            before: String::new(),
            argument,
            plain: name.to_owned(),
        };
        Ok(match ty {
            Ty::Option(inner) if !matches!(**inner, Ty::Text | Ty::Octets) => Passed {
                declared: format!("{} *{name}", self.plain(inner)?),
                ..plain(String::new(), name.to_owned())
            },
            Ty::Bool | Ty::Integer(_) | Ty::Float => plain(self.plain(ty)?, name.to_owned()),
            Ty::Text => plain(self.plain(ty)?, format!("&{name}")),
            Ty::Named(named) if self.contract.shape(named) == Some(Shape::Enum) => plain(
                format!("{}_{}_t", self.prefix, snake(&named.name)),
                name.to_owned(),
            ),
            Ty::Named(_) => plain(self.plain(ty)?, format!("&{name}")),
            Ty::Octets => Passed {
                declared: format!("text_t {name}"),
                before: format!(
                    "\tbindings_list_u8_t {name}_octets = {{ {name}.ptr, {name}.len }};\n"
                ),
                argument: format!("&{name}_octets"),
                plain: format!("(bindings_list_u8_t){{ {name}.ptr, {name}.len }}"),
            },
            Ty::Option(inner) if **inner == Ty::Text => plain(
                "text_t".to_owned(),
                format!("{name}.ptr == NULL ? NULL : &{name}"),
            ),
            Ty::List(inner) => {
                let list = self.list(ty)?;
                let element = match &**inner {
                    Ty::Tuple(_) => format!("{}_{}_t", self.prefix, self.element(inner)?),
                    inner => self.plain(inner)?,
                };
                Passed {
                    declared: format!("{element} *{name}, size_t {name}_count"),
                    before: format!("\t{list}_t {name}_list = {{ {name}, {name}_count }};\n"),
                    argument: format!("&{name}_list"),
                    plain: name.to_owned(),
                }
            }
            Ty::Tuple(_) | Ty::Option(_) | Ty::Result(..) => {
                return Err(Error::Unknown(format!("{ty:?} as a parameter")));
            }
        })
    }
}
