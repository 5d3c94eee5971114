//! Rust: a row for each event, by which the macro of `evroute-guest` makes a module.

use std::fmt::Write as _;

use crate::zig::pascal;
use crate::{Contract, Error, Interface, Ty};

const HEAD: &str = "\
//! @generated from wit/ by `make sdks`: a module for each package with events, \
    a row for each event.
";

/// What else a handler finds in the module of a package.
const BESIDE: &[(&str, &str)] = &[
    ("custom", "crate::raise::raise"),
    ("htable", "crate::table::Table"),
];

/// Comments are not longer than this.
const COLUMNS_MAX: usize = 100;

/// The whole file.
pub(crate) fn rows(contract: &Contract) -> Result<String, Error> {
    let mut text = HEAD.to_owned();
    let mut open = "";
    for event in &contract.exports {
        if event.package != open {
            if !open.is_empty() {
                close(open, &mut text);
            }
            open = &event.package;
            let _ = writeln!(
                text,
                "\n/// Events of `evroute:{open}`.\npub mod {} {{",
                snake(open)
            );
        }
        row(contract, event, &mut text)?;
    }
    close(open, &mut text);
    Ok(text)
}

fn close(package: &str, text: &mut String) {
    let beside = BESIDE.iter().filter(|(of, _)| *of == package);
    for (_, path) in beside {
        let _ = writeln!(text, "    pub use {path};");
    }
    text.push_str("}\n");
}

fn row(contract: &Contract, event: &Interface, text: &mut String) -> Result<(), Error> {
    let unknown = || Error::Unknown(event.id());
    let handle = event.functions.first().ok_or_else(unknown)?;
    let (_, Ty::Named(payload)) = handle.parameters.first().ok_or_else(unknown)? else {
        return Err(unknown());
    };
    let definition = contract.definition(payload).ok_or_else(unknown)?;
    let has_message = definition
        .functions()
        .iter()
        .any(|one| one.name == "message");
    let verdict = match &handle.result {
        Some(Ty::Result(Some(_), _)) => "verdict",
        _ => "nothing",
    };
    let (module, name) = (snake(&event.package), snake(&event.name));
    text.push_str("    event! {\n");
    for line in wrapped(&event.docs) {
        let _ = writeln!(text, "        /// {line}");
    }
    let _ = writeln!(
        text,
        "        {name}({}{}) -> {verdict},\n        \
         \"package evroute:guest; world {}-{} {{ export {}; }}\"\n            in {module}::{name},",
        pascal(&payload.name),
        if has_message { ", message" } else { "" },
        event.package,
        event.name,
        event.id(),
    );
    let with = contract.needed_by(event);
    let with = with.map(|one| format!("\"{}\" = {}", one.id(), snake(&one.package)));
    let _ = writeln!(
        text,
        "        {}\n    }}",
        with.collect::<Vec<_>>().join(", ")
    );
    Ok(())
}

/// The first paragraph, in lines that fit.
fn wrapped(docs: &[String]) -> Vec<String> {
    let paragraph = docs.iter().take_while(|line| !line.trim().is_empty());
    let mut lines: Vec<String> = Vec::new();
    for word in paragraph.flat_map(|line| line.split_whitespace()) {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + 13 <= COLUMNS_MAX => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn snake(name: &str) -> String {
    name.replace('-', "_")
}
