use wasm_encoder::ValType;

use crate::ast::{Call, ExpressionKind};
use crate::code::Global;
use crate::fault::Diagnostic;

use super::routine::Routine;

/// The globals of an answer: its code, and its reason phrase.
pub(super) const ANSWER: [Global; 3] = [Global::Answer, Global::Reason, Global::ReasonLength];

impl Routine<'_, '_> {
    /// `sl_send_reply("403", "Blocked")`: the answer that the run decides for. The last one counts.
    pub(super) fn answer(&mut self, call: &Call) {
        let [code, reason] = call.arguments.as_slice() else {
            return;
        };
        for global in ANSWER {
            self.low.globals.entry(global).or_insert(0);
        }
        let number = match &code.kind {
            ExpressionKind::Number(number) => u32::try_from(*number).ok(),
            ExpressionKind::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let is_variable = matches!(&code.kind, ExpressionKind::Variable(_))
            || matches!(&code.kind, ExpressionKind::Text(text) if text.contains('$'));
        if is_variable {
            self.number(code);
            self.status();
        } else if let Some(number) = number.filter(|number| (200..700).contains(number)) {
            self.code.u32_const(number);
        } else {
            let fault =
                Diagnostic::new(code.span, "only final answers from 200 to 699 can be given");
            self.fault(fault.instead(
                "for anything else, end the block without drop: the server routes the request",
            ));
            return;
        }
        self.code.global_set(Global::Answer);
        self.format(reason);
        self.code
            .global_set(Global::ReasonLength)
            .global_set(Global::Reason)
            .i32_const(1);
    }

    /// Takes the code from the stack and leaves it there as the server is given it, in 16 bits.
    /// What is no final answer is not let through for that: the server rejects with 500 and says
    /// so in the log.
    pub(super) fn status(&mut self) {
        let given = self.local(ValType::I64);
        self.code
            .local_tee(given)
            .i64_const(1)
            .i64_sub()
            .i64_const(65535)
            .i64_lt_u()
            .if_result(ValType::I32)
            .local_get(given)
            .i32_wrap_i64()
            .else_()
            .i32_const(65535)
            .end();
    }
}
