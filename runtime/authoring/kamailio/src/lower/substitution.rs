use wasm_encoder::ValType;

use crate::ast::{Call, ExpressionKind, Part, Transformation, Variable};
use crate::code::Local;
use crate::fault::Diagnostic;
use crate::pattern::{self, Program};
use crate::span::Span;
use crate::spelling;

use super::routine::Routine;

/// A piece of what takes the place of a match.
enum Piece {
    Text(String),
    /// What a group has matched; 0 is all of it.
    Group(u32),
    Variable(Box<Variable>),
}

/// `/pattern/replacement/flags`, taken apart.
struct Substitution {
    pattern: String,
    pieces: Vec<Piece>,
    folds: bool,
    global: bool,
    lines: bool,
}

/// What `\g` and its kind stand for in a replacement.
fn escaped(letter: char) -> Piece {
    match letter {
        'n' => Piece::Text("\n".to_owned()),
        'r' => Piece::Text("\r".to_owned()),
        't' => Piece::Text("\t".to_owned()),
        digit if digit.is_ascii_digit() => Piece::Group(digit.to_digit(10).unwrap_or(0)),
        other => Piece::Text(other.to_string()),
    }
}

impl Substitution {
    fn read(text: &str, span: Span) -> Result<Self, Diagnostic> {
        let wrong = |what: &str| {
            Diagnostic::new(span, what.to_owned()).instead("write /pattern/replacement/flags")
        };
        let delimiter = text
            .chars()
            .next()
            .ok_or_else(|| wrong("there is no pattern"))?;
        let rest = text.get(delimiter.len_utf8()..).unwrap_or_default();
        let mut sides: Vec<String> = vec![String::new()];
        let mut characters = rest.chars();
        while let Some(character) = characters.next() {
            if character == delimiter && sides.len() < 3 {
                sides.push(String::new());
                continue;
            }
            let Some(side) = sides.last_mut() else {
                break;
            };
            side.push(character);
            if character == '\\'
                && let Some(next) = characters.next()
            {
                // The delimiter needs no backslash once it no longer separates.
                if next == delimiter && !next.is_ascii_digit() {
                    side.pop();
                }
                side.push(next);
            }
        }
        let [pattern, replacement, flags] = sides.as_slice() else {
            return Err(wrong("the substitution does not end"));
        };
        if let Some(flag) = flags.chars().find(|flag| !"igs".contains(*flag)) {
            return Err(wrong(&format!("{flag} is no flag of a substitution")));
        }
        Ok(Self {
            pattern: pattern.replace("$$", "$"),
            pieces: Self::pieces(replacement, span)?,
            folds: flags.contains('i'),
            global: flags.contains('g'),
            lines: !flags.contains('s'),
        })
    }

    fn pieces(replacement: &str, span: Span) -> Result<Vec<Piece>, Diagnostic> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut characters = replacement.chars();
        let flush = |literal: &mut String, pieces: &mut Vec<Piece>| -> Result<(), Diagnostic> {
            for part in spelling::parts(&std::mem::take(literal), span)? {
                pieces.push(match part {
                    Part::Text(text) => Piece::Text(text),
                    Part::Variable(variable) => Piece::Variable(variable),
                });
            }
            Ok(())
        };
        while let Some(character) = characters.next() {
            if character == '\\'
                && let Some(next) = characters.next()
            {
                flush(&mut literal, &mut pieces)?;
                pieces.push(escaped(next));
            } else {
                literal.push(character);
            }
        }
        flush(&mut literal, &mut pieces)?;
        Ok(pieces)
    }
}

impl Routine<'_, '_> {
    /// `{re.subst,/pattern/replacement/flags}` on the cell on the stack.
    pub(super) fn substitute(&mut self, transformation: &Transformation, span: Span) {
        let text = match transformation.parameters.first().map(Vec::as_slice) {
            Some([Part::Text(text)]) => text.clone(),
            _ => String::new(),
        };
        self.substitute_by(&text, span);
    }

