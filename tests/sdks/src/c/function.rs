//! A function of the WIT as a `static inline` one.

use std::fmt::Write as _;

use super::{Printer, comment, snake};
use crate::{Error, Function, Receiver, Shape, Ty};

impl Printer<'_> {
    pub(super) fn function(&self, function: &Function, of: Option<&str>) -> Result<String, Error> {
        let name = snake(&function.name);
        let (own, target) = match (function.receiver, of) {
            (Receiver::Method, Some(of)) => (
                format!("{}_{name}", snake(of)),
                format!("method_{}_{name}", snake(of)),
            ),
            (Receiver::Static, Some(of)) => (
                format!("{}_{name}", snake(of)),
                format!("static_{}_{name}", snake(of)),
            ),
            _ => (snake(&format!("{}_{name}", self.interface.name)), name),
        };
        let mut call = Call::default();
        if let (Receiver::Method, Some(of)) = (function.receiver, of) {
            let of = snake(of);
            call.declared.push(format!("{of}_t self"));
            call.arguments
                .push(format!("{}_borrow_{of}(self)", self.prefix));
        }
        for (name, ty) in &function.parameters {
            let one = self.passed(&snake(name), ty)?;
            call.declared.push(one.declared);
            call.before.push_str(&one.before);
            call.arguments.push(one.argument);
        }
        let target = format!("{}_{target}", self.prefix);
        let (returned, body) = self.body(&mut call, function.result.as_ref(), &target)?;
        Ok(format!(
            "{}static inline {returned} {own}({})\n{{\n{body}}}\n",
            comment(&function.docs),
            call.declared.join(", "),
        ))
    }

    /// What a function returns, and what it does.
    fn body(
        &self,
        call: &mut Call,
        result: Option<&Ty>,
        target: &str,
    ) -> Result<(String, String), Error> {
        let Some(result) = result else {
            return Ok((
                "void".to_owned(),
                call.around("", &format!("\t{};\n", call.to(target, &[]))),
            ));
        };
        Ok(match result {
            Ty::Bool | Ty::Integer(_) => (
                self.plain(result)?,
                call.around("", &format!("\treturn {};\n", call.to(target, &[]))),
            ),
            Ty::Named(named) if self.contract.shape(named) == Some(Shape::Resource) => (
                self.plain(result)?,
                call.around("", &format!("\treturn {};\n", call.to(target, &[]))),
            ),
            Ty::Octets => (
                "text_t".to_owned(),
                call.around(
                    "\tbindings_list_u8_t it;\n",
                    &format!(
                        "\t{};\n\treturn (text_t){{ it.ptr, it.len }};\n",
                        call.to(target, &["&it"])
                    ),
                ),
            ),
            Ty::Text | Ty::Named(_) | Ty::List(_) => {
                let ty = self.plain(result)?;
                let to = call.to(target, &["&it"]);
                let body = call.around(
                    &format!("\t{ty} it;\n"),
                    &format!("\t{to};\n\treturn it;\n"),
                );
                (ty, body)
            }
            Ty::Option(inner) => match &**inner {
                Ty::Text | Ty::Octets => (
                    "text_t".to_owned(),
                    call.around(
                        &format!(
                            "\t{} it;\n",
                            if **inner == Ty::Text {
                                "text_t"
                            } else {
                                "bindings_list_u8_t"
                            }
                        ),
                        &format!(
                            "\treturn {} ? (text_t){{ it.ptr, it.len }} : NOTHING;\n",
                            call.to(target, &["&it"])
                        ),
                    ),
                ),
                inner => {
                    call.declared.push(format!("{} *it", self.plain(inner)?));
                    (
                        "bool".to_owned(),
                        call.around("", &format!("\treturn {};\n", call.to(target, &["it"]))),
                    )
                }
            },
            Ty::Result(ok, Some(error)) => (
                "bool".to_owned(),
                self.refusable(call, ok.as_deref(), error, target)?,
            ),
            other => return Err(Error::Unknown(format!("{other:?} as a result"))),
        })
    }

    fn refusable(
        &self,
        call: &mut Call,
        ok: Option<&Ty>,
        error: &Ty,
        target: &str,
    ) -> Result<String, Error> {
        let Ty::Named(error) = error else {
            return Err(Error::Unknown(format!("{error:?} as an error")));
        };
        let names = format!("{}_NAMES", self.short(&error.name).to_uppercase());
        let pass = format!("({}_{}_t *)why", self.prefix, snake(&error.name));
        let mut locals = String::new();
        let mut after = String::new();
        let mut results = Vec::new();
        match ok {
            None => {}
            // An entry is there or is null: nothing can be both.
            Some(Ty::Option(inner)) if self.contract.is_value(inner) => {
                let ty = self.plain(inner)?;
                let _ = writeln!(locals, "\t{}_option_value_t it;", self.prefix);
                call.declared.push(format!("{ty} *ret"));
                after.push_str("\t*ret = it.is_some ? it.val : VALUE_NULL;\n");
                results.push("&it");
            }
            Some(ty) => {
                call.declared.push(format!("{} *ret", self.plain(ty)?));
                results.push("ret");
            }
        }
        results.push(&pass);
        call.declared.push("refusal_t *why".to_owned());
        let to = call.to(target, &results);
        let begin = format!("\twhy->names = (const uint8_t *){names};\n");
        Ok(if after.is_empty() {
            call.around(&locals, &format!("{begin}\treturn {to};\n"))
        } else {
            let body = format!("{begin}\tif (!{to})\n\t\treturn false;\n{after}\treturn true;\n");
            call.around(&locals, &body)
        })
    }
}

/// A function being printed.
#[derive(Default)]
struct Call {
    declared: Vec<String>,
    before: String,
    arguments: Vec<String>,
}

impl Call {
    fn to(&self, target: &str, more: &[&str]) -> String {
        let mut arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend(more);
        format!("{target}({})", arguments.join(", "))
    }

    fn around(&self, locals: &str, body: &str) -> String {
        let head = format!("{}{locals}", self.before);
        if head.is_empty() {
            body.to_owned()
        } else {
            format!("{head}\n{body}")
        }
    }
}
