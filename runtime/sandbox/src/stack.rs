//! Where a run was when it was cut short.

use std::fmt::{self, Write};
use std::sync::Arc;

use evroute_lines::{LineTable, SourceLine};
use wasmtime::{FrameInfo, Module, WasmBacktrace};

use crate::sources::Sources;

/// The longest name of a function or file, in bytes: compilers make long ones.
const NAME_BYTES_MAX: usize = 96;
/// The longest name of a function as compilers spell it, in bytes.
const MANGLED_BYTES_MAX: usize = 1024;
/// The longest text of a stack, in bytes: it goes into a log line.
const TEXT_BYTES_MAX: usize = 1024;

/// The guest's functions that were under way when a run was cut short, the innermost first. Its
/// text names them, with file and line where the component carries source lines: `decide
/// (src/lib.rs:12) < handle (src/lib.rs:40) < <wasm function 7>`.
///
/// Lines are looked up when it is printed, and only then: that is work on what a stranger wrote, in
/// proportion to its length.
#[derive(Default)]
pub struct Stack {
    frames: Vec<Frame>,
    /// What another process has printed of it, instead.
    text: String,
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
            text: String::new(),
        }
    }

    /// What another process has printed of one, which need not be that.
    pub(crate) fn of_text(mut text: String) -> Self {
        let end = text.floor_char_boundary(TEXT_BYTES_MAX + NAME_BYTES_MAX);
        text.truncate(end);
        Self {
            frames: Vec::new(),
            text: text.replace(char::is_control, "?"),
        }
    }

    /// The functions by their names, the innermost first, with those that were inlined; without
    /// their lines. Empty where another process has printed it.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (frame, found) in self.frames.iter().zip(self.found()) {
            let inlined = found.split_last().map_or(&[][..], |(_, inlined)| inlined);
            let inlined = inlined.iter();
            names.extend(inlined.map(|one| cut(one.function.unwrap_or("?"))));
            names.push(match &frame.name {
                Some(name) => cut(&as_written(name)),
                None => format!("<wasm function {}>", frame.function),
            });
        }
        names
    }

    /// Whether no function of the guest was under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.text.is_empty()
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.text.clone();
        for (frame, found) in self.frames.iter().zip(self.found()) {
            if text.len() > TEXT_BYTES_MAX {
                text.push_str(" < ...");
                break;
            }
            frame.tell(&mut text, &found)?;
        }
        f.write_str(&text)
    }
}

impl Stack {
    /// The source lines of each frame. Every table is read once, whatever the order in which frames
    /// lead to it, and one at a time, since a read one is many times larger than its section.
    fn found(&self) -> Vec<Vec<SourceLine<'_>>> {
        let mut found = vec![Vec::new(); self.frames.len()];
        for (first, frame) in self.frames.iter().enumerate() {
            let before = self.frames.iter().take(first);
            let Some(lines) = &frame.lines else { continue };
            if before.into_iter().any(|before| before.is_of(lines)) {
                continue;
            }
            let Ok(table) = LineTable::read(lines) else {
                continue;
            };
            for (frame, found) in self.frames.iter().zip(&mut found) {
                if frame.is_of(lines) {
                    *found = frame.found(&table);
                }
            }
        }
        found
    }
}

impl Frame {
    fn is_of(&self, lines: &Arc<[u8]>) -> bool {
        let own = self.lines.as_ref();
        own.is_some_and(|own| Arc::ptr_eq(own, lines))
    }

