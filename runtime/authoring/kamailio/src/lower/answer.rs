use crate::ast::{Call, ExpressionKind};
use crate::fault::Diagnostic;

use super::routine::Routine;

/// The globals of an answer: its code, and its reason phrase.
pub(super) const ANSWER: [&str; 3] = ["$answer", "$reason", "$reason-length"];

impl Routine<'_, '_> {
    /// `sl_send_reply("403", "Blocked")`: the answer that the run decides for. The last one counts.
    pub(super) fn answer(&mut self, call: &Call) {
        let [code, reason] = call.arguments.as_slice() else {
            return;
        };
        for symbol in ANSWER {
            self.low.globals.entry(symbol.to_owned()).or_insert(0);
        }
        let number = match &code.kind {
            ExpressionKind::Number(number) => Some(*number),
            ExpressionKind::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let is_variable = matches!(&code.kind, ExpressionKind::Variable(_))
            || matches!(&code.kind, ExpressionKind::Text(text) if text.contains('$'));
        if is_variable {
            self.number(code);
            self.status();
        } else if let Some(number) = number.filter(|number| (300..700).contains(number)) {
            self.emit(format!("i32.const {number}"));
        } else {
            let fault =
                Diagnostic::new(code.span, "only final answers from 300 to 699 can be given");
            self.fault(fault.instead(
                "for anything else, end the block without drop: the server routes the request",
            ));
            return;
        }
        self.emit("global.set $answer");
        self.format(reason);
        self.emit("global.set $reason-length\nglobal.set $reason\ni32.const 1");
    }

    /// Takes the code from the stack and leaves it there as the server is given it, in 16 bits.
    /// What is no final answer is not let through for that: the server rejects with 500 and says
    /// so in the log.
    fn status(&mut self) {
        let given = self.local("i64");
        self.emit(format!(
            "local.tee {given}\ni64.const 1\ni64.sub\ni64.const 65535\ni64.lt_u\nif (result i32)\n\
             local.get {given}\ni32.wrap_i64\nelse\ni32.const 65535\nend"
        ));
    }
}
