use crate::ast::{Call, Expression, ExpressionKind, Part, Variable};
use crate::fault::Diagnostic;
use crate::spelling;

use super::routine::Routine;

impl Routine<'_, '_> {
    /// The variable that a text names, and what stands behind it.
    fn named_variable(&mut self, argument: &Expression) -> Option<(Variable, String)> {
        let parts = match &argument.kind {
            ExpressionKind::Variable(variable) => return Some((variable.clone(), String::new())),
            ExpressionKind::Text(text) => spelling::parts(text, argument.span),
            _ => Ok(Vec::new()),
        };
        match parts.as_deref() {
            Ok([Part::Variable(variable)]) => Some(((**variable).clone(), String::new())),
            Ok([Part::Variable(variable), Part::Text(rest)]) => {
                Some(((**variable).clone(), rest.clone()))
            }
            Ok(_) => {
                let fault = Diagnostic::new(argument.span, "the name of one variable is wanted");
                self.fault(fault.instead("write it in quotes: \"$avp(x)\""));
                None
            }
            Err(fault) => {
                self.fault(fault.clone());
                None
            }
        }
    }

    /// `pv_printf("$var(x)", "text")`: an assignment whose text has variables in it.
    pub(super) fn assign_format(&mut self, call: &Call) {
        let [target, text] = call.arguments.as_slice() else {
            return;
        };
        let Some((target, rest)) = self.named_variable(target) else {
            return;
        };
        if !rest.is_empty() {
            let what = format!("{rest} is not expected behind ${}", target.name);
            self.fault(Diagnostic::new(call.span, what).instead("name one variable"));
            return;
        }
        let Some(parts) = self.format_parts(text) else {
            return;
        };
        let value = Expression {
            span: text.span,
            kind: ExpressionKind::Variable(Variable {
                span: text.span,
                name: "_s".to_owned(),
                argument: Some(parts),
                index: None,
                transformations: Vec::new(),
            }),
        };
        self.assign(&target, &value);
        self.code.i32_const(1);
    }

    /// `pv_unset("$var(x)")`.
    pub(super) fn unset(&mut self, call: &Call) {
        let Some(argument) = call.arguments.first() else {
            return;
        };
        let Some((target, _)) = self.named_variable(argument) else {
            return;
        };
        let null = Expression {
            span: argument.span,
            kind: ExpressionKind::Variable(Variable {
                span: argument.span,
                name: "null".to_owned(),
                argument: None,
                index: None,
                transformations: Vec::new(),
            }),
        };
        self.assign(&target, &null);
        self.code.i32_const(1);
    }

    /// `is_avp_set("$avp(x)/s")`.
    pub(super) fn is_avp_set(&mut self, call: &Call) {
        let Some(argument) = call.arguments.first() else {
            return;
        };
        let Some((variable, flags)) = self.named_variable(argument) else {
            return;
        };
        let kind = match flags.as_str() {
            "" | "/" => 0,
            "/n" => 1,
            "/s" => 2,
            "/e" => 3,
            other => {
                let fault =
                    Diagnostic::new(argument.span, format!("{other} is no flag of is_avp_set"));
                self.fault(fault.instead("there are /n, /s and /e"));
                return;
            }
        };
        self.variable_cell(&variable);
        self.code.u32_const(kind).call("is_avp_set");
    }
}
