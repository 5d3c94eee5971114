//! Where a run was when it was cut short.

use std::fmt::{self, Write};
use std::sync::Arc;

use evroute_lines::{Found, Table};
use wasmtime::{FrameInfo, Module, WasmBacktrace};

use crate::sources::Sources;

/// The longest name of a function or file, in octets: compilers make long ones.
const NAME_BYTES_MAX: usize = 96;
/// The longest name of a function as compilers spell it, in octets.
const MANGLED_BYTES_MAX: usize = 1024;
/// The longest text of a stack, in octets: it goes into a log line.
const TEXT_BYTES_MAX: usize = 1024;

/// The guest's functions that were under way when a run was cut short, the innermost first. Its text names them, with
/// file and line where the component carries source lines:
/// `decide (src/lib.rs:12) < handle (src/lib.rs:40) < <wasm function 7>`.
///
/// Lines are looked up when it is printed, and only then: that is work on what a stranger wrote, in proportion to its
/// length.
#[derive(Default)]
pub struct Stack {
    frames: Vec<Frame>,
}

struct Frame {
    name: Option<String>,
    function: u32,
    offset: Option<u32>,
    lines: Option<Arc<[u8]>>,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stack({self})")
    }
}

impl Stack {
    /// What Wasmtime has noted beside an error. `code` is as for [`Sources::of`].
    pub(crate) fn of(error: &wasmtime::Error, sources: &Sources, code: Option<&Module>) -> Self {
        let frames = error.downcast_ref::<WasmBacktrace>();
        let frames = frames.map_or(&[][..], WasmBacktrace::frames);
        let frame = |frame: &FrameInfo| Frame {
            name: frame.func_name().map(limited),
            function: frame.func_index(),
            offset: frame.func_offset().and_then(|at| u32::try_from(at).ok()),
            lines: sources.of(frame, code),
        };
        Self {
            frames: frames.iter().map(frame).collect(),
        }
    }

    /// Whether no function of the guest was under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        let mut read: Option<(&Arc<[u8]>, Option<Table<'_>>)> = None;
        for frame in &self.frames {
            if text.len() > TEXT_BYTES_MAX {
                text.push_str(" < ...");
                break;
            }
            if let Some(lines) = &frame.lines
                && !read.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, lines))
            {
                read = Some((lines, Table::read(lines).ok()));
            }
            let table = frame.lines.as_ref().and(read.as_ref());
            frame.tell(&mut text, table.and_then(|(_, table)| table.as_ref()))?;
        }
        f.write_str(&text)
    }
}

impl Frame {
    /// One function, with those that were inlined into it before it.
    fn tell(&self, text: &mut String, table: Option<&Table<'_>>) -> fmt::Result {
        let found = table.zip(self.offset);
        let found = found.and_then(|(table, offset)| table.find(self.function, offset).ok());
        let found = found.unwrap_or_default();
        let Some((own, inlined)) = found.split_last() else {
            self.tell_name(text)?;
            return Ok(());
        };
        for one in inlined {
            begin(text);
            text.push_str(&cut(one.function.unwrap_or("?")));
            tell_place(text, one)?;
        }
        self.tell_name(text)?;
        tell_place(text, own)
    }

    fn tell_name(&self, text: &mut String) -> fmt::Result {
        begin(text);
        match &self.name {
            Some(name) => text.write_str(&cut(&as_written(name))),
            None => write!(text, "<wasm function {}>", self.function),
        }
    }
}

fn begin(text: &mut String) {
    if !text.is_empty() {
        text.push_str(" < ");
    }
}

fn tell_place(text: &mut String, found: &Found<'_>) -> fmt::Result {
    match found.line {
        0 => write!(text, " ({})", cut(found.file)),
        line => write!(text, " ({}:{line})", cut(found.file)),
    }
}

/// A name that is not longer than one can be and be understood.
fn limited(name: &str) -> String {
    let end = name.floor_char_boundary(MANGLED_BYTES_MAX);
    name.get(..end).unwrap_or_default().to_owned()
}

/// The name as its author wrote it, where Rust has spelled it otherwise. What linkers leave of C++ is readable, and reading
/// what they would not leave can take for ever: a name may stand for one that is two to the power of its length long.
fn as_written(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(rust) => format!("{rust:#}"),
        Err(_) => name.to_owned(),
    }
}

/// A name that a stranger gave, as a line of the log bears it.
fn cut(name: &str) -> String {
    let mut short = String::new();
    for character in name.chars() {
        if short.len() >= NAME_BYTES_MAX {
            short.push_str("...");
            break;
        }
        let is_odd = character.is_control();
        short.push(if is_odd { '?' } else { character });
    }
    short
}

#[cfg(test)]
mod tests {
    use evroute_lines::Lines;

    use super::*;

    fn frame(name: Option<&str>, function: u32, lines: Option<&Arc<[u8]>>) -> Frame {
        Frame {
            name: name.map(limited),
            function,
            offset: Some(5),
            lines: lines.map(Arc::clone),
        }
    }

    #[test]
    fn functions_are_told_with_their_lines_where_they_are_known() {
        let mut lines = Lines::new();
        let outer = lines.place("src/lib.rs", 12, None, None);
        let inner = lines.place("core/option.rs", 972, Some("unwrap"), Some(outer));
        let unknown = lines.place("x.c", 0, None, None);
        lines.row(3, 0, Some(inner));
        lines.row(4, 0, Some(unknown));
        let lines = Arc::from(lines.encode());
        let stack = Stack {
            frames: vec![
                frame(Some("decide"), 3, Some(&lines)),
                frame(Some("f"), 4, Some(&lines)),
                frame(None, 9, Some(&lines)),
                frame(Some("start\nit"), 3, None),
                frame(Some("_RNvNtC4core6option13unwrap_failed"), 3, None),
            ],
        };
        assert_eq!(
            stack.to_string(),
            "unwrap (core/option.rs:972) < decide (src/lib.rs:12) < f (x.c) < <wasm function 9> < start?it \
             < core::option::unwrap_failed"
        );
        assert!(Stack::default().is_empty());
    }

    #[test]
    fn a_section_without_sense_costs_the_lines_and_nothing_else() {
        let broken = Arc::from(&b"\x01\xff\xff\xff"[..]);
        let stack = Stack {
            frames: vec![frame(Some("decide"), 3, Some(&broken))],
        };
        assert_eq!(stack.to_string(), "decide");
    }

    #[test]
    fn long_names_and_deep_stacks_are_cut() {
        let name = "long".repeat(1000);
        let frames = (0..20).map(|number| frame(Some(&name), number, None));
        let stack = Stack {
            frames: frames.collect(),
        };
        let text = stack.to_string();
        assert!(text.len() < 1300 && text.ends_with(" < ..."), "{text}");
    }
}
