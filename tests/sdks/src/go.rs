//! Go: what each package needs to make an error of a refusal.

use std::fmt::Write as _;

use crate::zig::pascal;
use crate::{Contract, Kind};

/// Packages of the SDK and the interfaces whose errors they return.
const PACKAGES: [(&str, &str, &str); 7] = [
    ("pv", "pv", "pv"),
    ("shv", "pv", "shv"),
    ("htable", "htable", "htable"),
    ("sql", "sql", "sql"),
    ("custom", "custom", "raise"),
    ("headers", "textops", "headers"),
    ("reply", "textops", "reply"),
];

/// `refused.go` of each package.
pub(crate) fn refusals(contract: &Contract) -> Vec<(String, String)> {
    let files = PACKAGES.iter().filter_map(|(package, of, name)| {
        let mut all = contract.imports.iter();
        let interface = all.find(|one| one.package == *of && one.name == *name)?;
        let error = interface.types.iter().find(|one| one.name == "error")?;
        let Kind::Variant(cases) = &error.kind else {
            return None;
        };
        let raw = format!("evroute_{of}_{name}");
        let mut text = format!(
            "// Printed from wit/ by `make sdks`.\n\npackage {package}\n\nimport (\n\t\"wit_component/evroute/refusal\"\n\t\"wit_component/{raw}\"\n)\n\n\
             // refused is the error of a call that was refused.\n\
             func refused(what string, why {raw}.Error) \
             error {{\n\tswitch why.Tag() {{\n"
        );
        for case in cases {
            let name = pascal(&case.name);
            let says = if case.ty.is_some() { format!(", Says: why.{name}()") } else { String::new() };
            let _ = writeln!(
                text,
                "\tcase {raw}.Error{name}:\n\t\treturn &refusal.Error{{What: what, Case: \"{}\"{says}}}",
                case.name
            );
        }
        text.push_str("\t}\n\tpanic(\"an error that the WIT does not have\")\n}\n");
        Some((format!("guest-examples/go/sdk/{package}/refused.go"), text))
    });
    files.collect()
}
