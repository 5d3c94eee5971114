use crate::ast::Block;
use crate::constants::STATE;
use crate::fault::Diagnostic;
use crate::span::Span;
use crate::tables::event::Event;

use super::Lowering;

/// What an expression leaves on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// 0 or 1 in 32 bits.
    Bool,
    /// A number in 64 bits.
    Int,
    /// The address of a cell.
    Cell,
}

/// One function that is being made: a block or a route. It returns what the route returns.
pub(super) struct Routine<'l, 'a> {
    pub(super) low: &'l mut Lowering<'a>,
    pub(super) block: usize,
    pub(super) event: &'static Event,
    /// The event filter of its name.
    pub(super) segment: Option<&'l str>,
    code: String,
    locals: Vec<&'static str>,
    labels: usize,
    /// Where `break` leads, the innermost last.
    pub(super) breaks: Vec<String>,
}

impl<'l, 'a> Routine<'l, 'a> {
    pub(super) fn new(
        low: &'l mut Lowering<'a>,
        block: usize,
        event: &'static Event,
        segment: Option<&'l str>,
    ) -> Self {
        Self {
            low,
            block,
            event,
            segment,
            code: String::new(),
            locals: Vec::new(),
            labels: 0,
            breaks: Vec::new(),
        }
    }

    /// Adds an instruction.
    pub(super) fn emit(&mut self, instruction: impl AsRef<str>) {
        self.code.push_str(instruction.as_ref());
        self.code.push('\n');
    }

    /// A fresh local.
    pub(super) fn local(&mut self, ty: &'static str) -> String {
        self.locals.push(ty);
        format!("$l{}", self.locals.len())
    }

    /// A fresh label.
    pub(super) fn label(&mut self, word: &str) -> String {
        self.labels += 1;
        format!("${word}{}", self.labels)
    }

    pub(super) fn fault(&mut self, fault: Diagnostic) {
        self.low.faults.push(fault);
        // Nothing will be made of this code; the stack is in order for the rest of it.
        self.emit("unreachable");
    }

    /// Leaves this function when the run is over.
    pub(super) fn leave_when_over(&mut self) {
        self.emit(format!(
            "i32.const {STATE}\ni32.load\nif\ni32.const 0\nreturn\nend"
        ));
    }

    /// A constant text: address and length.
    pub(super) fn constant(&mut self, text: &str) {
        let (at, length) = self.low.constants.text(text);
        self.emit(format!("i32.const {at}\ni32.const {length}"));
    }

    /// Where something stands, for the message of a run that fails: address and length.
    pub(super) fn place(&mut self, span: Span, what: &str) {
        let place = format!("{what}: {}: ", self.low.place(span));
        self.constant(&place);
    }

    /// What the last action returned, from the stack.
    pub(super) fn set_result(&mut self) {
        self.emit("local.set $result");
    }

    /// What a function of a module or a route has returned, which stays on the stack: $rc is that
    /// and nothing else. It is not touched by assignments, by `if` or by functions of the core.
    pub(super) fn set_rc(&mut self) {
        if self.low.reads_rc {
            self.emit("global.set $rc\nglobal.get $rc");
        }
    }

    /// The action is done and returns 1.
    pub(super) fn succeed(&mut self) {
        self.emit("i32.const 1");
        self.set_result();
    }

    pub(super) fn statements(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    /// The whole function. `told` is what the log calls it; omitted where it is spelled unusually.
    pub(super) fn finish(self, symbol: &str, told: &str) -> String {
        let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"[]()_-:. ".contains(&byte);
        let name = if told.bytes().all(is_usual) {
            format!("(@name \"{told}\")")
        } else {
            String::new()
        };
        let mut whole = format!("(func {symbol} {name} (result i32) (local $result i32)");
        for (number, ty) in self.locals.iter().enumerate() {
            whole.push_str(&format!(" (local $l{} {ty})", number + 1));
        }
        whole.push_str("\ni32.const 1\nlocal.set $result\n");
        whole.push_str(&self.code);
        whole.push_str("local.get $result)");
        whole
    }
}
