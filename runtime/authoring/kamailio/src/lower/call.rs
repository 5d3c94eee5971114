use wasm_encoder::ValType;

use crate::ast::{Call, Expression, ExpressionKind, Part};
use crate::fault::Diagnostic;
use crate::spelling;
use crate::tables::elsewhere;
use crate::tables::function::{self, Code, Function, Home, Parameter};

use super::routine::Routine;

/// The methods that Kamailio has a number for.
const METHODS: [&str; 19] = [
    "INVITE",
    "CANCEL",
    "ACK",
    "BYE",
    "INFO",
    "REGISTER",
    "SUBSCRIBE",
    "NOTIFY",
    "MESSAGE",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "REFER",
    "PUBLISH",
    "KDMQ",
    "GET",
    "POST",
    "PUT",
    "DELETE",
];

impl Routine<'_, '_> {
    /// Calls a function or a route and leaves what it returns on the stack, 32 bits.
    pub(super) fn call(&mut self, call: &Call) {
        if call.name == "route" {
            self.call_route(call);
            return;
        }
        let Some(row) = function::find_in(&call.name, self.event.is_http) else {
            let fault = Diagnostic::new(call.span, format!("{} cannot be called here", call.name));
            self.fault(fault.instead(elsewhere::instead(&call.name)));
            return;
        };
        if !self.is_placed(row.name, row.place, call.span) || !self.has_parameters(call, row) {
            return;
        }
        match row.code {
            Code::Runtime("is_present_hf") if self.event.is_http => self.has_http_field(call),
            Code::Runtime(code) => {
                if code == "sht_rm" {
                    self.declare_table(call);
                }
                for (position, kind) in row.parameters.iter().enumerate() {
                    self.parameter_of(call, position, *kind);
                }
                self.code.call(code);
                self.leave_when_over();
            }
            Code::Edit(code) => {
                for (position, kind) in row.parameters.iter().enumerate() {
                    self.parameter_of(call, position, *kind);
                }
                self.place(call.span, row.name);
                self.code.call(code);
                self.leave_when_over();
            }
            Code::NamePattern(code) => self.name_pattern(call, code),
            Code::Subst(variable) => self.subst(call, variable, row.name),
            Code::Assign => self.assign_format(call),
            Code::IsAvpSet => self.is_avp_set(call),
            Code::Log(level) => {
                if let [text] = call.arguments.as_slice() {
                    self.log(level, text);
                }
            }
            Code::LogLevel => self.log_at_level(call),
            Code::LogPlain => self.log_plain(call),
            Code::Sql => self.sql(call),
            Code::SqlXavp => self.sql_to_xavp(call),
            Code::SqlFree => self.sql_free(call),
            Code::Unset => self.unset(call),
            Code::Answer => self.answer(call),
            Code::HttpReply => self.http_reply(call),
            Code::HttpClose => self.http_close(),
            Code::HttpUpgrade => self.http_upgrade(),
            Code::Nothing => {
                self.code.i32_const(1);
            }
            Code::IsMethod => self.is_method(call),
        }
        if row.home == Home::Module {
            self.set_rc();
        }
    }

    /// Notes the table that a call names first, unless it is put together in the run.
    fn declare_table(&mut self, call: &Call) {
        if let Some(ExpressionKind::Text(name)) = call.arguments.first().map(|first| &first.kind)
            && !name.contains('$')
        {
            self.low.declared.table(name);
        }
    }

    fn has_parameters(&mut self, call: &Call, row: &Function) -> bool {
        let (given, most) = (call.arguments.len(), row.parameters.len());
        let least = most - row.optional;
        if (least..=most).contains(&given) {
            return true;
        }
        let wanted = match most - least {
            0 => most.to_string(),
            1 => format!("{least} or {most}"),
            _ => format!("{least} to {most}"),
        };
        let what = format!("{} takes {wanted} parameters, not {given}", row.name);
        self.fault(Diagnostic::new(call.span, what).instead("separate them with commas"));
        false
    }

    fn parameter_of(&mut self, call: &Call, position: usize, kind: Parameter) {
        match (call.arguments.get(position), kind) {
            (Some(argument), Parameter::Format) => self.format(argument),
            (Some(argument), Parameter::Number) => self.number(argument),
            (Some(argument), Parameter::Value) => self.value_of(argument),
            (None, Parameter::Format) => {
                self.code.i32_const(0).i32_const(0);
            }
            (None, Parameter::Number) => {
                self.code.i64_const(0);
            }
            (None, Parameter::Value) => {
                self.code.i32_const(0);
            }
        }
    }

