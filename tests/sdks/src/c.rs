//! C: `evroute_wit.h`, short names over the header that wit-bindgen makes.
//!
//! What is printed for an interface is compiled where a world has that interface: a build says
//! which in `world.h`. All of it is `static inline`, so what a handler does not call is not there.

use std::fmt::Write as _;

mod function;
mod types;

use crate::{Case, Contract, Definition, Error, Interface, Kind, Named, Ty};

const HEAD: &str = "\
/*
 * The server's interfaces under short names: printed from wit/ by `make sdks`, included by evroute.h.
 *
 * Texts and bytes are text_t, and what is absent has no ptr. Functions that may be refused return false, with the reason in
 * *why. Resources are never given back: they end with the run.
 */
#ifndef EVROUTE_WIT_H
#define EVROUTE_WIT_H
";

/// A tab counts as one here, and lines are to have 120 where it is eight.
const COLUMNS_MAX: usize = 100;

/// The whole header.
pub(crate) fn header(contract: &Contract) -> Result<String, Error> {
    let mut text = HEAD.to_owned();
    for interface in &contract.imports {
        let printer = Printer {
            contract,
            interface,
            prefix: prefix(interface, "evroute"),
        };
        section(&mut text, &printer.guard("IMPORTS"), &printer.import()?);
    }
    for interface in &contract.exports {
        let printer = Printer {
            contract,
            interface,
            prefix: prefix(interface, "exports_evroute"),
        };
        section(&mut text, &printer.guard("EXPORTS"), &printer.export()?);
    }
    text.push_str("\n#endif\n");
    Ok(text.lines().map(wrapped).collect())
}

fn section(text: &mut String, guard: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(text, "\n#ifdef {guard}\n{body}\n#endif\n");
    }
}

/// A line of code that is too long goes on below; comments are as they are in the WIT.
fn wrapped(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    let is_code = !line.starts_with("/*") && !line.starts_with(' ');
    while is_code && rest.len() > COLUMNS_MAX {
        let places = || {
            let commas = rest.match_indices(", ").map(|(at, _)| at + 1);
            commas.chain(rest.match_indices(" ? ").map(|(at, _)| at))
        };
        let fitting = places().filter(|at| *at <= COLUMNS_MAX).max();
        let Some(at) = fitting.or_else(|| places().min()) else {
            break;
        };
        let (first, next) = rest.split_at(at);
        let _ = writeln!(text, "{first}");
        text.push_str("\t\t");
        rest = next.trim_start();
    }
    text.push_str(rest);
    text.push('\n');
    text
}

fn prefix(interface: &Interface, space: &str) -> String {
    snake(&format!("{space}_{}_{}", interface.package, interface.name))
}

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

fn upper(name: &str) -> String {
    snake(name).to_uppercase()
}

fn comment(docs: &[String]) -> String {
    if docs.is_empty() {
        return "\n".to_owned();
    }
    format!("\n/* {} */\n", docs.join("\n   ").replace("   \n", "\n"))
}

struct Printer<'a> {
    contract: &'a Contract,
    interface: &'a Interface,
    /// What the bindings put before every name of this interface.
    prefix: String,
}

