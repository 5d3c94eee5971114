use crate::ast::{Call, Expression, Part};
use crate::fault::Fault;
use crate::tables::function::{DEBUG, ERROR, INFO, NOTICE, WARNING};

use super::routine::Routine;

impl Routine<'_, '_> {
    /// A line at a level. The log ends its lines by itself.
    pub(super) fn log(&mut self, level: u32, text: &Expression) {
        let Some(mut parts) = self.format_parts(text) else {
            return;
        };
        if let Some(Part::Text(last)) = parts.last_mut() {
            while last.ends_with(['\n', '\r']) {
                last.pop();
            }
        }
        self.emit(format!("i32.const {level}"));
        self.text(&parts);
        self.emit("call $log\ni32.const 1");
    }

    /// `xlog("L_INFO", "...")`, and `xlog("...")`, which is an error's level.
    pub(super) fn log_at_level(&mut self, call: &Call) {
        let (level, text) = match call.arguments.as_slice() {
            [text] => (Some(ERROR), text),
            [level, text, ..] => (self.level(level), text),
            [] => return,
        };
        if let Some(level) = level {
            self.log(level, text);
        }
    }

    fn level(&mut self, argument: &Expression) -> Option<u32> {
        let word = self.constant_of(argument, "the level of a log line")?;
        let level = match word.trim() {
            "L_ALERT" | "L_BUG" | "L_CRIT2" | "L_CRIT" | "L_ERR" | "L_ERROR" | "-5" | "-4"
            | "-3" | "-2" | "-1" => ERROR,
            "L_WARN" | "L_WARNING" | "0" => WARNING,
            "L_NOTICE" | "1" => NOTICE,
            "L_INFO" | "2" => INFO,
            "L_DBG" | "L_DEBUG" | "3" => DEBUG,
            other => {
                let fault = Fault::new(argument.span, format!("{other} is no level of the log"));
                self.fault(fault.instead("there are L_ERR, L_WARN, L_NOTICE, L_INFO and L_DBG"));
                return None;
            }
        };
        Some(level)
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
        let crate::ast::ExpressionKind::Text(line) = &text.kind else {
            let fault = Fault::new(text.span, "log takes a text as it is");
            self.fault(fault.instead("use xlog, which replaces variables"));
            return;
        };
        self.emit(format!("i32.const {level}"));
        self.constant(line.trim_end_matches(['\n', '\r']));
        self.emit("call $log\ni32.const 1");
    }
}
