use wasm_encoder::ValType;

use crate::ast::{Call, Expression, Part, Variable};
use crate::code::Global;
use crate::fault::Diagnostic;
use crate::span::Span;

use super::routine::Routine;
use super::{sql_shape, text};

/// A value that is bound to a statement.
struct Bound {
    parts: Vec<Part>,
    /// Whether it stood outside of quotes, where a text of digits is a number.
    bare: bool,
}

/// A statement with its values taken out.
#[derive(Default)]
struct Prepared {
    text: String,
    values: Vec<Bound>,
    /// What stands between the quotes that are open.
    quoted: Option<Vec<Part>>,
}

impl Prepared {
    fn add(&mut self, part: &Part, span: Span) -> Result<(), Diagnostic> {
        match part {
            Part::Text(text) => text
                .chars()
                .try_for_each(|character| self.character(character, span)),
            Part::Variable(variable) => match &mut self.quoted {
                Some(parts) => {
                    parts.push(part.clone());
                    Ok(())
                }
                None => {
                    self.bare(variable);
                    Ok(())
                }
            },
        }
    }

    fn character(&mut self, character: char, span: Span) -> Result<(), Diagnostic> {
        match (&mut self.quoted, character) {
            (None, '\'') => self.quoted = Some(Vec::new()),
            (None, '?') => {
                let fault = Diagnostic::new(span, "a ? in a statement stands for a value here");
                return Err(fault.instead("write the variable in its place"));
            }
            (None, other) => self.text.push(other),
            (Some(_), '\'') => self.close(),
            (Some(parts), other) => match parts.last_mut() {
                Some(Part::Text(text)) => text.push(other),
                _ => parts.push(Part::Text(other.to_string())),
            },
        }
        Ok(())
    }

    /// A quoted text with variables becomes a value; one without stays where it is. Two quotes that
    /// stand for one come here as the end of one text and the beginning of another, and stay so.
    fn close(&mut self) {
        let parts = self.quoted.take().unwrap_or_default();
        match text::constant(&parts) {
            Some(constant) => {
                self.text.push('\'');
                self.text.push_str(&constant);
                self.text.push('\'');
            }
            None => {
                self.text.push('?');
                self.values.push(Bound { parts, bare: false });
            }
        }
    }

    fn bare(&mut self, variable: &Variable) {
        self.text.push('?');
        self.values.push(Bound {
            parts: vec![Part::Variable(Box::new(variable.clone()))],
            bare: true,
        });
    }

    /// Whether each value stands where the statement has one.
    fn check(&self, span: Span) -> Result<(), Diagnostic> {
        if self.quoted.is_some() {
            let fault = Diagnostic::new(span, "a ' in the statement is never closed");
            return Err(fault.instead("close it"));
        }
        let bare: Vec<bool> = self.values.iter().map(|value| value.bare).collect();
        sql_shape::check(&self.text, &bare).map_err(|wrong| {
            let parts = self
                .values
                .get(wrong.number)
                .map(|value| value.parts.as_slice());
            let name = match parts {
                Some([Part::Variable(variable)]) => shown(variable),
                _ => "a value".to_owned(),
            };
            Diagnostic::new(span, format!("{name} {}", wrong.what)).instead(wrong.instead)
        })
    }
}

impl Routine<'_, '_> {
    /// `sql_query("database", "statement", "result")`, and with one parameter the statement alone.
    /// Variables in the statement are bound, so a caller's text cannot become part of it.
    pub(super) fn sql(&mut self, call: &Call) {
        let (label, statement, rest) = match call.arguments.as_slice() {
            // The tenant's only database: the server knows which one that is.
            [statement] => (None, statement, &[][..]),
            [label, statement, rest @ ..] => (Some(label), statement, rest),
            [] => return,
        };
        let database = match label {
            Some(label) => match self.constant_of(label, "the name of a database") {
                Some(database) => database,
                None => return,
            },
            None => String::new(),
        };
        let result = match rest.first() {
            Some(name) => match self.constant_of(name, "the name of a result") {
                Some(name) => Some(self.low.private("result", &name, 0)),
                None => return,
            },
            None => None,
        };
        self.sql_statement(&database, statement, result, call.span);
    }

    /// `sql_xquery("database", "statement", "name")`: the rows in front of what `$xavp(name)` is.
    pub(super) fn sql_to_xavp(&mut self, call: &Call) {
        let [label, statement, name] = call.arguments.as_slice() else {
            return;
        };
        let Some(database) = self.constant_of(label, "the name of a database") else {
            return;
        };
        let Some(name) = self.constant_of(name, "the name of an $xavp") else {
            return;
        };
        let result = self.low.private("result", &format!("$xavp({name})"), 0);
        self.sql_statement(&database, statement, Some(result), call.span);
        let code = self.local(ValType::I32);
        let symbol = self.low.private("xavp", &name, 0);
        self.code
            .local_set(code)
            .global_get(symbol)
            .call("xavp_rows")
            .global_set(symbol)
            .local_get(code);
    }

    fn sql_statement(
        &mut self,
        database: &str,
        statement: &Expression,
        result: Option<Global>,
        span: Span,
    ) {
        let Some(parts) = self.format_parts(statement) else {
            return;
        };
        let mut prepared = Prepared::default();
        for part in &parts {
            if let Err(fault) = prepared.add(part, statement.span) {
                self.fault(fault);
                return;
            }
        }
        if let Err(fault) = prepared.check(statement.span) {
            self.fault(fault);
            return;
        }
        self.run_statement(&prepared, database, result, span);
    }

