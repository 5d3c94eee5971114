//! What a component says of itself, beside its imports: which tables, databases and third segments
//! of events its code names. The compiler of Kamailio's blocks writes it. It is a stranger's word:
//! it restricts nothing, and who leaves it out is only told later that something is missing.

use std::ops::Range;

use wasmparser::{Parser, Payload};

/// The custom section with a line for each: `table NAME`, `database NAME`, `event NAME`.
const SECTION: &str = "evroute-declared";
/// A longer section, or more lines, are not read.
const BYTES_MAX: usize = 64 << 10;
const LINES_MAX: usize = 1000;

/// Names that a component's code uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Tables of `$sht`, each of which needs the grant `htable`.
    pub tables: Vec<String>,
    /// Databases, each of which needs the grant `sql`.
    pub databases: Vec<String>,
    /// Events that are handled, with their third segments: `custom:event:night`.
    pub events: Vec<String>,
}

impl Declared {
    /// Reads the first such section in a component that Wasmtime found to be valid.
    pub(crate) fn read(component: &[u8]) -> Self {
        let lines = section(component).and_then(|range| component.get(range));
        let lines = lines.and_then(|lines| std::str::from_utf8(lines).ok());
        let mut declared = Self::default();
        for line in lines.unwrap_or_default().lines().take(LINES_MAX) {
            match line.split_once(' ') {
                Some(("table", name)) => declared.tables.push(name.to_owned()),
                Some(("database", name)) => declared.databases.push(name.to_owned()),
                Some(("event", name)) => declared.events.push(name.to_owned()),
                // A later compiler may say more.
                Some(_) | None => {}
            }
        }
        declared
    }
}

fn section(component: &[u8]) -> Option<Range<usize>> {
    // Most components have none, and some are large.
    memchr::memmem::find(component, SECTION.as_bytes())?;
    let payloads = Parser::new(0).parse_all(component);
    let mut sections = payloads.map_while(Result::ok).filter_map(|payload| {
        let Payload::CustomSection(section) = payload else {
            return None;
        };
        let (begin, length) = (section.data_offset(), section.data().len());
        (section.name() == SECTION && length <= BYTES_MAX).then(|| begin..begin + length)
    });
    sections.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &str) -> Declared {
        let text =
            format!("(component (core module (@custom \"evroute-declared\" \"{section}\")))");
        Declared::read(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn lines_are_read_by_their_first_word() {
        let declared = read("table a b\\0adatabase main\\0aevent timer:x\\0acolour red\\0atable");
        let expected = Declared {
            tables: vec!["a b".to_owned()],
            databases: vec!["main".to_owned()],
            events: vec!["timer:x".to_owned()],
        };
        assert_eq!(declared, expected);
    }

    #[test]
    fn what_makes_no_sense_says_nothing() {
        assert_eq!(read("\\ff table a"), Declared::default());
        assert_eq!(read(&"x".repeat(BYTES_MAX + 1)), Declared::default());
        assert_eq!(read(&"table a\\0a".repeat(1001)).tables.len(), LINES_MAX);
        let none = wat::parse_str("(component)").unwrap();
        assert_eq!(Declared::read(&none), Declared::default());
    }
}
