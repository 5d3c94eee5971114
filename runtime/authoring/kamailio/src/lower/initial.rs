//! First values of `modparam`, where a run would find nothing yet.

use wasm_encoder::ValType;

use crate::ast::{Part, Variable};
use crate::fault::Diagnostic;
use crate::initial::Start;

use super::routine::Routine;
use super::text;

impl Routine<'_, '_> {
    /// Replaces the value on the stack by the first one, where nobody has written the variable.
    pub(super) fn or_initial(&mut self, variable: &Variable) {
        match variable.name.as_str() {
            "sht" => self.or_initval(variable),
            "shtinc" | "shtdec"
                if table(variable).is_some_and(|table| self.initval(table) != 0) =>
            {
                let what = format!(
                    "${} of a table with an initval, which counts from 0 here",
                    variable.name
                );
                let remedy = "write $sht(table=>key) = $sht(table=>key) + 1";
                self.fault(Diagnostic::new(variable.span, what).instead(remedy));
            }
            "shv" => self.or_shared(variable),
            _ => {}
        }
    }

    fn initval(&self, table: &str) -> i64 {
        self.low.initial.tables.get(table).copied().unwrap_or(0)
    }

    /// `initval` of a table: what an entry is that is not there.
    fn or_initval(&mut self, variable: &Variable) {
        let number = table(variable).and_then(|table| self.low.initial.tables.get(table).copied());
        if let Some(number) = number {
            let cell = self.low.constants.int_cell(number);
            let local = self.local(ValType::I32);
            self.code
                .local_tee(local)
                .i32_load8_u(0)
                .if_result(ValType::I32)
                .local_get(local)
                .else_()
                .u32_const(cell)
                .end();
        }
    }

    /// `shvset`: what a shared variable is that nobody has written. A second variable tells that
    /// from a 0 that was written.
    fn or_shared(&mut self, variable: &Variable) {
        let Some((cell, written)) = self.shared(variable) else {
            return;
        };
        let local = self.local(ValType::I32);
        self.code
            .local_tee(local)
            .i32_load8_u(0)
            .i32_const(1)
            .i32_eq()
            .if_result(ValType::I32)
            .local_get(local)
            .i64_load(8)
            .i64_eqz()
            .else_()
            .i32_const(0)
            .end()
            .if_result(ValType::I32);
        self.ask_strictly(&written);
        self.code
            .call("to_int")
            .i64_eqz()
            .if_result(ValType::I32)
            .u32_const(cell)
            .else_()
            .local_get(local)
            .end()
            .else_()
            .local_get(local)
            .end();
    }

    /// Remembers that a shared variable with a first value has been written.
    pub(super) fn written(&mut self, variable: &Variable) {
        if variable.name != "shv" {
            return;
        }
        if let Some((_, written)) = self.shared(variable) {
            let one = self.low.constants.int_cell(1);
            self.name(&written);
            self.code.u32_const(one);
            self.title(&written);
            self.code.call("pv_set");
            self.leave_when_over();
        }
    }

    /// The first value of a shared variable, and the variable that says whether it has been
    /// written.
    fn shared(&mut self, variable: &Variable) -> Option<(u32, Variable)> {
        if self.low.initial.shared.is_empty() {
            return None;
        }
        let Some(name) = text::constant(variable.argument.as_deref().unwrap_or_default()) else {
            let what = "the name of $shv cannot be a variable where modparam has first values";
            self.fault(Diagnostic::new(variable.span, what).instead("write it out"));
            return None;
        };
        let start = self.low.initial.shared.get(name.trim())?;
        let cell = match start {
            Start::Number(0) => return None,
            Start::Number(number) => self.low.constants.int_cell(*number),
            Start::Text(text) => self.low.constants.text_cell(text),
        };
        let written = Variable {
            argument: Some(vec![Part::Text(format!("{}.written", name.trim()))]),
            transformations: Vec::new(),
            ..variable.clone()
        };
        Some((cell, written))
    }
}

/// The table of `$sht(table=>key)`.
pub(super) fn table(variable: &Variable) -> Option<&str> {
    match variable.argument.as_deref()?.first()? {
        Part::Text(first) => Some(first.split_once("=>")?.0.trim()),
        Part::Variable(_) => None,
    }
}
