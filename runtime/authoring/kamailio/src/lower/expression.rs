use wasm_encoder::{Instruction as Plain, ValType};

use crate::ast::{Binary, Expression, ExpressionKind, Unary};
use crate::fault::Diagnostic;

use super::routine::{Kind, Routine};

impl Routine<'_, '_> {
    /// Leaves the value on the stack in whatever form it comes.
    pub(super) fn expression(&mut self, expression: &Expression) -> Kind {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Number(number) => {
                self.code.i64_const(*number);
                Kind::Int
            }
            ExpressionKind::Text(text) => {
                let cell = self.low.constants.text_cell(text);
                self.code.u32_const(cell);
                Kind::Cell
            }
            ExpressionKind::Variable(variable) => self.variable(variable),
            ExpressionKind::Word(word) => self.word(word, span),
            ExpressionKind::Network(_) => {
                let fault = Diagnostic::new(
                    span,
                    "an address without quotes stands beside src_ip or dst_ip only",
                );
                self.fault(fault.instead("put it in quotes"));
                Kind::Cell
            }
            ExpressionKind::Call(call) => {
                self.call(call);
                // Inside of an expression a function is whether it succeeded.
                self.code.i32_const(0).i32_gt_s();
                Kind::Bool
            }
            ExpressionKind::Unary(operator, inner) => self.unary(*operator, inner),
            ExpressionKind::Binary(operator, left, right) => {
                self.binary(*operator, left, right, expression)
            }
        }
    }

    /// The value as a cell.
    pub(super) fn cell(&mut self, expression: &Expression) {
        if let ExpressionKind::Number(number) = &expression.kind {
            let cell = self.low.constants.int_cell(*number);
            self.code.u32_const(cell);
            return;
        }
        let kind = self.expression(expression);
        self.make_cell(kind);
    }

    /// The value as a number.
    pub(super) fn int(&mut self, expression: &Expression) {
        match self.expression(expression) {
            Kind::Bool => {
                self.code.i64_extend_i32_u();
            }
            Kind::Int => {}
            Kind::Cell => {
                self.code.call("to_int");
            }
        }
    }

    /// Whether a condition holds: a number above 0.
    pub(super) fn truth(&mut self, expression: &Expression) {
        match self.expression(expression) {
            Kind::Bool => {}
            Kind::Int => {
                self.code.i64_const(0).i64_gt_s();
            }
            Kind::Cell => {
                self.code.call("to_int").i64_const(0).i64_gt_s();
            }
        }
    }

    /// Whether an operand of `&&`, `||` and `!` holds: any number but 0.
    fn not_zero(&mut self, expression: &Expression) {
        match self.expression(expression) {
            Kind::Bool => {}
            Kind::Int => {
                self.code.i64_eqz().i32_eqz();
            }
            Kind::Cell => {
                self.code.call("to_int").i64_eqz().i32_eqz();
            }
        }
    }

    fn unary(&mut self, operator: Unary, inner: &Expression) -> Kind {
        match operator {
            Unary::Not => {
                self.not_zero(inner);
                self.code.i32_eqz();
                Kind::Bool
            }
            Unary::Minus => {
                self.code.i64_const(0);
                self.int(inner);
                self.code.i64_sub();
                Kind::Int
            }
            Unary::Complement => {
                self.int(inner);
                self.code.i64_const(-1).i64_xor();
                Kind::Int
            }
            Unary::Defined => {
                self.cell(inner);
                self.code.call("is_null").i32_eqz();
                Kind::Bool
            }
            Unary::ToInt => {
                self.int(inner);
                Kind::Int
            }
            Unary::ToText => {
                self.cell(inner);
                self.code.call("cast_text");
                Kind::Cell
            }
            Unary::Length => {
                self.cell(inner);
                self.code.call("length_of").i64_extend_i32_u();
                Kind::Int
            }
            Unary::IsEmpty => {
                self.cell(inner);
                self.code.call("length_of").i32_eqz();
                Kind::Bool
            }
        }
    }

    fn binary(
        &mut self,
        operator: Binary,
        left: &Expression,
        right: &Expression,
        whole: &Expression,
    ) -> Kind {
        if self.word_compared(operator, left, right) {
            return Kind::Bool;
        }
        match operator {
            Binary::And | Binary::Or => self.logic(operator, left, right),
            Binary::Equal => {
                self.equal_or_empty(left, right);
                Kind::Bool
            }
            Binary::Differs => {
                self.equal(left, right);
                self.code.i32_eqz();
                Kind::Bool
            }
            Binary::TextEqual | Binary::TextDiffers => {
                self.cell(left);
                self.cell(right);
                self.code.call("text_equal");
                if operator == Binary::TextDiffers {
                    self.code.i32_eqz();
                }
                Kind::Bool
            }
            Binary::Matches => {
                self.cell(left);
                match &right.kind {
                    ExpressionKind::Text(pattern) => self.matches(pattern, true, right.span),
                    _ => {
                        let fault = Diagnostic::new(
                            right.span,
                            "a regular expression that is put together in the run",
                        );
                        self.fault(fault.instead("compare with == or starts_with"));
                    }
                }
                Kind::Bool
            }
            Binary::Plus => self.plus(left, right),
            Binary::IntEqual => self.compare_ints(Plain::I64Eq, left, right),
            Binary::IntDiffers => self.compare_ints(Plain::I64Ne, left, right),
            Binary::Greater => self.compare_ints(Plain::I64GtS, left, right),
            Binary::Less => self.compare_ints(Plain::I64LtS, left, right),
            Binary::GreaterEqual => self.compare_ints(Plain::I64GeS, left, right),
            Binary::LessEqual => self.compare_ints(Plain::I64LeS, left, right),
            Binary::BitOr => self.arithmetic(Plain::I64Or, left, right),
            Binary::BitAnd => self.arithmetic(Plain::I64And, left, right),
            Binary::BitXor => self.arithmetic(Plain::I64Xor, left, right),
            Binary::ShiftLeft => self.arithmetic(Plain::I64Shl, left, right),
            Binary::ShiftRight => self.arithmetic(Plain::I64ShrS, left, right),
            Binary::Minus => self.arithmetic(Plain::I64Sub, left, right),
            Binary::Times => self.arithmetic(Plain::I64Mul, left, right),
            Binary::Divide => self.division(Plain::I64DivS, left, right, whole),
            Binary::Modulo => self.division(Plain::I64RemS, left, right, whole),
        }
    }

    fn logic(&mut self, operator: Binary, left: &Expression, right: &Expression) -> Kind {
        if let Some(kind) = self.simplified(operator, left, right) {
            return kind;
        }
        self.not_zero(left);
        self.code.if_result(ValType::I32);
        if operator == Binary::And {
            self.not_zero(right);
            self.code.else_().i32_const(0).end();
        } else {
            self.code.i32_const(1).else_();
            self.not_zero(right);
            self.code.end();
        }
        Kind::Bool
    }

    /// `==` as it is written. Kamailio makes strempty() of `== ""`: a number is not empty, whatever
    /// it is. `!=` stays a comparison.
    fn equal_or_empty(&mut self, left: &Expression, right: &Expression) {
        if matches!(&right.kind, ExpressionKind::Text(text) if text.is_empty()) {
            self.cell(left);
            self.code.call("length_of").i32_eqz();
        } else {
            self.equal(left, right);
        }
    }

    /// `==`: what stands left decides whether numbers or texts are compared; with `$null` it is
    /// asked whether there is a value at all.
    fn equal(&mut self, left: &Expression, right: &Expression) {
        if is_null(right) {
            self.cell(left);
            self.code.call("is_null");
        } else if is_null(left) && !matches!(right.kind, ExpressionKind::Text(_)) {
            self.cell(right);
            self.code.call("is_null");
        } else if is_int(left) {
            self.int(left);
            self.int(right);
            self.code.i64_eq();
        } else if let (ExpressionKind::Variable(_), ExpressionKind::Text(text)) =
            (&left.kind, &right.kind)
        {
            self.cell(left);
            self.constant(text);
            self.code.i64_const(number_of(text)).call("equal_text");
        } else {
            self.cell(left);
            self.cell(right);
            self.code.call("equal");
        }
    }

    fn plus(&mut self, left: &Expression, right: &Expression) -> Kind {
        if is_int(left) {
            return self.arithmetic(Plain::I64Add, left, right);
        }
        self.cell(left);
        self.cell(right);
        self.code.call("plus");
        Kind::Cell
    }

    fn compare_ints(
        &mut self,
        instruction: Plain<'static>,
        left: &Expression,
        right: &Expression,
    ) -> Kind {
        self.int(left);
        self.int(right);
        self.code.plain(instruction);
        Kind::Bool
    }

    fn arithmetic(
        &mut self,
        instruction: Plain<'static>,
        left: &Expression,
        right: &Expression,
    ) -> Kind {
        self.int(left);
        self.int(right);
        self.code.plain(instruction);
        Kind::Int
    }

    /// By 0, and the smallest number by -1, would be a trap.
    fn division(
        &mut self,
        instruction: Plain<'static>,
        left: &Expression,
        right: &Expression,
        whole: &Expression,
    ) -> Kind {
        let (a, b) = (self.local(ValType::I64), self.local(ValType::I64));
        self.int(left);
        self.code.local_set(a);
        self.int(right);
        self.code.local_tee(b).i64_eqz().if_();
        self.place(whole.span, "division");
        self.constant("by 0");
        self.code.call("fail").end();
        self.leave_when_over();
        self.code
            .local_get(b)
            .i64_const(-1)
            .i64_eq()
            .if_result(ValType::I64);
        self.code.i64_const(0);
        if matches!(instruction, Plain::I64DivS) {
            self.code.local_get(a).i64_sub();
        }
        self.code
            .else_()
            .local_get(a)
            .local_get(b)
            .plain(instruction)
            .end();
        Kind::Int
    }
}