    fn found<'a>(&self, table: &LineTable<'a>) -> Vec<SourceLine<'a>> {
        let offset = self.offset;
        let found = offset.and_then(|offset| table.find(self.function, offset).ok());
        found.unwrap_or_default()
    }

    /// One function, with those that were inlined into it before it.
    fn tell(&self, text: &mut String, found: &[SourceLine<'_>]) -> fmt::Result {
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

fn tell_place(text: &mut String, found: &SourceLine<'_>) -> fmt::Result {
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

/// The name as its author wrote it, where Rust has spelled it otherwise; a little more of it than
/// is shown. A name may stand for one that is two to the power of its length long, so what is not
/// shown is not put together either. For that reason names of C++ are shown as linkers leave them,
/// which is readable.
fn as_written(name: &str) -> String {
    let Ok(rust) = rustc_demangle::try_demangle(name) else {
        return name.to_owned();
    };
    let mut beginning = Beginning(String::new());
    // An error only says that it is long enough.
    let _ = write!(beginning, "{rust:#}");
    beginning.0
}

/// Takes what is written until it is longer than a name that is shown.
struct Beginning(String);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() > NAME_BYTES_MAX {
            return Err(fmt::Error);
        }
        Ok(())
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
    fn functions_are_reported_with_their_lines_where_they_are_known() {
        let mut lines = Lines::new();
        let outer = lines.place("src/lib.rs", 12, None, None);
        let inner = lines.place("core/option.rs", 972, Some("unwrap"), Some(outer));
        let unknown = lines.place("x.c", 0, None, None);
        lines.row(3, 0, Some(inner));
        lines.row(4, 0, Some(unknown));
        let lines = Arc::from(lines.encode());
        let stack = Stack {
            text: String::new(),
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
            text: String::new(),
            frames: vec![frame(Some("decide"), 3, Some(&broken))],
        };
        assert_eq!(stack.to_string(), "decide");
        assert_eq!(stack.functions(), ["decide"]);
    }

    #[test]
    fn two_tables_that_take_turns_are_each_told_from() {
        let table = |file: &str| {
            let mut lines = Lines::new();
            let place = lines.place(file, 1, None, None);
            lines.row(3, 0, Some(place));
            Arc::from(lines.encode())
        };
        let (a, b) = (table("a.rs"), table("b.rs"));
        let frames = [&a, &b, &a, &b].map(|lines| frame(Some("f"), 3, Some(lines)));
        let stack = Stack {
            text: String::new(),
            frames: frames.into(),
        };
        assert_eq!(
            stack.to_string(),
            "f (a.rs:1) < f (b.rs:1) < f (a.rs:1) < f (b.rs:1)"
        );
    }

    #[test]
    fn a_name_that_stands_for_a_longer_one_is_put_together_no_further_than_it_is_told() {
        // Each tuple is made of two times the one before it.
        let mut name = String::from("_RIC1aTuuE");
        let mut last = 4;
        for _ in 0..30 {
            let next = name.len() - 2;
            let back = base62(last);
            name.push_str(&format!("TB{back}B{back}E"));
            last = next;
        }
        name.push('E');
        assert!(rustc_demangle::try_demangle(&name).is_ok(), "{name}");
        let reported = as_written(&name);
        assert!(reported.starts_with("a::<((), ()), ("), "{reported}");
        assert!(reported.len() <= NAME_BYTES_MAX + 16, "{}", reported.len());
    }

    /// How the spelling counts: nothing for 0, otherwise one less in digits.
    fn base62(number: usize) -> String {
        const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let Some(mut rest) = number.checked_sub(1) else {
            return "_".to_owned();
        };
        let mut digits = Vec::new();
        loop {
            digits.push(char::from(DIGITS[rest % 62]));
            rest /= 62;
            if rest == 0 {
                break;
            }
        }
        digits.reverse();
        digits.into_iter().collect::<String>() + "_"
    }

    #[test]
    fn long_names_and_deep_stacks_are_cut() {
        let name = "long".repeat(1000);
        let frames = (0..20).map(|number| frame(Some(&name), number, None));
        let stack = Stack {
            text: String::new(),
            frames: frames.collect(),
        };
        let text = stack.to_string();
        assert!(text.len() < 1300 && text.ends_with(" < ..."), "{text}");
    }
}
