use wasm_encoder::ValType;

use crate::ast::{Expression, Part, Variable};
use crate::fault::Diagnostic;

use super::routine::Routine;

/// Which of several.
enum Place {
    Number(i64),
    Variable(Box<Variable>),
}

/// `name[index]`.
struct Named {
    name: String,
    index: Option<Place>,
}

/// `$xavp(name[index]=>field[index])`, taken apart.
struct Xavp {
    entry: Named,
    field: Option<Named>,
}

impl Xavp {
    fn read(variable: &Variable) -> Option<Self> {
        let mut sides: Vec<Vec<Part>> = vec![Vec::new()];
        for part in variable.argument.as_deref().unwrap_or_default() {
            match part {
                Part::Variable(_) => sides.last_mut()?.push(part.clone()),
                Part::Text(text) => {
                    for (number, piece) in text.split("=>").enumerate() {
                        if number > 0 {
                            sides.push(Vec::new());
                        }
                        sides.last_mut()?.push(Part::Text(piece.to_owned()));
                    }
                }
            }
        }
        let mut sides = sides.into_iter();
        let entry = named(&sides.next()?)?;
        let field = match sides.next() {
            Some(side) => Some(named(&side)?),
            None => None,
        };
        sides.next().is_none().then_some(Self { entry, field })
    }
}

fn named(parts: &[Part]) -> Option<Named> {
    let parts: Vec<&Part> = parts
        .iter()
        .filter(|part| !matches!(part, Part::Text(text) if text.trim().is_empty()))
        .collect();
    let (name, index) = match parts.as_slice() {
        [Part::Text(text)] => match text.trim().strip_suffix(']') {
            Some(head) => {
                let (name, number) = head.split_once('[')?;
                (name, Some(Place::Number(number.trim().parse().ok()?)))
            }
            None => (text.as_str(), None),
        },
        [Part::Text(name), Part::Variable(index), Part::Text(end)] if end.trim() == "]" => {
            let name = name.trim_end().strip_suffix('[')?;
            (name, Some(Place::Variable(index.clone())))
        }
        _ => return None,
    };
    let name = name.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.';
    (!name.is_empty() && name.chars().all(is_name)).then(|| Named {
        name: name.to_owned(),
        index,
    })
}

impl Routine<'_, '_> {
    fn xavp_of(&mut self, variable: &Variable) -> Option<Xavp> {
        let read = Xavp::read(variable).filter(|_| variable.index.is_none());
        if read.is_none() {
            let fault = Diagnostic::new(variable.span, "this is no name of an $xavp");
            self.fault(fault.instead("write $xavp(name[0]=>field), names without variables"));
        }
        read
    }

    /// The index on the stack, 64 bits; `usual` where none is written.
    fn place_of(&mut self, index: Option<&Place>, usual: i64) {
        match index {
            Some(Place::Number(number)) => {
                self.code.i64_const(*number);
            }
            Some(Place::Variable(variable)) => {
                self.variable_cell(variable);
                self.code.call("to_int");
            }
            None => {
                self.code.i64_const(usual);
            }
        }
    }

    /// Reads `$xavp(name)` and `$xavp(name=>field)`.
    pub(super) fn xavp(&mut self, variable: &Variable) {
        let Some(xavp) = self.xavp_of(variable) else {
            return;
        };
        let symbol = self.low.private("xavp", &xavp.entry.name, 0);
        self.code.global_get(symbol);
        self.place_of(xavp.entry.index.as_ref(), 0);
        match &xavp.field {
            Some(field) => {
                self.constant(&field.name);
                self.place_of(field.index.as_ref(), 0);
                self.code.call("xavp_get_field");
            }
            None => {
                self.code.call("xavp_get");
            }
        }
    }

    /// `$xavp(name=>field) = value`.
    pub(super) fn assign_xavp(&mut self, variable: &Variable, value: &Expression) {
        let Some(xavp) = self.xavp_of(variable) else {
            return;
        };
        let symbol = self.low.private("xavp", &xavp.entry.name, 0);
        // The value may read the same $xavp: it is evaluated before.
        self.assigned(value);
        let cell = self.local(ValType::I32);
        self.code.local_set(cell).global_get(symbol);
        self.place_of(xavp.entry.index.as_ref(), -1);
        match &xavp.field {
            Some(field) => {
                self.constant(&field.name);
                self.place_of(field.index.as_ref(), -1);
                self.code.local_get(cell).call("xavp_set_field");
            }
            None => {
                self.code.local_get(cell).call("xavp_set");
            }
        }
        self.code.global_set(symbol);
    }
}
