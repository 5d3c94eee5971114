use wasm_encoder::ValType;

use crate::ast::{Call, Expression, ExpressionKind, Variable};
use crate::code::Global;
use crate::fault::Diagnostic;

use super::answer::ANSWER;
use super::routine::Routine;

/// The globals of an answer of HTTP beside its code and reason phrase.
pub(super) const REPLY: [Global; 4] = [
    Global::ReplyBody,
    Global::ReplyBodyLength,
    Global::ReplyCloses,
    Global::Upgrades,
];

impl Routine<'_, '_> {
    /// `xhttp_reply("200", "OK", "text/plain", "hello")`: what the request is answered. Kamailio
    /// sends it at once, so that the first one counts.
    pub(super) fn http_reply(&mut self, call: &Call) {
        let [code, reason, kind, body] = call.arguments.as_slice() else {
            return;
        };
        self.reply_globals();
        self.unless_decided();
        if !self.http_status(code) {
            return;
        }
        self.code.global_set(Global::Answer);
        self.format(reason);
        self.code.global_set(Global::ReasonLength);
        self.code.global_set(Global::Reason);
        self.content_type(kind);
        self.bytes(body);
        self.code.global_set(Global::ReplyBodyLength);
        self.code.global_set(Global::ReplyBody);
        self.code.end().i32_const(1);
    }

    /// `set_reply_close()`.
    pub(super) fn http_close(&mut self) {
        self.reply_globals();
        self.code.i32_const(1).global_set(Global::ReplyCloses);
        self.code.i32_const(1);
    }

    /// `ws_handle_handshake()`. Whether the handshake is a proper one is seen by the server, which
    /// answers it, as Kamailio does.
    pub(super) fn http_upgrade(&mut self) {
        self.reply_globals();
        self.unless_decided();
        self.code.i32_const(1).global_set(Global::Upgrades).end();
        self.code.i32_const(1);
    }

    /// `is_present_hf("Name")` of a request of HTTP.
    pub(super) fn has_http_field(&mut self, call: &Call) {
        let Some(name) = call.arguments.first() else {
            return;
        };
        let Some(parts) = self.format_parts(name) else {
            self.code.unreachable();
            return;
        };
        self.code.i32_const(1).i32_const(-1);
        self.variable_cell(&Variable {
            span: name.span,
            name: "hdrc".to_owned(),
            argument: Some(parts),
            index: None,
            transformations: Vec::new(),
        });
        self.code.call("to_int").i32_wrap_i64().select();
    }

    fn reply_globals(&mut self) {
        for global in ANSWER.into_iter().chain(REPLY) {
            self.low.globals.entry(global).or_insert(0);
        }
    }

    /// Opens an `if` for what counts only where nothing was answered before.
    fn unless_decided(&mut self) {
        self.code
            .global_get(Global::Answer)
            .global_get(Global::Upgrades)
            .i32_or()
            .i32_eqz()
            .if_();
    }

    /// Leaves the code on the stack. What is none the server does not let through for that: it
    /// answers 500 and says so in the log.
    fn http_status(&mut self, code: &Expression) -> bool {
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
            return true;
        }
        let Some(number) = number.filter(|number| (200..600).contains(number)) else {
            let fault = Diagnostic::new(code.span, "only answers from 200 to 599 can be given");
            self.fault(fault.instead("write one of them; 1xx are the server's own"));
            return false;
        };
        self.code.u32_const(number);
        true
    }

    /// A header field, unless it is empty.
    fn content_type(&mut self, kind: &Expression) {
        let (at, length) = (self.local(ValType::I32), self.local(ValType::I32));
        self.bytes(kind);
        self.code.local_set(length).local_set(at);
        self.code.local_get(length).if_();
        self.constant("Content-Type");
        self.code.local_get(at).local_get(length);
        self.code.call("add_reply_field").end();
    }
}
