use crate::ast::{Block, Case, Expression, ExpressionKind, Label, Statement, StatementKind};
use crate::constants::STATE;
use crate::fault::Diagnostic;
use crate::pattern::{self, Automaton};
use crate::span::Span;

use super::routine::Routine;

/// What the word at [`STATE`] says when a run is over.
pub(super) const EXIT: u32 = 1;
pub(super) const DROP: u32 = 2;
pub(super) const FAILED: u32 = 3;

impl Routine<'_, '_> {
    pub(super) fn statement(&mut self, statement: &Statement) {
        let span = statement.span;
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
            StatementKind::Break => match self.breaks.last().cloned() {
                Some(label) => self.emit(format!("br {label}")),
                // Outside of a loop it leaves the route, which then has returned 0 without ending
                // the run.
                None => self.emit("i32.const 0\nreturn"),
            },
        }
    }

    fn end(&mut self, state: u32) {
        self.emit(format!(
            "i32.const {STATE}\ni32.const {state}\ni32.store\ni32.const 0\nreturn"
        ));
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
        self.emit("if");
        self.branch(then);
        self.emit("else");
        self.branch(otherwise);
        self.emit("end");
    }

    /// An `if` whose branch is empty or not taken returns 1.
    fn branch(&mut self, block: &Block) {
        if block.is_empty() {
            self.succeed();
        }
        self.statements(block);
    }

    fn repeat(&mut self, span: Span, condition: &Expression, body: &Block) {
        let (out, next) = (self.label("out"), self.label("next"));
        let turns = self.local("i64");
        let most = self.low.turns_max;
        self.emit(format!(
            "i64.const 0\nlocal.set {turns}\nblock {out}\nloop {next}"
        ));
        self.truth(condition);
        self.emit(format!("i32.eqz\nbr_if {out}"));
        if most > 0 {
            self.emit(format!(
                "local.get {turns}\ni64.const 1\ni64.add\nlocal.tee {turns}\ni64.const {most}\ni64.gt_u\nif"
            ));
            let line = format!(
                "{}: a loop that runs more than {most} times is left",
                self.low.place(span)
            );
            self.emit("i32.const 0");
            self.constant(&line);
            self.emit(format!("call $log.log\nbr {out}\nend"));
        }
        self.breaks.push(out);
        self.statements(body);
        self.breaks.pop();
        self.emit(format!("br {next}\nend\nend"));
        self.succeed();
    }

    fn give_back(&mut self, value: Option<&Expression>) {
        let Some(value) = value else {
            self.emit("i32.const 1\nreturn");
            return;
        };
        self.value(value);
        // `return 0` is `exit`.
        let result = self.local("i32");
        self.emit(format!("i32.wrap_i64\nlocal.tee {result}\ni32.eqz\nif"));
        self.emit(format!(
            "i32.const {STATE}\ni32.const {EXIT}\ni32.store\nend"
        ));
        if self.low.reads_rc {
            self.emit(format!("local.get {result}\nglobal.set $rc"));
        }
        self.emit(format!("local.get {result}\nreturn"));
    }

    /// A value as a number. A function that stands alone gives what it returns, not whether it
    /// succeeded.
    fn value(&mut self, value: &Expression) {
        if let ExpressionKind::Call(call) = &value.kind {
            self.call(call);
            self.emit("i64.extend_i32_s");
        } else {
            self.int(value);
        }
    }

    /// The value of an assignment: the address of a cell.
    pub(super) fn assigned(&mut self, value: &Expression) {
        if let ExpressionKind::Call(call) = &value.kind {
            self.call(call);
            self.emit("i64.extend_i32_s\ncall $int_cell");
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
        let held = self.local("i32");
        self.emit(format!("local.set {held}"));
        let out = self.label("out");
        let labels: Vec<String> = cases.iter().map(|_| self.label("case")).collect();
        self.emit(format!("block {out}"));
        for label in labels.iter().rev() {
            self.emit(format!("block {label}"));
        }
        for (case, label) in cases.iter().zip(&labels) {
            if let Some(wanted) = &case.label {
                self.compare(&held, wanted, case.span);
                self.emit(format!("br_if {label}"));
            }
        }
        let otherwise = cases
            .iter()
            .zip(&labels)
            .find(|(case, _)| case.label.is_none());
        let target = otherwise.map_or(&out, |(_, label)| label);
        self.emit(format!("br {target}"));
        self.breaks.push(out);
        for case in cases {
            self.emit("end");
            self.statements(&case.body);
        }
        self.breaks.pop();
        self.emit("end");
        self.succeed();
    }

    fn compare(&mut self, held: &str, wanted: &Label, span: Span) {
        self.emit(format!("local.get {held}"));
        match wanted {
            Label::Number(number) => self.emit(format!("call $to_int\ni64.const {number}\ni64.eq")),
            Label::Text(text) => {
                let cell = self.low.constants.text_cell(text);
                self.emit(format!("i32.const {cell}\ncall $text_equal"));
            }
            Label::Pattern(pattern) => self.matches(pattern, false, span),
        }
    }

    /// Whether the cell on the stack matches a pattern, for letters of both cases where it `folds`
    /// them.
    pub(super) fn matches(&mut self, pattern: &str, folds: bool, span: Span) {
        let automaton = match pattern::read(pattern, folds).and_then(|node| Automaton::new(&node)) {
            Ok(automaton) => automaton,
            Err(why) => {
                let what = format!("the regular expression {pattern:?} is not compiled: {why}");
                let remedy = "take it apart: ==, starts_with(\"$x\", \"abc\"), {s.substr,0,3}, {s.select,0,@}";
                self.fault(Diagnostic::new(span, what).instead(remedy));
                return;
            }
        };
        let constants = &mut self.low.constants;
        let (classes, steps) = (
            constants.table(&automaton.classes),
            constants.table(&automaton.steps),
        );
        let ends = constants.table(&automaton.ends);
        let count = automaton.classes_count;
        self.emit(format!(
            "i32.const {classes}\ni32.const {steps}\ni32.const {ends}\ni32.const {count}\ncall $matches"
        ));
    }
}