    fn run_statement(
        &mut self,
        prepared: &Prepared,
        database: &str,
        result: Option<Global>,
        span: Span,
    ) {
        let place = match database {
            "" => "the database".to_owned(),
            named => {
                self.low.declared.database(named);
                format!("database {named}")
            }
        };
        let values = self.local(ValType::I32);
        let count = prepared.values.len();
        let mut cells = Vec::new();
        for value in &prepared.values {
            match value.parts.as_slice() {
                [Part::Variable(variable)] if value.bare => self.variable_cell(variable),
                parts => self.text_cell(parts),
            }
            let cell = self.local(ValType::I32);
            self.code.local_set(cell);
            cells.push((cell, value.bare));
        }
        self.code
            .count_const(count * 16)
            .call("alloc")
            .local_set(values);
        for (position, (cell, bare)) in cells.iter().enumerate() {
            self.code
                .local_get(values)
                .count_const(position * 16)
                .i32_add()
                .local_get(*cell)
                .u32_const(u32::from(*bare))
                .call("sql_bind");
        }
        self.constant(database);
        self.place(span, &place);
        self.code.call("sql_connection");
        self.leave_when_over();
        self.constant(&prepared.text);
        self.code.local_get(values).count_const(count);
        self.place(span, &place);
        match result {
            Some(symbol) => {
                self.code
                    .call("sql_rows")
                    .global_get("sql_result")
                    .global_set(symbol);
            }
            None => {
                self.code.call("sql_do");
            }
        }
    }

    pub(super) fn sql_free(&mut self, call: &Call) {
        let Some(name) = call.arguments.first() else {
            return;
        };
        if let Some(name) = self.constant_of(name, "the name of a result") {
            let symbol = self.low.private("result", &name, 0);
            self.code.i32_const(0).global_set(symbol).i32_const(1);
        }
    }

    /// `$dbr(result=>rows)`, `cols`, `[row,column]`, `colname[column]`.
    pub(super) fn rows(&mut self, variable: &Variable) {
        let wrong = |routine: &mut Self| {
            let fault = Diagnostic::new(variable.span, "this is nothing that a result has");
            routine.fault(fault.instead("there are rows, cols, [row,column] and colname[column]"));
        };
        // `ra=>[$var(i),0]`: the name and the arrow are in the first part, in any case.
        let parts = variable.argument.clone().unwrap_or_default();
        let Some((Part::Text(first), rest)) = parts.split_first() else {
            return wrong(self);
        };
        let Some((name, first)) = first.split_once("=>") else {
            return wrong(self);
        };
        let symbol = self.low.private("result", name.trim(), 0);
        self.code.global_get(symbol);
        let mut key = vec![Part::Text(first.to_owned())];
        key.extend(rest.iter().cloned());
        match text::constant(&key).as_deref().map(str::trim) {
            Some("rows") => {
                self.code.call("dbr_rows");
                return;
            }
            Some("cols") => {
                self.code.call("dbr_cols");
                return;
            }
            _ => {}
        }
        let Some((code, numbers)) = coordinates(&key) else {
            return wrong(self);
        };
        for number in numbers {
            match number.as_slice() {
                [Part::Variable(inner)] => {
                    self.variable_cell(inner);
                    self.code.call("to_int");
                }
                parts => {
                    match text::constant(parts).and_then(|text| text.trim().parse::<u32>().ok()) {
                        Some(number) => {
                            self.code.i64_const(i64::from(number));
                        }
                        None => return wrong(self),
                    }
                }
            }
        }
        self.code.call(code);
    }
}

/// What is between the brackets, split at its comma, and the function that reads it.
fn coordinates(key: &[Part]) -> Option<(&'static str, Vec<Vec<Part>>)> {
    let mut numbers: Vec<Vec<Part>> = vec![Vec::new()];
    let mut before = String::new();
    let mut open = false;
    for part in key {
        match part {
            Part::Variable(_) if open => numbers.last_mut()?.push(part.clone()),
            Part::Variable(_) => return None,
            Part::Text(text) => {
                for character in text.chars() {
                    match character {
                        '[' if !open => open = true,
                        ']' if open => open = false,
                        ',' if open => numbers.push(Vec::new()),
                        other if !open => before.push(other),
                        ' ' => {}
                        other => match numbers.last_mut()?.last_mut() {
                            Some(Part::Text(digits)) => digits.push(other),
                            _ => numbers.last_mut()?.push(Part::Text(other.to_string())),
                        },
                    }
                }
            }
        }
    }
    match (before.trim(), numbers.len()) {
        ("", 2) => Some(("dbr_at", numbers)),
        ("colname", 1) => Some(("dbr_name", numbers)),
        _ => None,
    }
}

/// A variable as it is written, as far as it is known before the run.
fn shown(variable: &Variable) -> String {
    match text::constant(variable.argument.as_deref().unwrap_or_default()) {
        Some(argument) if variable.argument.is_some() => format!("${}({argument})", variable.name),
        _ => format!("${}", variable.name),
    }
}
