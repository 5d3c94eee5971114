//! Where in the source an edge is.

use evroute_lines::{LineTable, SECTION, SECTION_BYTES_MAX, SourceLine};
use wasmparser::{Parser, Payload};

use crate::component::EdgeMap;
use crate::edge::Edge;

/// One place in a source file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourcePlace {
    /// The file as the compiler was told it; without source lines, the function and the module.
    pub file: String,
    /// Counted from 1; 0 where the component does not say.
    pub line: u32,
}

impl std::fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// Where each edge of each map is. Of code that was inlined, where it stands itself.
#[must_use]
pub fn source_places(component: &[u8], maps: &[EdgeMap]) -> Vec<Vec<SourcePlace>> {
    placed(component, maps, |lines| lines.first())
}

/// The same; of code that was inlined from a library, where the author calls it.
#[must_use]
pub fn authors_places(component: &[u8], maps: &[EdgeMap]) -> Vec<Vec<SourcePlace>> {
    placed(component, maps, |lines| {
        let own = lines.iter().find(|line| is_authors(line.file));
        own.or(lines.first())
    })
}

/// Whether a file is none of the language's or of a package's, by where compilers and package
/// managers have theirs.
#[must_use]
pub fn is_authors(file: &str) -> bool {
    let others = [
        "/rustc/",
        "/.cargo/",
        "/registry/src/",
        "/usr/",
        "/node_modules/",
        "wasi-libc",
    ];
    !others.iter().any(|part| file.contains(part)) && !file.starts_with("library/")
}

fn placed(
    component: &[u8],
    maps: &[EdgeMap],
    choose: impl for<'a, 'b> Fn(&'b [SourceLine<'a>]) -> Option<&'b SourceLine<'a>>,
) -> Vec<Vec<SourcePlace>> {
    let sections = line_sections(component);
    let one = |map: &EdgeMap| {
        let module = map.edges.first().map(|edge| edge.module);
        let section =
            module.and_then(|module| sections.get(usize::try_from(module).ok()?)?.as_deref());
        let table = section.and_then(|section| LineTable::read(section).ok());
        let place = |edge: &Edge| {
            let found = table.as_ref();
            let found = found.and_then(|table| table.find(edge.function, edge.offset).ok());
            match found.as_deref().and_then(&choose) {
                Some(line) => SourcePlace {
                    file: line.file.to_owned(),
                    line: line.line,
                },
                None => SourcePlace {
                    file: format!("function {} of module {}", edge.function, edge.module),
                    line: 0,
                },
            }
        };
        map.edges.iter().map(place).collect()
    };
    maps.iter().map(one).collect()
}

/// The section of source lines of each module, those of components within it, too, in the order of
/// their bytes.
fn line_sections(component: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut sections = Vec::new();
    // For each module and component around what is read the number of the module.
    let mut around: Vec<Option<usize>> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::ModuleSection { .. }) => {
                around.push(Some(sections.len()));
                sections.push(None);
            }
            Ok(Payload::ComponentSection { .. }) => around.push(None),
            Ok(Payload::End(_)) => {
                around.pop();
            }
            Ok(Payload::CustomSection(section)) if section.name() == SECTION => {
                let module = around.last().copied().flatten();
                let place = module.and_then(|module| sections.get_mut(module));
                if let (Some(place), true) = (place, section.data().len() <= SECTION_BYTES_MAX) {
                    *place = Some(section.data().to_vec());
                }
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    sections
}
