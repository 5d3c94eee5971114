use wasm_encoder::ValType;

use crate::ast::{Call, Expression, ExpressionKind, Part, Variable};
use crate::fault::Diagnostic;
use crate::spelling;
use crate::tables::function::{DEBUG, ERROR, INFO, NOTICE, WARNING};
use crate::tables::import::LOG;

use super::routine::Routine;

impl Routine<'_, '_> {
    /// A line at a level. The log ends its lines by itself.
    pub(super) fn log(&mut self, level: u32, text: &Expression) {
        self.code.u32_const(level);
        self.log_line(text);
    }

    /// The line, whose level is on the stack.
    fn log_line(&mut self, text: &Expression) {
        let Some(mut parts) = self.format_parts(text) else {
            return;
        };
        if let Some(Part::Text(last)) = parts.last_mut() {
            while last.ends_with(['\n', '\r']) {
                last.pop();
            }
        }
        self.text(&parts);
        self.code.call(LOG).i32_const(1);
    }

    /// `xlog("L_INFO", "...")`, and `xlog("...")`, which is an error's level.
    pub(super) fn log_at_level(&mut self, call: &Call) {
        let (level, text) = match call.arguments.as_slice() {
            [text] => (Some(ERROR), text),
            [level, text, ..] => {
                if let Some(level) = variable_of(level) {
                    self.log_by_variable(&level, text);
                    return;
                }
                (self.level(level), text)
            }
            [] => return,
        };
        if let Some(level) = level {
            self.log(level, text);
        }
    }

    /// A level that is known before the run. Kamailio looks at the third letter of a name.
    fn level(&mut self, argument: &Expression) -> Option<u32> {
        let word = self.constant_of(argument, "the level of a log line")?;
        let word = word.trim();
        let named = word.strip_prefix("L_").and_then(|name| name.chars().next());
        let level = match (named, word.parse::<i64>()) {
            (Some('A' | 'B' | 'C' | 'E'), _) => ERROR,
            (Some('W'), _) => WARNING,
            (Some('N'), _) => NOTICE,
            (Some('I'), _) => INFO,
            (Some('D'), _) => DEBUG,
            (_, Ok(number)) => numbered(number),
            (_, Err(_)) => {
                let fault =
                    Diagnostic::new(argument.span, format!("{word} is no level of the log"));
                self.fault(fault.instead("there are L_ERR, L_WARN, L_NOTICE, L_INFO and L_DBG"));
                return None;
            }
        };
        Some(level)
    }

    /// `xlog("$var(level)", "...")`: a variable with a number, from -1 (errors) to 3 (debugging).
    /// What is no number logs nothing.
    fn log_by_variable(&mut self, level: &Variable, text: &Expression) {
        self.variable_cell(level);
        let held = self.local(ValType::I32);
        self.code
            .local_tee(held)
            .i32_load8_u(0)
            .i32_const(1)
            .i32_eq()
            .if_result(ValType::I32);
        self.code.local_get(held).call("log_level");
        self.log_line(text);
        self.code.else_().i32_const(-1).end();
    }

    /// `log("...")` and `log(1, "...")` of the core, which replace no variables.
    pub(super) fn log_plain(&mut self, call: &Call) {
        let (level, text) = match call.arguments.as_slice() {
            [text] => (DEBUG, text),
            [level, text, ..] => match self.level(level) {
                Some(level) => (level, text),
                None => return,
            },
            [] => return,
        };
        let ExpressionKind::Text(line) = &text.kind else {
            let fault = Diagnostic::new(text.span, "log takes a text as it is");
            self.fault(fault.instead("use xlog, which replaces variables"));
            return;
        };
        self.code.u32_const(level);
        self.constant(line.trim_end_matches(['\n', '\r']));
        self.code.call(LOG).i32_const(1);
    }
}

/// The level of a number: from -1 for errors to 3 for debugging.
fn numbered(number: i64) -> u32 {
    match number {
        ..=-1 => ERROR,
        0 => WARNING,
        1 => NOTICE,
        2 => INFO,
        3.. => DEBUG,
    }
}

/// The variable that a parameter is, with or without quotes.
fn variable_of(argument: &Expression) -> Option<Variable> {
    match &argument.kind {
        ExpressionKind::Variable(variable) => Some(variable.clone()),
        ExpressionKind::Text(text) => match spelling::parts(text, argument.span).as_deref() {
            Ok([Part::Variable(variable)]) => Some((**variable).clone()),
            _ => None,
        },
        _ => None,
    }
}
