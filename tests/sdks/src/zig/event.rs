//! Events: verdicts, and how a function becomes a handler.

use std::fmt::Write as _;

use super::{Printer, comment, safe, snake};
use crate::{Definition, Error, Kind, Ty};

impl Printer<'_> {
    /// An event: what a handler returns, and how it is told to be one.
    pub(super) fn export(&self) -> Result<String, Error> {
        let docs = comment(&self.interface.docs, "    ");
        let space = snake(&self.interface.name);
        let event = self
            .interface
            .functions
            .iter()
            .flat_map(|one| &one.parameters)
            .next();
        let Some((_, Ty::Named(event))) = event else {
            return Err(Error::Unknown(format!("{space} as an event")));
        };
        let mut text = format!("\n{docs}    pub const {space} = struct {{\n");
        let mut verdict = "void";
        let mut assigned = String::new();
        for definition in &self.interface.types {
            verdict = "Verdict";
            text.push_str(&self.verdict(definition, &mut assigned)?);
        }
        let own = snake(&event.name);
        let (given, called) = if verdict == "void" {
            (String::new(), "            _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;\n".to_owned())
        } else {
            (
                format!("verdict: *c.{}_verdict_t, ", self.prefix),
                format!(
                    "                const it: Verdict = refusal.ended(handler(.{{ .handle = raised }}), sentence) orelse return false;\n{assigned}"
                ),
            )
        };
        let called = called.trim_start_matches(' ');
        let _ = write!(
            text,
            "
        /// Subscribes, at comptime: `handler` takes {} and returns {verdict} or an error.
        pub fn handle(comptime handler: anytype) void {{
            @export(&struct {{
                fn run(raised: c.{}_own_{own}_t, {given}sentence: *c.bindings_string_t) callconv(.c) bool {{
                    {}
                    return true;
                }}
            }}.run, .{{ .name = \"{}_handle\" }});
        }}
    }};
",
            self.ty_of(event, "a ")?,
            self.prefix,
            called.trim_end().replace("\n                ", "\n                    "),
            self.prefix,
        );
        Ok(text)
    }

    fn verdict(&self, definition: &Definition, assigned: &mut String) -> Result<String, Error> {
        let docs = comment(&definition.docs, "        ");
        match &definition.kind {
            Kind::Enum(cases) => {
                let mut text = format!("{docs}        pub const Verdict = enum(u8) {{\n");
                for case in cases {
                    text.push_str(&comment(&case.docs, "            "));
                    let _ = writeln!(text, "            {},", safe(snake(&case.name)));
                }
                text.push_str("        };\n");
                assigned.push_str("                verdict.* = @backingInt(it);\n");
                Ok(text)
            }
            Kind::Variant(cases) => {
                let mut text = format!("{docs}        pub const Verdict = union(enum) {{\n");
                assigned.push_str("                verdict.* = switch (it) {\n");
                for (tag, case) in cases.iter().enumerate() {
                    text.push_str(&comment(&case.docs, "            "));
                    let name = safe(snake(&case.name));
                    let Some(ty) = &case.ty else {
                        let _ = writeln!(text, "            {name},");
                        let _ = writeln!(
                            assigned,
                            "                    .{name} => .{{ .tag = {tag} }},"
                        );
                        continue;
                    };
                    let _ = writeln!(text, "            {name}: {},", self.ty(ty)?);
                    let value = self.payload(ty)?;
                    let _ = writeln!(
                        assigned,
                        "                    .{name} => |one| .{{ .tag = {tag}, .val = .{{ .{name} = {value} }} }},"
                    );
                }
                text.push_str("        };\n");
                assigned.push_str("                };\n");
                Ok(text)
            }
            Kind::Resource(_) | Kind::Record(_) => Err(Error::Unknown(definition.name.clone())),
        }
    }

    /// What a verdict's case holds, for the bindings.
    fn payload(&self, ty: &Ty) -> Result<String, Error> {
        let Ty::Named(named) = ty else {
            return Ok("one".to_owned());
        };
        let Some(Definition {
            kind: Kind::Record(fields),
            ..
        }) = self.contract.definition(named)
        else {
            return Err(Error::Unknown(named.name.clone()));
        };
        let fields = fields.iter().map(|field| {
            let name = snake(&field.name);
            match &field.ty {
                Some(Ty::Option(_)) => format!(
                    ".{name} = .{{ .is_some = one.{name} != null, .val = convert.out(c.bindings_string_t, one.{name} orelse \"\") }}"
                ),
                Some(Ty::Octets) => {
                    format!(".{name} = convert.out(c.bindings_list_u8_t, one.{name})")
                }
                Some(Ty::List(inner)) => match &**inner {
                    Ty::Named(named) => {
                        let list = format!("evroute_{}_{}_list_", named.package, named.interface);
                        let list = snake(&format!("{list}{}", named.name));
                        format!(".{name} = convert.out(c.{list}_t, one.{name})")
                    }
                    _ => format!(".{name} = one.{name}"),
                },
                _ => format!(".{name} = one.{name}"),
            }
        });
        Ok(format!(".{{ {} }}", fields.collect::<Vec<_>>().join(", ")))
    }
}
