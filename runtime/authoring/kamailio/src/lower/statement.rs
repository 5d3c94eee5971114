use wasm_encoder::ValType;

use crate::ast::{Block, Case, Expression, ExpressionKind, Label, Statement, StatementKind};
use crate::code::Local;
use crate::constants::STATE;
use crate::fault::Diagnostic;
use crate::pattern::{self, Automaton};
use crate::span::Span;
use crate::tables::import::LOG;

use super::routine::Routine;

/// What the word at [`STATE`] says when a run is over.
pub(super) const EXIT: u32 = 1;
pub(super) const DROP: u32 = 2;
pub(super) const FAILED: u32 = 3;

impl Routine<'_, '_> {
    pub(super) fn statement(&mut self, statement: &Statement) {
        let span = statement.span;
        self.code.at(span);
        match &statement.kind {
            StatementKind::Assign(target, value) => self.assign(target, value),
            StatementKind::Call(call) => {
                self.call(call);
                self.set_result();
            }
            StatementKind::If(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise)
            }
            StatementKind::While(condition, body) => self.repeat(span, condition, body),
            StatementKind::Switch(subject, cases) => self.switch(subject, cases),
            StatementKind::Return(value) => self.give_back(value.as_ref()),
            StatementKind::Exit => self.end(EXIT),
            StatementKind::Drop => self.drop_event(),
            StatementKind::Break => match self.breaks.last().copied() {
                Some(label) => {
                    self.code.br(label);
                }
                // Outside of a loop it leaves the route, which then has returned 0 without ending
                // the run.
                None => {
                    self.code.i32_const(0).return_();
                }
            },
        }
    }

    fn end(&mut self, state: u32) {
        self.code
            .u32_const(STATE)
            .u32_const(state)
            .i32_store(0)
            .i32_const(0)
            .return_();
    }

    /// Where an event has no verdict for it, Kamailio ignores it too: it only ends the run.
    fn drop_event(&mut self) {
        self.end(if self.event.drop.is_some() {
            DROP
        } else {
            EXIT
        });
    }

    fn conditional(&mut self, condition: &Expression, then: &Block, otherwise: &Block) {
        self.truth(condition);
        self.code.if_();
        self.branch(then);
        self.code.else_();
        self.branch(otherwise);
        self.code.end();
    }

    /// An `if` whose branch is empty or not taken returns 1.
    fn branch(&mut self, block: &Block) {
        if block.is_empty() {
            self.succeed();
        }
        self.statements(block);
    }

    fn repeat(&mut self, span: Span, condition: &Expression, body: &Block) {
        let turns = self.local(ValType::I64);
        let most = self.low.turns_max;
        self.code.i64_const(0).local_set(turns);
        let out = self.code.block();
        let next = self.code.loop_();
        self.truth(condition);
        self.code.i32_eqz().br_if(out);
        if most > 0 {
            self.code
                .local_get(turns)
                .i64_const(1)
                .i64_add()
                .local_tee(turns)
                .i64_const(most)
                .i64_gt_u()
                .if_();
            let line = format!(
                "{}: a loop that runs more than {most} times is left",
                self.low.place(span)
            );
            self.code.i32_const(0);
            self.constant(&line);
            self.code.call(LOG).br(out).end();
        }
        self.breaks.push(out);
        self.statements(body);
        self.breaks.pop();
        self.code.br(next).end().end();
        self.succeed();
    }

    fn give_back(&mut self, value: Option<&Expression>) {
        let Some(value) = value else {
            self.code.i32_const(1).return_();
            return;
        };
        self.value(value);
        // `return 0` is `exit`.
        let result = self.local(ValType::I32);
        self.code.i32_wrap_i64().local_tee(result).i32_eqz().if_();
        self.code
            .u32_const(STATE)
            .u32_const(EXIT)
            .i32_store(0)
            .end();
        if self.low.reads_rc {
            self.code.local_get(result).global_set("rc");
        }
        self.code.local_get(result).return_();
    }

    /// A value as a number. A function that stands alone gives what it returns, not whether it
    /// succeeded.
    fn value(&mut self, value: &Expression) {
        if let ExpressionKind::Call(call) = &value.kind {
            self.call(call);
            self.code.i64_extend_i32_s();
        } else {
            self.int(value);
        }
    }

    /// The value of an assignment: the address of a cell.
    pub(super) fn assigned(&mut self, value: &Expression) {
        if let ExpressionKind::Call(call) = &value.kind {
            self.call(call);
            self.code.i64_extend_i32_s().call("int_cell");
        } else {
            self.cell(value);
        }
    }

    /// Blocks inside of each other, the last case outermost: the jump table of Kamailio, with its
    /// falling through.
    fn switch(&mut self, subject: &Expression, cases: &[Case]) {
        let span = subject.span;
        if cases.iter().filter(|case| case.label.is_none()).count() > 1 {
            self.fault(
                Diagnostic::new(span, "a switch with more than one default")
                    .instead("keep one of them"),
            );
            return;
        }
        self.cell(subject);
        let held = self.local(ValType::I32);
        self.code.local_set(held);
        let out = self.code.block();
        let mut labels: Vec<_> = cases.iter().map(|_| self.code.block()).collect();
        labels.reverse();
        for (case, label) in cases.iter().zip(&labels) {
            if let Some(wanted) = &case.label {
                self.compare(held, wanted, case.span);
                self.code.br_if(*label);
            }
        }
        let otherwise = cases
            .iter()
            .zip(&labels)
            .find(|(case, _)| case.label.is_none());
        let target = otherwise.map_or(out, |(_, label)| *label);
        self.code.br(target);
        self.breaks.push(out);
        for case in cases {
            self.code.end();
            self.statements(&case.body);
        }
        self.breaks.pop();
        self.code.end();
        self.succeed();
    }

    fn compare(&mut self, held: Local, wanted: &Label, span: Span) {
        self.code.local_get(held);
        match wanted {
            Label::Number(number) => {
                self.code.call("to_int").i64_const(*number).i64_eq();
            }
            Label::Text(text) => {
                let cell = self.low.constants.text_cell(text);
                self.code.u32_const(cell).call("text_equal");
            }
            Label::Pattern(pattern) => self.matches(pattern, false, span),
        }
    }

    /// Whether the cell on the stack matches a pattern, for letters of both cases where it `folds`
    /// them.
    pub(super) fn matches(&mut self, pattern: &str, folds: bool, span: Span) {
        if self.pattern(pattern, folds, span) {
            self.code.call("matches");
        }
    }

    /// Leaves the tables of a pattern on the stack; false where it is none that could be compiled.
    pub(super) fn pattern(&mut self, pattern: &str, folds: bool, span: Span) -> bool {
        let automaton = match pattern::read(pattern, folds).and_then(|node| Automaton::new(&node)) {
            Ok(automaton) => automaton,
            Err(why) => {
                let what = format!("the regular expression {pattern:?} is not compiled: {why}");
                let remedy = "take it apart: ==, starts_with(\"$x\", \"abc\"), {s.substr,0,3}, {s.select,0,@}";
                self.fault(Diagnostic::new(span, what).instead(remedy));
                return false;
            }
        };
        let constants = &mut self.low.constants;
        let (classes, steps) = (
            constants.table(&automaton.classes),
            constants.table(&automaton.steps),
        );
        let ends = constants.table(&automaton.ends);
        let count = automaton.classes_count;
        self.code
            .u32_const(classes)
            .u32_const(steps)
            .u32_const(ends)
            .count_const(count);
        true
    }
}
