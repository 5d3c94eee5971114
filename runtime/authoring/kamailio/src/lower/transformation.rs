use crate::ast::{Part, Transformation};
use crate::fault::Diagnostic;
use crate::span::Span;
use crate::tables::transformation::{self, Parameter};

use super::routine::Routine;
use super::text;

impl Routine<'_, '_> {
    /// Transforms the cell on the stack.
    pub(super) fn transform(&mut self, transformation: &Transformation, span: Span) {
        let name = &transformation.name;
        if name == "re.subst" {
            self.substitute(transformation, span);
            return;
        }
        let Some(row) = transformation::find(name) else {
            let fault = Diagnostic::new(
                span,
                format!("the transformation {{{name}}} is not compiled"),
            );
            self.fault(fault.instead(transformation::instead(name)));
            return;
        };
        let given = transformation.parameters.len();
        let wanted = row.parameters.len();
        if given > wanted || given + row.optional < wanted {
            let what = format!("{{{name}}} takes {wanted} parameters, not {given}");
            self.fault(Diagnostic::new(span, what).instead("separate them with commas"));
            return;
        }
        for (position, kind) in row.parameters.iter().enumerate() {
            match transformation.parameters.get(position) {
                Some(parts) => self.parameter(name, *kind, parts, span),
                None => {
                    self.code.i32_const(0);
                }
            }
        }
        self.code.call(row.code);
    }

    fn parameter(&mut self, name: &str, kind: Parameter, parts: &[Part], span: Span) {
        match kind {
            Parameter::Separator => self.text_cell(parts),
            Parameter::Text => {
                let mut parts = parts.to_vec();
                if let Some(Part::Text(first)) = parts.first_mut() {
                    *first = first.trim_start().to_owned();
                }
                self.text_cell(&parts);
            }
            Parameter::Number => match (text::constant(parts), parts) {
                (Some(text), _) => match text.trim().parse::<i64>() {
                    Ok(number) => {
                        self.code.i64_const(number);
                    }
                    Err(_) => {
                        let fault = Diagnostic::new(
                            span,
                            format!("{{{name}}} needs a number, not {text:?}"),
                        );
                        self.fault(fault.instead("write a number, or a variable with one"));
                    }
                },
                (None, [Part::Variable(variable)]) => {
                    self.variable_cell(variable);
                    self.code.call("to_int");
                }
                (None, _) => {
                    let fault = Diagnostic::new(span, format!("{{{name}}} needs a number"));
                    self.fault(fault.instead("assign it to a $var and give that"));
                }
            },
        }
    }
}
