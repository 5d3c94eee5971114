//! Puts a module together: the code of the blocks, and of the runtime what it needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::constants::{Constants, WORDS};
use crate::declared::Declared;
use crate::tables::import::{import, imports};

/// The runtime: functions and globals in WebAssembly text.
const RUNTIME: &[&str] = &[
    include_str!("runtime/memory.wat"),
    include_str!("runtime/value.wat"),
    include_str!("runtime/format.wat"),
    include_str!("runtime/server.wat"),
    include_str!("runtime/text.wat"),
    include_str!("runtime/uri.wat"),
    include_str!("runtime/parameter.wat"),
    include_str!("runtime/nameaddr.wat"),
    include_str!("runtime/address.wat"),
    include_str!("runtime/substitution.wat"),
    include_str!("runtime/xavp.wat"),
    include_str!("runtime/function.wat"),
    include_str!("runtime/sql.wat"),
];

/// Bytes above the constants that a run starts with; what goes beyond them is asked of the server,
/// which costs more.
const HEAP_BYTES: u32 = 2 * 1024;

/// A module in text form, and what it imports.
pub(crate) struct Linked {
    pub(crate) text: String,
    /// The interfaces, each once.
    pub(crate) interfaces: BTreeSet<&'static str>,
}

/// What a piece of code needs, directly and through what it calls.
pub(crate) struct Reached {
    pub(crate) symbols: BTreeSet<String>,
}

/// The pieces of the runtime by their symbols.
fn pieces() -> BTreeMap<&'static str, &'static str> {
    let mut pieces = BTreeMap::new();
    for text in RUNTIME {
        let mut rest = *text;
        while let Some(begin) = rest.find("\n(") {
            let from = rest.get(begin + 1..).unwrap_or_default();
            let length = form(from);
            let piece = from.get(..length).unwrap_or(from);
            let symbol = piece.split_whitespace().nth(1).unwrap_or_default();
            pieces.insert(symbol, piece);
            rest = from.get(length..).unwrap_or_default();
        }
    }
    pieces
}

/// How long the form at the beginning is. Comments in the runtime are balanced, texts in it have no
/// parentheses.
fn form(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// The symbols that a piece of code names.
fn named(code: &str) -> impl Iterator<Item = &str> {
    let words = code.split(|c: char| c.is_whitespace() || c == '(' || c == ')');
    let mut before = "";
    words.filter(|word| !word.is_empty()).filter(move |word| {
        let names = matches!(before, "call" | "global.get" | "global.set");
        before = word;
        names && word.starts_with('$')
    })
}

/// Follows calls from these pieces of code.
pub(crate) fn reach<'a>(code: impl IntoIterator<Item = &'a str>) -> Reached {
    let pieces = pieces();
    let mut symbols = BTreeSet::new();
    let mut open: Vec<&str> = code.into_iter().flat_map(named).collect();
    open.push("$cabi_realloc");
    while let Some(symbol) = open.pop() {
        if symbols.insert(symbol.to_owned())
            && let Some(piece) = pieces.get(symbol)
        {
            open.extend(named(piece));
        }
    }
    Reached { symbols }
}

impl Reached {
    pub(crate) fn has(&self, symbol: &str) -> bool {
        self.symbols.contains(symbol)
    }
}

/// Puts the module together. `globals` are those of the blocks, by symbol, with what they begin
/// with.
pub(crate) fn link(
    functions: &[String],
    globals: &BTreeMap<String, u32>,
    mut constants: Constants,
    declared: &Declared,
) -> Linked {
    let reached = reach(functions.iter().map(String::as_str));
    let imports: Vec<_> = imports()
        .filter(|(symbol, _)| reached.has(symbol))
        .map(|(_, function)| function)
        .collect();
    let pieces = pieces();
    let mut body = String::new();
    for (symbol, piece) in &pieces {
        if reached.has(symbol) {
            body.push_str(&texts(piece, &mut constants));
            body.push('\n');
        }
    }
    for function in functions {
        body.push_str(function);
        body.push('\n');
    }
    for (symbol, begin) in globals {
        body.push_str(&format!(
            "(global {symbol} (mut i32) (i32.const {begin}))\n"
        ));
    }
    let (null, _) = constants.text("<null>");
    let zero = constants.int_cell(0);
    let (segment, heap) = constants.segment();
    for (word, at) in WORDS {
        body = body.replace(word, &at.to_string());
    }
    let body = body
        .replace("NULL_TEXT", &null.to_string())
        .replace("ZERO_CELL", &zero.to_string())
        .replace("HEAP_BASE", &heap.to_string())
        .replace("HEAP_END", &(heap + HEAP_BYTES).to_string());
    let mut text = String::from("(module\n");
    for function in &imports {
        text.push_str(&import(function));
    }
    let pages = (heap + HEAP_BYTES).div_ceil(65536);
    let wanted: String = HEAP_BYTES
        .to_le_bytes()
        .iter()
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    text.push_str(&format!(
        "(memory (export \"memory\") {pages})\n(global (export \"__heap_base\") i32 (i32.const {heap}))\n\
         {body}{segment}\n(@custom \"evroute-small-memory\" \"{wanted}\")\n{})\n",
        declared.section()
    ));
    Linked {
        text,
        interfaces: imports.iter().map(|function| function.interface).collect(),
    }
}

/// Replaces `(i32.const @"text")` by where the text is and how long.
fn texts(piece: &str, constants: &mut Constants) -> String {
    let mut whole = String::with_capacity(piece.len());
    let mut rest = piece;
    while let Some((before, after)) = rest.split_once("(i32.const @\"") {
        let (text, after) = after.split_once("\")").unwrap_or((after, ""));
        let (at, length) = constants.text(text);
        whole.push_str(before);
        whole.push_str(&format!("(i32.const {at}) (i32.const {length})"));
        rest = after;
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_that_the_runtime_names_exists_once() {
        let pieces = pieces();
        let imports: BTreeSet<_> = imports().map(|(symbol, _)| symbol).collect();
        let forms: usize = RUNTIME.iter().map(|text| text.matches("\n(").count()).sum();
        assert_eq!(
            forms,
            pieces.len(),
            "two pieces of the runtime have the same name"
        );
        for (symbol, piece) in &pieces {
            assert!(!imports.contains(*symbol), "{symbol} is an import too");
            for name in named(piece) {
                assert!(
                    pieces.contains_key(name) || imports.contains(name),
                    "{symbol} names {name}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_linked_that_is_not_called() {
        let linked = link(
            &[
                "(func (export \"x\") (call $log.log (i32.const 0) (i32.const 0) (i32.const 0)))"
                    .to_owned(),
            ],
            &BTreeMap::new(),
            Constants::new(),
            &Declared::default(),
        );
        assert!(linked.text.contains("$log.log"));
        assert!(!linked.text.contains("$pv.get"));
        assert!(!linked.text.contains("$to_int"));
        assert_eq!(
            linked.interfaces.into_iter().collect::<Vec<_>>(),
            ["evroute:log/log@0.1.0"]
        );
    }
}
