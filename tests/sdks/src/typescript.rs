//! TypeScript and JavaScript: `wit.d.ts`, every interface as componentize-qjs hands it to a module.

use std::fmt::Write as _;

use crate::zig::{camel, pascal};
use crate::{Case, Contract, Definition, Error, Function, Interface, Kind, Named, Receiver, Ty};

const HEAD: &str = "\
// The server's interfaces as modules, printed from wit/ by `make sdks`.
//
// Options that are none are null, bytes are a Uint8Array, numbers of 64 bits are exact \
    up to 2 to the power of 53. What may be
// refused throws an error whose `payload` is the case in the WIT; \
    evroute.js makes sentences of that.
";

/// The whole file.
pub(crate) fn declarations(contract: &Contract) -> Result<String, Error> {
    let mut text = HEAD.to_owned();
    for interface in &contract.imports {
        text.push_str(&module(interface, |printer| printer.import())?);
    }
    for interface in &contract.exports {
        text.push_str(&module(interface, |printer| printer.export())?);
    }
    Ok(text)
}

fn module(
    interface: &Interface,
    body: impl Fn(&Printer<'_>) -> Result<String, Error>,
) -> Result<String, Error> {
    let body = body(&Printer { interface })?;
    let uses = interface.uses.iter().map(|named| {
        format!(
            "  import type {{ {} }} from 'evroute:{}/{}@{}';\n",
            pascal(&named.name),
            named.package,
            named.interface,
            interface.version
        )
    });
    Ok(format!(
        "\n{}declare module 'evroute:{}/{}@{}' {{\n{}{}}}\n",
        comment(&interface.docs, ""),
        interface.package,
        interface.name,
        interface.version,
        uses.collect::<String>(),
        body.trim_start_matches('\n'),
    ))
}

fn comment(docs: &[String], indent: &str) -> String {
    match docs {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let lines = lines
                .iter()
                .map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n");
            format!("{indent}/**\n{}{indent} */\n", lines.collect::<String>())
        }
    }
}

struct Printer<'a> {
    interface: &'a Interface,
}

impl Printer<'_> {
    fn import(&self) -> Result<String, Error> {
        let mut text = String::new();
        for definition in &self.interface.types {
            text.push_str(&self.definition(definition)?);
        }
        for function in &self.interface.functions {
            let _ = write!(
                text,
                "\n{}  export function {};\n",
                comment(&function.docs, "  "),
                self.signature(function)?
            );
        }
        Ok(text)
    }

    /// An event: its verdict, and what a handler's module exports for it.
    fn export(&self) -> Result<String, Error> {
        let mut text = String::new();
        for definition in &self.interface.types {
            text.push_str(&self.definition(definition)?);
        }
        let name = pascal(&self.interface.name);
        let exported = camel(&self.interface.name);
        let _ = write!(
            text,
            "\n  /** What a handler exports: `export const {exported}: {name} = {{ handle(event) {{ ... }} }}`. */\n  export interface {name} {{\n"
        );
        for function in &self.interface.functions {
            let docs =
                "A thrown string gives up with that sentence in the operator's log.".to_owned();
            let _ = writeln!(
                text,
                "{}    {};",
                comment(&[docs], "    "),
                self.signature(function)?
            );
        }
        text.push_str("  }\n");
        Ok(text)
    }

    fn definition(&self, definition: &Definition) -> Result<String, Error> {
        let name = pascal(&definition.name);
        let mut text = format!("\n{}", comment(&definition.docs, "  "));
        match &definition.kind {
            Kind::Resource(functions) => {
                let _ = write!(
                    text,
                    "  export class {name} {{\n    private constructor();\n"
                );
                for function in functions {
                    let before = match function.receiver {
                        Receiver::Static => "static ",
                        Receiver::Method | Receiver::Interface => "",
                    };
                    let _ = writeln!(
                        text,
                        "{}    {before}{};",
                        comment(&function.docs, "    "),
                        self.signature(function)?
                    );
                }
                text.push_str("  }\n");
            }
            Kind::Record(fields) => {
                let _ = writeln!(text, "  export interface {name} {{");
                for field in fields {
                    if let Some(ty) = &field.ty {
                        text.push_str(&comment(&field.docs, "    "));
                        let _ = writeln!(text, "    {}: {};", camel(&field.name), self.ty(ty)?);
                    }
                }
                text.push_str("  }\n");
            }
            Kind::Enum(cases) => {
                self.union(&mut text, &name, cases, |case| {
                    Ok(format!("'{}'", case.name))
                })?;
            }
            Kind::Variant(cases) => self.union(&mut text, &name, cases, |case| {
                Ok(match &case.ty {
                    None => format!("{{ tag: '{}' }}", case.name),
                    Some(ty) => format!("{{ tag: '{}'; val: {} }}", case.name, self.ty(ty)?),
                })
            })?,
        }
        Ok(text)
    }

    fn union(
        &self,
        text: &mut String,
        name: &str,
        cases: &[Case],
        one: impl Fn(&Case) -> Result<String, Error>,
    ) -> Result<(), Error> {
        let _ = write!(text, "  export type {name} =");
        for case in cases {
            let _ = write!(
                text,
                "\n{}    | {}",
                comment(&case.docs, "    "),
                one(case)?
            );
        }
        text.push_str(";\n");
        Ok(())
    }

    fn signature(&self, function: &Function) -> Result<String, Error> {
        let parameters = function
            .parameters
            .iter()
            .map(|(name, ty)| Ok::<_, Error>(format!("{}: {}", camel(name), self.ty(ty)?)));
        let parameters = parameters.collect::<Result<Vec<_>, _>>()?.join(", ");
        let result = match &function.result {
            None | Some(Ty::Result(None, _)) => "void".to_owned(),
            Some(Ty::Result(Some(ty), _)) => self.ty(ty)?,
            Some(ty) => self.ty(ty)?,
        };
        Ok(format!("{}({parameters}): {result}", camel(&function.name)))
    }

    fn ty(&self, ty: &Ty) -> Result<String, Error> {
        Ok(match ty {
            Ty::Bool => "boolean".to_owned(),
            Ty::Integer(_) | Ty::Float => "number".to_owned(),
            Ty::Text => "string".to_owned(),
            Ty::Octets => "Uint8Array".to_owned(),
            Ty::Named(Named { name, .. }) => pascal(name),
            Ty::List(inner) => match self.ty(inner)? {
                plain if plain.chars().all(char::is_alphanumeric) => format!("{plain}[]"),
                other => format!("Array<{other}>"),
            },
            Ty::Option(inner) => format!("{} | null", self.ty(inner)?),
            Ty::Tuple(types) => {
                let types: Result<Vec<_>, _> = types.iter().map(|ty| self.ty(ty)).collect();
                format!("[{}]", types?.join(", "))
            }
            Ty::Result(..) => return Err(Error::Unknown(format!("{ty:?}"))),
        })
    }
}
