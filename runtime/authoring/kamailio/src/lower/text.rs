use wasm_encoder::ValType;

use crate::ast::{Expression, ExpressionKind, Part, Variable};
use crate::code::Local;
use crate::fault::Diagnostic;
use crate::spelling;

use super::routine::Routine;

/// A piece of a text that is ready to be put down.
enum Piece {
    Constant(String),
    /// A local with a cell.
    Cell(Local),
}

impl Routine<'_, '_> {
    /// A parameter of a function as a text: address and length, in which variables are replaced.
    pub(super) fn format(&mut self, argument: &Expression) {
        match self.format_parts(argument) {
            Some(parts) => self.text(&parts),
            None => {
                self.code.unreachable();
            }
        }
    }

    /// What a parameter says, in parts.
    pub(super) fn format_parts(&mut self, argument: &Expression) -> Option<Vec<Part>> {
        match &argument.kind {
            ExpressionKind::Text(text) => match spelling::parts(text, argument.span) {
                Ok(parts) => Some(parts),
                Err(fault) => {
                    self.fault(fault);
                    None
                }
            },
            ExpressionKind::Number(number) => Some(vec![Part::Text(number.to_string())]),
            ExpressionKind::Variable(variable) => {
                Some(vec![Part::Variable(Box::new(variable.clone()))])
            }
            ExpressionKind::Word(word) => Some(vec![Part::Text(word.clone())]),
            ExpressionKind::Network(_)
            | ExpressionKind::Call(_)
            | ExpressionKind::Unary(..)
            | ExpressionKind::Binary(..) => {
                let fault = Diagnostic::new(
                    argument.span,
                    "a parameter is a text, a number or a variable",
                );
                self.fault(fault.instead("assign the expression to a $var and give that"));
                None
            }
        }
    }

    /// A parameter that must be known before the run.
    pub(super) fn constant_of(&mut self, argument: &Expression, what: &str) -> Option<String> {
        let parts = self.format_parts(argument)?;
        let text = constant(&parts);
        if text.is_none() {
            let fault = Diagnostic::new(argument.span, format!("{what} cannot be a variable"));
            self.fault(fault.instead("write it out; with a switch where there are several"));
        }
        text
    }

    /// A text for the server: address and length.
    pub(super) fn text(&mut self, parts: &[Part]) {
        if let Some(text) = constant(parts) {
            self.constant(&text);
            return;
        }
        if let [Part::Variable(variable)] = parts {
            self.variable_cell(variable);
            let cell = self.local(ValType::I32);
            self.code
                .local_set(cell)
                .call("begin")
                .local_get(cell)
                .call("put_cell")
                .call("finish_clean");
            return;
        }
        self.build(parts);
        self.code.call("finish_clean");
    }

    /// Bytes as they are: address and length.
    pub(super) fn bytes(&mut self, argument: &Expression) {
        let Some(parts) = self.format_parts(argument) else {
            self.code.unreachable();
            return;
        };
        match constant(&parts) {
            Some(text) => self.constant(&text),
            None => {
                self.build(&parts);
                self.code.call("finish");
            }
        }
    }

    /// A text as a cell.
    pub(super) fn text_cell(&mut self, parts: &[Part]) {
        if let Some(text) = constant(parts) {
            let cell = self.low.constants.text_cell(&text);
            self.code.u32_const(cell);
            return;
        }
        self.build(parts);
        self.code.call("finish_cell");
    }

    /// Puts a text together. Its variables are read before, since reading them may allocate.
    fn build(&mut self, parts: &[Part]) {
        let pieces: Vec<Piece> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Piece::Constant(text.clone()),
                Part::Variable(variable) => {
                    self.variable_cell(variable);
                    let cell = self.local(ValType::I32);
                    self.code.local_set(cell);
                    Piece::Cell(cell)
                }
            })
            .collect();
        self.code.call("begin");
        for piece in pieces {
            match piece {
                Piece::Constant(text) => {
                    self.constant(&text);
                    self.code.call("put");
                }
                Piece::Cell(cell) => {
                    self.code.local_get(cell).call("put_cell");
                }
            }
        }
    }

    /// A variable as a cell.
    pub(super) fn variable_cell(&mut self, variable: &Variable) {
        let kind = self.variable(variable);
        self.make_cell(kind);
    }
}

/// The text of parts without variables.
pub(super) fn constant(parts: &[Part]) -> Option<String> {
    let mut whole = String::new();
    for part in parts {
        match part {
            Part::Text(text) => whole.push_str(text),
            Part::Variable(_) => return None,
        }
    }
    Some(whole)
}
