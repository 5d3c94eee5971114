//! Zig: `evroute.zig`, the server's interfaces over C's bindings, in one namespace for each
//! package.
//!
//! Zig looks only at what a handler names, so all of it is there, whatever the world has.

mod event;

use std::fmt::Write as _;

use crate::{
    Case, Contract, Definition, Error, Function, Interface, Kind, Named, Receiver, Shape, Ty,
};

const HEAD: &str = "\
//! The server's interfaces, printed from wit/ by `make sdks`: a namespace for each package, \
    in it resources with their methods,
//! functions, and an event each with its verdict. Below lies the module `bindings`, \
    which can be used beside it.
//!
//! Texts and bytes are `[]const u8`, options `?T`, values without a value `null`. \
    What may be refused returns
//! `error.Refused`; a handler that returns it gives up with a sentence for the operator's log. \
    Handles end with the run.

const c = @import(\"bindings\");
const call = @import(\"call.zig\").call;
const convert = @import(\"call.zig\");
const refusal = @import(\"refusal.zig\");

pub const allocator = @import(\"arena.zig\").allocator;
pub const log = @import(\"log.zig\");
pub const print = log.print;
pub const about = refusal.about;

/// Whether a text is there and reads so.
pub fn is(text: ?[]const u8, word: []const u8) bool {
    return @import(\"std\").mem.eql(u8, text orelse return false, word);
}
";

/// What pseudo-variables have beside the WIT's.
const PV: &str = "
    /// A pseudo-variable that is a number; one that is something else is refused, too.
    pub fn int(name: []const u8) error{Refused}!i64 {
        if (try get(name)) |value| if (value == .int) return value.int;
        refusal.last.tag = 0;
        refusal.names = \"\\x0cnot a number\";
        return error.Refused;
    }
";

/// The whole module.
pub(crate) fn module(contract: &Contract) -> Result<String, Error> {
    let mut text = HEAD.to_owned();
    let mut packages: Vec<&str> = Vec::new();
    for interface in contract.imports.iter().chain(&contract.exports) {
        if !packages.contains(&interface.package.as_str()) && interface.package != "log" {
            packages.push(&interface.package);
        }
    }
    for package in packages {
        let _ = writeln!(text, "\npub const {package} = struct {{");
        let mut body = String::new();
        for interface in contract.imports.iter().filter(|one| one.package == package) {
            let printer = Printer {
                contract,
                interface,
                prefix: prefix(interface, "evroute"),
            };
            body.push_str(&printer.import()?);
        }
        if package == "pv" {
            body.push_str(PV);
        }
        for interface in contract.exports.iter().filter(|one| one.package == package) {
            let printer = Printer {
                contract,
                interface,
                prefix: prefix(interface, "exports_evroute"),
            };
            body.push_str(&printer.export()?);
        }
        text.push_str(body.trim_start_matches('\n'));
        text.push_str("};\n");
    }
    Ok(text)
}

fn prefix(interface: &Interface, space: &str) -> String {
    snake(&format!("{space}_{}_{}", interface.package, interface.name))
}

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

pub(crate) fn pascal(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        })
        .collect()
}

pub(crate) fn camel(name: &str) -> String {
    let name = pascal(name);
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_lowercase())
}

/// A name that Zig may have taken.
fn safe(name: String) -> String {
    match name.as_str() {
        "continue" | "error" | "null" => format!("@\"{name}\""),
        _ => name,
    }
}

fn comment(docs: &[String], indent: &str) -> String {
    docs.iter()
        .map(|line| format!("{indent}/// {line}").trim_end().to_owned() + "\n")
        .collect()
}

struct Printer<'a> {
    contract: &'a Contract,
    interface: &'a Interface,
    /// What the bindings put before every name of this interface.
    prefix: String,
}

impl Printer<'_> {
    /// An interface that shares its package with others and is not called like it has a namespace
    /// of its own.
    fn own_space(&self) -> bool {
        self.interface.name != "types" && self.interface.name != self.interface.package
    }

    /// What the names of an error's cases are called.
    fn names(&self, error: &str) -> String {
        snake(&format!("{}_{error}_names", self.interface.name))
    }

    fn import(&self) -> Result<String, Error> {
        let mut text = String::new();
        for definition in &self.interface.types {
            text.push_str(&self.definition(definition)?);
        }
        for function in &self.interface.functions {
            text.push_str(&self.function(function, None)?);
        }
        if self.own_space() {
            let name = snake(&self.interface.name);
            let docs = comment(&self.interface.docs, "    ");
            let inner: String = text
                .lines()
                .map(|line| format!("    {line}").trim_end().to_owned() + "\n")
                .collect();
            return Ok(format!(
                "\n{docs}    pub const {name} = struct {{\n{}    }};\n",
                inner.trim_start_matches('\n')
            ));
        }
        Ok(text)
    }

    fn definition(&self, definition: &Definition) -> Result<String, Error> {
        let name = pascal(&definition.name);
        let docs = comment(&definition.docs, "    ");
        Ok(match &definition.kind {
            Kind::Resource(functions) => {
                let own = snake(&definition.name);
                let mut text = format!(
                    "\n{docs}    pub const {name} = struct {{\n        handle: c.{}_own_{own}_t,\n",
                    self.prefix
                );
                for function in functions {
                    let function = self.function(function, Some(&definition.name))?;
                    for line in function.lines() {
                        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
                    }
                }
                text.push_str("    };\n");
                text
            }
            Kind::Variant(cases) if definition.name.ends_with("error") => {
                self.refusals(definition, cases)
            }
            Kind::Variant(cases) => self.value(definition, cases)?,
            Kind::Record(fields) => {
                let mut text = format!("\n{docs}    pub const {name} = struct {{\n");
                for field in fields {
                    text.push_str(&comment(&field.docs, "        "));
                    if let Some(ty) = &field.ty {
                        let absent = if matches!(ty, Ty::Option(_)) {
                            " = null"
                        } else {
                            ""
                        };
                        let _ = writeln!(
                            text,
                            "        {}: {}{absent},",
                            snake(&field.name),
                            self.ty(ty)?
                        );
                    }
                }
                text.push_str("    };\n");
                text
            }
            Kind::Enum(_) => String::new(),
        })
    }

    /// Which case a refusal was.
    fn refusals(&self, definition: &Definition, cases: &[Case]) -> String {
        let name = pascal(&definition.name);
        let docs = comment(&definition.docs, "    ");
        let mut text = format!("\n{docs}    pub const {name} = enum(u8) {{\n");
        let mut names = String::new();
        for case in cases {
            text.push_str(&comment(&case.docs, "        "));
            let _ = writeln!(text, "        {},", safe(snake(&case.name)));
            let said = match case.name.as_str() {
                "other" => String::new(),
                name => name.replace('-', " "),
            };
            let more = if case.ty.is_some() { 128 } else { 0 };
            let _ = write!(names, "\\x{:02x}{said}", said.len() | more);
        }
        let _ = write!(
            text,
            "\n        /// The case of a call that has just returned `error.Refused`.\n        pub fn last() @This() {{\n            return @fromBackingInt(refusal.last.tag);\n        }}\n    }};\n    const {} = \"{names}\";\n",
            self.names(&definition.name)
        );
        text
    }

    /// A variant with `null`, which is an option here.
    fn value(&self, definition: &Definition, cases: &[Case]) -> Result<String, Error> {
        let name = pascal(&definition.name);
        let docs = comment(&definition.docs, "    ");
        let mut text = format!("\n{docs}    pub const {name} = union(enum) {{\n");
        let (mut ins, mut outs) = (String::new(), String::new());
        for (tag, case) in cases.iter().enumerate() {
            let Some(ty) = &case.ty else { continue };
            let field = snake(&case.name);
            let theirs = if field == "int" { "int_" } else { &field };
            let ty = self.ty(ty)?;
            text.push_str(&comment(&case.docs, "        "));
            let _ = writeln!(text, "        {field}: {ty},");
            let _ = writeln!(
                ins,
                "                {tag} => .{{ .{field} = convert.in({ty}, received.val.{theirs}) }},"
            );
            let _ = writeln!(
                outs,
                "                .{field} => |it| .{{ .tag = {tag}, .val = .{{ .{theirs} = convert.out(@FieldType(@FieldType(C, \"val\"), \"{theirs}\"), it) }} }},"
            );
        }
        let _ = write!(
            text,
            "\n        pub fn in(received: anytype) ?{name} {{\n            return switch (received.tag) {{\n{ins}                else => null,\n            }};\n        }}\n\n        pub fn out(comptime C: type, value: ?{name}) C {{\n            return switch (value orelse return .{{ .tag = 0 }}) {{\n{outs}            }};\n        }}\n    }};\n"
        );
        Ok(text)
    }

    fn function(&self, function: &Function, of: Option<&str>) -> Result<String, Error> {
        let snaked = snake(&function.name);
        let mut declared = Vec::new();
        let mut passed = Vec::new();
        let lists = function
            .parameters
            .iter()
            .any(|(_, ty)| matches!(ty, Ty::List(_)));
        let target = match (function.receiver, of) {
            (Receiver::Method, Some(of)) => {
                declared.push(format!("self: {}", pascal(of)));
                passed.push(format!(
                    "c.{}_borrow_{}(self.handle)",
                    self.prefix,
                    snake(of)
                ));
                format!("{}_method_{}_{snaked}", self.prefix, snake(of))
            }
            (Receiver::Static, Some(of)) => {
                format!("{}_static_{}_{snaked}", self.prefix, snake(of))
            }
            _ => format!("{}_{snaked}", self.prefix),
        };
        for (name, ty) in &function.parameters {
            // Zig lets no parameter have the name of a function beside it.
            let name = match snake(name) {
                name if name == "body" => "new_body".to_owned(),
                name => safe(name),
            };
            declared.push(format!("{name}: {}", self.ty(ty)?));
            passed.push(name);
        }
        let (result, names) = match &function.result {
            None => ("void".to_owned(), "null".to_owned()),
            Some(Ty::Result(ok, Some(error))) => {
                let ok = ok
                    .as_deref()
                    .map_or(Ok("void".to_owned()), |ty| self.ty(ty))?;
                let Ty::Named(error) = &**error else {
                    return Err(Error::Unknown(format!("{error:?} as an error")));
                };
                (format!("error{{Refused}}!{ok}"), self.names(&error.name))
            }
            Some(ty) => (self.ty(ty)?, "null".to_owned()),
        };
        let passed = if passed.len() == 1 {
            passed.concat()
        } else {
            format!(" {} ", passed.join(", "))
        };
        let arguments = if passed.trim().is_empty() {
            String::new()
        } else {
            passed
        };
        let body =
            format!("        return call({result}, {names}, c.{target}, .{{{arguments}}});\n");
        Ok(format!(
            "\n{}    pub {}fn {}({}) {result} {{\n{body}    }}\n",
            comment(&function.docs, "    "),
            // Lists that are written down in the call need not be built by a loop.
            if lists { "inline " } else { "" },
            safe(camel(&function.name)),
            declared.join(", "),
        ))
    }

    fn ty(&self, ty: &Ty) -> Result<String, Error> {
        Ok(match ty {
            Ty::Bool => "bool".to_owned(),
            Ty::Integer(one) => format!("{}{}", if one.signed { "i" } else { "u" }, one.bits),
            Ty::Float => "f64".to_owned(),
            Ty::Text | Ty::Octets => "[]const u8".to_owned(),
            Ty::Named(named) => self.ty_of(named, "")?,
            Ty::List(inner) => format!("[]const {}", self.ty(inner)?),
            Ty::Option(inner) if self.contract.is_value(inner) => self.ty(inner)?,
            Ty::Option(inner) => format!("?{}", self.ty(inner)?),
            Ty::Tuple(types) => {
                let types: Result<Vec<_>, _> = types.iter().map(|ty| self.ty(ty)).collect();
                format!("struct {{ {} }}", types?.join(", "))
            }
            Ty::Result(..) => return Err(Error::Unknown(format!("{ty:?}"))),
        })
    }

    /// A type's name, with that of its package where it is another.
    fn ty_of(&self, named: &Named, before: &str) -> Result<String, Error> {
        let shape = self.contract.shape(named);
        let shape = shape.ok_or_else(|| Error::Unknown(named.name.clone()))?;
        let optional = if shape == Shape::Value { "?" } else { "" };
        let package = if named.package == self.interface.package {
            String::new()
        } else {
            format!("{}.", named.package)
        };
        Ok(format!(
            "{optional}{before}{package}{}",
            pascal(&named.name)
        ))
    }
}
