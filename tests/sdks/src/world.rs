//! `wit/world.wit`, and the table of `wit/README.md`: what there is to import and to export.

use std::fmt::Write as _;

use crate::{Contract, Interface};

/// The two worlds.
pub(crate) fn worlds(contract: &Contract) -> String {
    let lines = |word: &str, interfaces: &[Interface]| {
        let lines = interfaces
            .iter()
            .map(|one| format!("  {word} {};\n", one.id()));
        lines.collect::<String>()
    };
    format!(
        "package evroute:handler@0.1.0;\n\n\
         // Printed from deps/ by `make sdks`: \
         an interface with the function `handle` is an event, \
         every other one can be imported.\n\n\
         /// Everything a handler may import. Importing is asking; the operator's grant decides.\n\
         world platform {{\n{}}}\n\n\
         /// Every event there is: the server generates its side from this world and \
         never asks a handler to implement it.\n\
         world host {{\n  include platform;\n{}}}\n",
        lines("import", &contract.imports),
        lines("export", &contract.exports),
    )
}

/// Where the table begins and ends in `wit/README.md`.
const MARKS: [&str; 2] = ["<!-- printed by make sdks -->\n", "<!-- end -->"];

/// The page with its table anew; as it is when it has no place for one.
pub(crate) fn page(contract: &Contract, page: &str) -> String {
    let [begin, end] = MARKS;
    match page
        .split_once(begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)))
    {
        Some((before, after)) => format!("{before}{begin}{}{end}{after}", table(contract)),
        None => page.to_owned(),
    }
}

fn table(contract: &Contract) -> String {
    let mut text = "| package | events | offers |\n|---|---|---|\n".to_owned();
    let mut packages: Vec<&str> = Vec::new();
    for interface in contract.imports.iter().chain(&contract.exports) {
        if !packages.contains(&interface.package.as_str()) {
            packages.push(&interface.package);
        }
    }
    for package in packages {
        let events = of(package, "", &contract.exports);
        let events: Vec<_> = events.iter().map(|(name, _)| format!("`{name}`")).collect();
        let mut offers = of(package, "types", &contract.imports);
        if offers.is_empty() && events.is_empty() {
            // Its types are all it has.
            offers = of(package, "", &contract.imports);
        }
        let offers = offers
            .iter()
            .map(|(name, summary)| format!("`{name}`: {summary}"));
        let offers: Vec<_> = offers.collect();
        let _ = writeln!(
            text,
            "| `{package}` |{}|{}|",
            cell(&events.join(", ")),
            cell(&offers.join("<br>"))
        );
    }
    text
}

fn cell(text: &str) -> String {
    if text.is_empty() {
        return " ".to_owned();
    }
    format!(" {text} ")
}

/// Names and summaries of a package's interfaces, one name excepted.
fn of<'a>(package: &str, except: &str, all: &'a [Interface]) -> Vec<(&'a str, &'a str)> {
    let own = all.iter();
    let own = own.filter(|one| one.package == package && one.name != except);
    own.map(|one| (one.name.as_str(), one.summary())).collect()
}