    /// A parameter as a number: also `"$var(x)"` and `"403"`.
    pub(super) fn number(&mut self, argument: &Expression) {
        if let ExpressionKind::Text(_) = &argument.kind {
            self.value_of(argument);
            self.code.call("to_int");
        } else {
            self.int(argument);
        }
    }

    /// A parameter as a cell: `"$var(x)"` is the variable itself.
    fn value_of(&mut self, argument: &Expression) {
        let ExpressionKind::Text(text) = &argument.kind else {
            self.cell(argument);
            return;
        };
        match spelling::parts(text, argument.span) {
            Ok(parts) => match parts.as_slice() {
                [Part::Variable(variable)] => self.variable_cell(variable),
                parts => self.text_cell(parts),
            },
            Err(fault) => self.fault(fault),
        }
    }

    /// `remove_hf_re("^X-")`: letters of both cases are the same, as in Kamailio.
    fn name_pattern(&mut self, call: &Call, code: &'static str) {
        let Some(argument) = call.arguments.first() else {
            return;
        };
        let ExpressionKind::Text(pattern) = &argument.kind else {
            let what = format!("{} takes a text", call.name);
            let remedy = format!("write {}(\"^X-\")", call.name);
            return self.fault(Diagnostic::new(argument.span, what).instead(&remedy));
        };
        if self.pattern(pattern, true, argument.span) {
            self.code.call(code);
            self.leave_when_over();
        }
    }

    fn call_route(&mut self, call: &Call) {
        let [argument] = call.arguments.as_slice() else {
            let fault = Diagnostic::new(call.span, "route takes the name of one route");
            self.fault(fault.instead("write route(NAME)"));
            return;
        };
        let name = match &argument.kind {
            ExpressionKind::Word(name) => Some(name.clone()),
            ExpressionKind::Text(name) if !name.contains('$') => Some(name.clone()),
            ExpressionKind::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let Some(name) = name else {
            let what = "a route whose name is put together in the run";
            let fault = Diagnostic::new(argument.span, what);
            self.fault(fault.instead("write a switch with a route(NAME) in each case"));
            return;
        };
        if let Some(symbol) = self.low.route(self.block, &name, call.span) {
            self.code.call(symbol);
            self.leave_when_over();
            self.set_rc();
        } else {
            self.code.unreachable();
        }
    }

    /// `is_method("INVITE|ACK")`.
    fn is_method(&mut self, call: &Call) {
        let Some(argument) = call.arguments.first() else {
            return;
        };
        let Some(methods) = self.constant_of(argument, "a method") else {
            return;
        };
        let method = self.local(ValType::I32);
        let asked = match self.event.is_http {
            true => "get_http_method",
            false => "get_method",
        };
        self.code
            .call(asked)
            .local_set(method)
            .i32_const(1)
            .i32_const(-1);
        let words: Vec<&str> = methods
            .split('|')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            self.fault(
                Diagnostic::new(argument.span, "is_method without a method")
                    .instead("write is_method(\"INVITE\")"),
            );
            return;
        }
        // One method may be any; of several Kamailio has to know each.
        let is_known = |word: &&str| METHODS.iter().any(|own| own.eq_ignore_ascii_case(word));
        let unknown = words.iter().find(|word| words.len() > 1 && !is_known(word));
        let odd = words.iter().find(|word| word.contains([' ', ',', '\t']));
        if let Some(word) = unknown.or(odd) {
            let what = format!("{word} in a list of methods is none that Kamailio knows");
            let remedy = "write is_method(\"INVITE|ACK\"), and other methods one by one";
            self.fault(Diagnostic::new(argument.span, what).instead(remedy));
            return;
        }
        for (position, word) in words.iter().enumerate() {
            let cell = self.low.constants.text_cell(word);
            self.code
                .local_get(method)
                .call("to_text")
                .u32_const(cell)
                .call("to_text")
                .call("same_letters");
            if position > 0 {
                self.code.i32_or();
            }
        }
        self.code.select();
    }
}
