use wasm_encoder::ValType;

use crate::ast::Block;
use crate::code::{Callee, Code, Definition, Label, Local};
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

/// What the last action returned.
const RESULT: Local = Local(0);

/// One function that is being made: a block or a route. It returns what the route returns.
pub(super) struct Routine<'l, 'a> {
    pub(super) low: &'l mut Lowering<'a>,
    pub(super) block: usize,
    pub(super) event: &'static Event,
    /// The event filter of its name.
    pub(super) segment: Option<&'l str>,
    pub(super) code: Code,
    /// The local variables, [`RESULT`] first.
    locals: Vec<ValType>,
    /// Where `break` leads, the innermost last.
    pub(super) breaks: Vec<Label>,
}

impl<'l, 'a> Routine<'l, 'a> {
    pub(super) fn new(
        low: &'l mut Lowering<'a>,
        block: usize,
        event: &'static Event,
        segment: Option<&'l str>,
    ) -> Self {
        let mut code = Code::default();
        code.i32_const(1).local_set(RESULT);
        Self {
            low,
            block,
            event,
            segment,
            code,
            locals: vec![ValType::I32],
            breaks: Vec::new(),
        }
    }

    /// A fresh local.
    pub(super) fn local(&mut self, ty: ValType) -> Local {
        let number = u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        self.locals.push(ty);
        Local(number)
    }

    /// Makes a cell of the value on the stack.
    pub(super) fn make_cell(&mut self, kind: Kind) {
        match kind {
            Kind::Bool => {
                self.code.i64_extend_i32_u().call("int_cell");
            }
            Kind::Int => {
                self.code.call("int_cell");
            }
            Kind::Cell => {}
        }
    }

    pub(super) fn fault(&mut self, fault: Diagnostic) {
        self.low.faults.push(fault);
        // Nothing will be made of this code; the stack is in order for the rest of it.
        self.code.unreachable();
    }

    /// Leaves this function when the run is over.
    pub(super) fn leave_when_over(&mut self) {
        self.code
            .u32_const(STATE)
            .i32_load(0)
            .if_()
            .i32_const(0)
            .return_()
            .end();
    }

    /// A constant text: address and length.
    pub(super) fn constant(&mut self, text: &str) {
        let (at, length) = self.low.constants.text(text);
        self.code.u32_const(at).u32_const(length);
    }

    /// Where something stands, for the message of a run that fails: address and length.
    pub(super) fn place(&mut self, span: Span, what: &str) {
        let place = format!("{what}: {}: ", self.low.place(span));
        self.constant(&place);
    }

    /// What the last action returned, from the stack.
    pub(super) fn set_result(&mut self) {
        self.code.local_set(RESULT);
    }

    /// What a function of a module or a route has returned, which stays on the stack: $rc is that
    /// and nothing else. It is not touched by assignments, by `if` or by functions of the core.
    pub(super) fn set_rc(&mut self) {
        if self.low.reads_rc {
            self.code.global_set("rc").global_get("rc");
        }
    }

    /// The action is done and returns 1.
    pub(super) fn succeed(&mut self) {
        self.code.i32_const(1);
        self.set_result();
    }

    pub(super) fn statements(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    /// The whole function. `reported` is what the log calls it; its number where that is spelled
    /// unusually, since a line of the log is no place for what an author can think of.
    pub(super) fn finish(mut self, callee: Callee, reported: String) -> Definition {
        let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"[]()_-:. ".contains(&byte);
        self.code.local_get(RESULT);
        Definition {
            callee: Some(callee),
            name: reported.bytes().all(is_usual).then_some(reported),
            export: None,
            parameters: Vec::new(),
            locals: self.locals,
            code: self.code,
        }
    }
}