impl Printer<'_> {
    /// What says that a world has this interface. One without functions is only known by its cases.
    fn guard(&self, direction: &str) -> String {
        let has_functions = !self.interface.functions.is_empty()
            || self
                .interface
                .types
                .iter()
                .any(|one| matches!(one.kind, Kind::Resource(_)));
        let first_case = self.interface.types.iter().find_map(|one| match &one.kind {
            Kind::Variant(cases) | Kind::Enum(cases) => Some((one, cases.first()?)),
            Kind::Resource(_) | Kind::Record(_) => None,
        });
        match first_case {
            Some((one, case)) if !has_functions => self.case(&one.name, case),
            _ => format!(
                "{direction}_{}",
                prefix(self.interface, "evroute").to_uppercase()
            ),
        }
    }

    /// The bindings' constant of a case.
    fn case(&self, of: &str, case: &Case) -> String {
        format!(
            "{}_{}_{}",
            self.prefix.to_uppercase(),
            upper(of),
            upper(&case.name)
        )
    }

    fn import(&self) -> Result<String, Error> {
        let mut text = String::new();
        for definition in &self.interface.types {
            if matches!(definition.kind, Kind::Resource(_)) {
                let name = snake(&definition.name);
                text.push_str(&comment(&definition.docs));
                let _ = writeln!(text, "typedef {}_own_{name}_t {name}_t;", self.prefix);
            }
        }
        for definition in &self.interface.types {
            text.push_str(&self.definition(definition)?);
        }
        for function in &self.interface.functions {
            text.push_str(&self.function(function, None)?);
        }
        Ok(text)
    }

    /// An event: the function that a handler defines, and its verdicts.
    fn export(&self) -> Result<String, Error> {
        let own = snake(&format!(
            "{}_{}",
            self.interface.package, self.interface.name
        ));
        let mut text = comment(&self.interface.docs);
        let _ = writeln!(text, "#define {own} {}_handle", self.prefix);
        for definition in &self.interface.types {
            let _ = writeln!(
                text,
                "typedef {}_{}_t {own}_{}_t;",
                self.prefix,
                snake(&definition.name),
                snake(&definition.name),
            );
            match &definition.kind {
                Kind::Enum(cases) => {
                    for case in cases {
                        text.push_str(&comment(&case.docs));
                        let _ = writeln!(
                            text,
                            "#define {}_{} {}",
                            own.to_uppercase(),
                            upper(&case.name),
                            self.case(&definition.name, case),
                        );
                    }
                }
                Kind::Variant(cases) => {
                    let ty = format!("{own}_{}_t", snake(&definition.name));
                    for case in cases {
                        text.push_str(&self.constructor(&own, &ty, &definition.name, case)?);
                    }
                }
                Kind::Resource(_) | Kind::Record(_) => {
                    return Err(Error::Unknown(format!("{} in an export", definition.name)));
                }
            }
        }
        Ok(text)
    }

    fn definition(&self, definition: &Definition) -> Result<String, Error> {
        let name = snake(&definition.name);
        let mut text = comment(&definition.docs);
        match &definition.kind {
            Kind::Resource(functions) => {
                text.clear();
                for function in functions {
                    text.push_str(&self.function(function, Some(&definition.name))?);
                }
            }
            Kind::Variant(cases) if definition.name.ends_with("error") => {
                text.push_str(&self.refusal(definition, cases));
            }
            Kind::Variant(cases) => {
                let short = self.short(&definition.name);
                let ty = format!("{short}_t");
                let _ = writeln!(text, "typedef {}_{name}_t {ty};", self.prefix);
                for case in cases {
                    text.push_str(&self.constructor(&short, &ty, &definition.name, case)?);
                }
            }
            // The log's levels have functions of their own, and fields are arguments of
            // constructors.
            Kind::Enum(_) | Kind::Record(_) => text.clear(),
        }
        Ok(text)
    }

    /// A type's name: that of its interface before it, unless that is only called `types`.
    fn short(&self, name: &str) -> String {
        match self.interface.name.as_str() {
            "types" => snake(name),
            other => snake(&format!("{other}_{name}")),
        }
    }

    /// A case of a variant as an expression.
    fn constructor(&self, own: &str, ty: &str, of: &str, case: &Case) -> Result<String, Error> {
        let mut text = comment(&case.docs);
        let tag = self.case(of, case);
        let field = match snake(&case.name).as_str() {
            "int" => "int_".to_owned(),
            other => other.to_owned(),
        };
        let Some(payload) = &case.ty else {
            let _ = writeln!(
                text,
                "#define {}_{} (({ty}){{ .tag = {tag} }})",
                own.to_uppercase(),
                upper(&case.name)
            );
            return Ok(text);
        };
        let fields = match payload {
            Ty::Named(named) => self.fields(named),
            _ => None,
        };
        let name = snake(&case.name);
        let parameter = if field == name { &name } else { "number" };
        let (parameters, assignments) = match fields {
            None => {
                let value = self.passed(parameter, payload)?;
                (
                    value.declared,
                    format!("\tit.val.{field} = {};\n", value.plain),
                )
            }
            Some(fields) => {
                let mut parameters = Vec::new();
                let mut assignments = String::new();
                for one in fields {
                    let part = snake(&one.name);
                    let (ty, value) = match &one.ty {
                        Some(Ty::Option(inner)) if **inner == Ty::Text => {
                            let _ = writeln!(
                                assignments,
                                "\tit.val.{field}.{part}.is_some = {part}.ptr != NULL;"
                            );
                            ("text_t".to_owned(), format!("{part}.val = {part}"))
                        }
                        Some(Ty::Octets) => (
                            "text_t".to_owned(),
                            format!("{part} = (bindings_list_u8_t){{ {part}.ptr, {part}.len }}"),
                        ),
                        Some(Ty::List(inner)) => {
                            let [element, list] = records(inner)?;
                            let value = format!("{part} = ({list}){{ {part}, {part}_count }}");
                            parameters.push(format!("{element} *{part}"));
                            parameters.push(format!("size_t {part}_count"));
                            let _ = writeln!(assignments, "\tit.val.{field}.{value};");
                            continue;
                        }
                        Some(ty) => (self.plain(ty)?, format!("{part} = {part}")),
                        None => continue,
                    };
                    parameters.push(format!("{ty} {part}"));
                    let _ = writeln!(assignments, "\tit.val.{field}.{value};");
                }
                (parameters.join(", "), assignments)
            }
        };
        let _ = writeln!(
            text,
            "static inline {ty} {own}_{name}({parameters})\n{{\n\t{ty} it = {{ .tag = {tag} }};\n\n{assignments}\treturn it;\n}}",
        );
        Ok(text)
    }

    /// The fields of a record.
    fn fields(&self, named: &Named) -> Option<&[Case]> {
        match &self.contract.definition(named)?.kind {
            Kind::Record(fields) => Some(fields),
            _ => None,
        }
    }

    /// Why a call may be refused: the cases and their names. All cases that say more say it in a
    /// text.
    fn refusal(&self, definition: &Definition, cases: &[Case]) -> String {
        let mut text = String::new();
        let short = self.short(&definition.name).to_uppercase();
        for case in cases {
            text.push_str(&comment(&case.docs));
            let _ = writeln!(
                text,
                "#define {short}_{} {}",
                upper(&case.name),
                self.case(&definition.name, case),
            );
        }
        let names = cases.iter().map(|case| {
            let name = match case.name.as_str() {
                "other" => String::new(),
                name => name.replace('-', " "),
            };
            let says_more = if case.ty.is_some() { 128 } else { 0 };
            format!("\\{:03o}{name}", name.len() | says_more)
        });
        let names: Vec<_> = names.collect();
        let error = format!("{}_{}_t", self.prefix, snake(&definition.name));
        let _ = writeln!(text, "\n#define {short}_NAMES \"{}\"", names.concat());
        let _ = writeln!(
            text,
            "static_assert(offsetof({error}, val) == offsetof(refusal_t, says), \"{short}\");"
        );
        text
    }
}

/// What the bindings call a record, and a list of it.
fn records(ty: &Ty) -> Result<[String; 2], Error> {
    let Ty::Named(named) = ty else {
        return Err(Error::Unknown(format!("{ty:?} in a list of a record")));
    };
    let space = snake(&format!("evroute_{}_{}", named.package, named.interface));
    let name = snake(&named.name);
    Ok([
        format!("{space}_{name}_t"),
        format!("{space}_list_{name}_t"),
    ])
}