/// The number that a text is: what `$to_int` of the runtime makes of it.
fn number_of(text: &str) -> i64 {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, radix) = match unsigned.strip_prefix("0x").or(unsigned.strip_prefix("0X")) {
        Some(digits) if !digits.is_empty() => (digits, 16),
        Some(_) | None => (unsigned, 10),
    };
    let is_number = digits.len() <= 18 && digits.chars().all(|c| c.is_digit(radix));
    let number = i64::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_number)
        .unwrap_or(0);
    if text.starts_with('-') {
        number.wrapping_neg()
    } else {
        number
    }
}

fn is_null(expression: &Expression) -> bool {
    matches!(&expression.kind, ExpressionKind::Variable(variable)
        if variable.name == "null" && variable.transformations.is_empty())
}

/// Whether it is a number whatever the run brings.
fn is_int(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Number(_) | ExpressionKind::Call(_) => true,
        ExpressionKind::Text(_)
        | ExpressionKind::Variable(_)
        | ExpressionKind::Word(_)
        | ExpressionKind::Network(_) => false,
        ExpressionKind::Unary(operator, _) => *operator != Unary::ToText,
        ExpressionKind::Binary(operator, left, right) => match operator {
            Binary::Plus => is_int(left),
            // See `simplified`: these may be what one of their sides is.
            Binary::And | Binary::Or => is_int(left) && is_int(right),
            _ => true,
        },
    }
}