    /// `subst_user("/pattern/replacement/flags")` and its kind: 1 where something matched, else -1.
    pub(super) fn subst(&mut self, call: &Call, variable: &str, name: &str) {
        let [argument] = call.arguments.as_slice() else {
            return;
        };
        // Only the replacement has variables, and the pattern is none of this server's texts.
        let ExpressionKind::Text(text) = &argument.kind else {
            let fault = Diagnostic::new(argument.span, format!("{name} takes a text"));
            return self.fault(fault.instead("write \"/pattern/replacement/flags\""));
        };
        let subject = match spelling::parts(&format!("${variable}"), call.span).as_deref() {
            Ok([Part::Variable(subject)]) => subject.clone(),
            _ => return,
        };
        self.code.i32_const(0).global_set("re_done");
        self.variable_cell(&subject);
        self.substitute_by(text, argument.span);
        let made = self.local(ValType::I32);
        self.code
            .local_set(made)
            .global_get("re_done")
            .if_result(ValType::I32)
            .local_get(made)
            .call("to_text");
        if variable == "rb" {
            // The content type stays.
            self.code.i32_const(0).i32_const(0).call("set_body");
        } else {
            self.place(call.span, name);
            self.code.call(if variable == "ru" {
                "set_uri"
            } else {
                "set_user"
            });
        }
        self.code.else_().i32_const(-1).end();
        self.leave_when_over();
    }

    fn substitute_by(&mut self, text: &str, span: Span) {
        let read = Substitution::read(text, span);
        let substitution = match read {
            Ok(substitution) => substitution,
            Err(fault) => return self.fault(fault),
        };
        let pattern = &substitution.pattern;
        let node = match substitution.lines {
            true => pattern::read_lines(pattern, substitution.folds),
            false => pattern::read(pattern, substitution.folds),
        };
        let program = match node.and_then(|node| Program::new(&node)) {
            Ok(program) => program,
            Err(why) => {
                let what = format!("the regular expression {pattern:?} is not compiled: {why}");
                return self.fault(Diagnostic::new(span, what).instead("use {s.replace,old,new}"));
            }
        };
        let (cells, count) = self.variables_of(&substitution.pieces);
        let steps = self.steps_of(&program);
        let pieces = self.pieces_of(&substitution.pieces);
        let flags = u32::from(substitution.global) + 2 * u32::from(substitution.lines);
        self.code
            .u32_const(steps)
            .count_const(program.steps.len())
            .count_const(program.first)
            .u32_const(program.slots);
        self.code
            .u32_const(pieces)
            .count_const(count)
            .local_get(cells)
            .u32_const(flags)
            .call("re_subst");
    }

    /// Reads the variables of a replacement into an array of cells: its local, and how many pieces
    /// there are.
    fn variables_of(&mut self, pieces: &[Piece]) -> (Local, usize) {
        let mut held = Vec::new();
        for piece in pieces {
            if let Piece::Variable(variable) = piece {
                self.variable_cell(variable);
                let cell = self.local(ValType::I32);
                self.code.local_set(cell);
                held.push(cell);
            }
        }
        let array = self.local(ValType::I32);
        self.code
            .count_const(held.len() * 4)
            .call("alloc")
            .local_set(array);
        for (position, cell) in held.iter().enumerate() {
            let offset = u32::try_from(position * 4).unwrap_or(u32::MAX);
            self.code
                .local_get(array)
                .local_get(*cell)
                .i32_store(offset);
        }
        (array, pieces.len())
    }

    /// The steps as the runtime reads them: three words each.
    fn steps_of(&mut self, program: &Program) -> u32 {
        use crate::pattern::Step;
        let sets: Vec<u32> = program
            .sets
            .iter()
            .map(|set| {
                let bytes: Vec<u8> = set.iter().map(|member| u8::from(*member)).collect();
                self.low.constants.table(&bytes)
            })
            .collect();
        let number = |step: usize| u32::try_from(step).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(program.steps.len() * 12);
        for step in &program.steps {
            let words = match step {
                Step::Matched => [0, 0, 0],
                Step::Byte(set, next) => [
                    1,
                    number(*next),
                    sets.get(*set).copied().unwrap_or_default(),
                ],
                Step::Split(first, second) => [2, number(*first), number(*second)],
                Step::Save(slot, next) => [3, number(*next), *slot],
                Step::Start(next) => [4, number(*next), 0],
                Step::End(next) => [5, number(*next), 0],
            };
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        self.low.constants.table(&bytes)
    }

    /// The pieces of a replacement as the runtime reads them: three words each.
    fn pieces_of(&mut self, pieces: &[Piece]) -> u32 {
        let mut bytes = Vec::with_capacity(pieces.len() * 12);
        let mut variables = 0_u32;
        for piece in pieces {
            let words = match piece {
                Piece::Text(text) => {
                    let (at, length) = self.low.constants.text(text);
                    [0, at, length]
                }
                Piece::Group(group) => [1, *group, 0],
                Piece::Variable(_) => {
                    variables += 1;
                    [2, variables - 1, 0]
                }
            };
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        self.low.constants.table(&bytes)
    }
}
