use crate::ast::{Binary, Expression, ExpressionKind, Unary};
use crate::fault::Diagnostic;

use super::routine::{Kind, Routine};

impl Routine<'_, '_> {
    /// Leaves the value on the stack in whatever form it comes.
    pub(super) fn expression(&mut self, expression: &Expression) -> Kind {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Number(number) => {
                self.emit(format!("i64.const {number}"));
                Kind::Int
            }
            ExpressionKind::Text(text) => {
                let cell = self.low.constants.text_cell(text);
                self.emit(format!("i32.const {cell}"));
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
                self.emit("i32.const 0\ni32.gt_s");
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
            self.emit(format!("i32.const {cell}"));
            return;
        }
        match self.expression(expression) {
            Kind::Bool => self.emit("i64.extend_i32_u\ncall $int_cell"),
            Kind::Int => self.emit("call $int_cell"),
            Kind::Cell => {}
        }
    }

    /// The value as a number.
    pub(super) fn int(&mut self, expression: &Expression) {
        match self.expression(expression) {
            Kind::Bool => self.emit("i64.extend_i32_u"),
            Kind::Int => {}
            Kind::Cell => self.emit("call $to_int"),
        }
    }

    /// Whether a condition holds: a number above 0.
    pub(super) fn truth(&mut self, expression: &Expression) {
        match self.expression(expression) {
            Kind::Bool => {}
            Kind::Int => self.emit("i64.const 0\ni64.gt_s"),
            Kind::Cell => self.emit("call $to_int\ni64.const 0\ni64.gt_s"),
        }
    }

    /// Whether an operand of `&&`, `||` and `!` holds: any number but 0.
    fn not_zero(&mut self, expression: &Expression) {
        match self.expression(expression) {
            Kind::Bool => {}
            Kind::Int => self.emit("i64.eqz\ni32.eqz"),
            Kind::Cell => self.emit("call $to_int\ni64.eqz\ni32.eqz"),
        }
    }

    fn unary(&mut self, operator: Unary, inner: &Expression) -> Kind {
        match operator {
            Unary::Not => {
                self.not_zero(inner);
                self.emit("i32.eqz");
                Kind::Bool
            }
            Unary::Minus => {
                self.emit("i64.const 0");
                self.int(inner);
                self.emit("i64.sub");
                Kind::Int
            }
            Unary::Complement => {
                self.int(inner);
                self.emit("i64.const -1\ni64.xor");
                Kind::Int
            }
            Unary::Defined => {
                self.cell(inner);
                self.emit("call $is_null\ni32.eqz");
                Kind::Bool
            }
            Unary::ToInt => {
                self.int(inner);
                Kind::Int
            }
            Unary::ToText => {
                self.cell(inner);
                self.emit("call $cast_text");
                Kind::Cell
            }
            Unary::Length => {
                self.cell(inner);
                self.emit("call $length_of\ni64.extend_i32_u");
                Kind::Int
            }
            Unary::IsEmpty => {
                self.cell(inner);
                self.emit("call $length_of\ni32.eqz");
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
                match &right.kind {
                    // Kamailio makes strempty() of it: a number is not empty, whatever it is. !=
                    // stays a comparison.
                    ExpressionKind::Text(text) if text.is_empty() => {
                        self.cell(left);
                        self.emit("call $length_of\ni32.eqz");
                    }
                    _ => self.equal(left, right),
                }
                Kind::Bool
            }
            Binary::Differs => {
                self.equal(left, right);
                self.emit("i32.eqz");
                Kind::Bool
            }
            Binary::TextEqual | Binary::TextDiffers => {
                self.cell(left);
                self.cell(right);
                self.emit("call $text_equal");
                if operator == Binary::TextDiffers {
                    self.emit("i32.eqz");
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
            Binary::IntEqual => self.compare_ints("i64.eq", left, right),
            Binary::IntDiffers => self.compare_ints("i64.ne", left, right),
            Binary::Greater => self.compare_ints("i64.gt_s", left, right),
            Binary::Less => self.compare_ints("i64.lt_s", left, right),
            Binary::GreaterEqual => self.compare_ints("i64.ge_s", left, right),
            Binary::LessEqual => self.compare_ints("i64.le_s", left, right),
            Binary::BitOr => self.arithmetic("i64.or", left, right),
            Binary::BitAnd => self.arithmetic("i64.and", left, right),
            Binary::BitXor => self.arithmetic("i64.xor", left, right),
            Binary::ShiftLeft => self.arithmetic("i64.shl", left, right),
            Binary::ShiftRight => self.arithmetic("i64.shr_s", left, right),
            Binary::Minus => self.arithmetic("i64.sub", left, right),
            Binary::Times => self.arithmetic("i64.mul", left, right),
            Binary::Divide => self.division("i64.div_s", left, right, whole),
            Binary::Modulo => self.division("i64.rem_s", left, right, whole),
        }
    }

    fn logic(&mut self, operator: Binary, left: &Expression, right: &Expression) -> Kind {
        if let Some(kind) = self.simplified(operator, left, right) {
            return kind;
        }
        self.not_zero(left);
        self.emit("if (result i32)");
        if operator == Binary::And {
            self.not_zero(right);
            self.emit("else\ni32.const 0\nend");
        } else {
            self.emit("i32.const 1\nelse");
            self.not_zero(right);
            self.emit("end");
        }
        Kind::Bool
    }

    /// `==`: what stands left decides whether numbers or texts are compared; with `$null` it is
    /// asked whether there is a value at all.
    fn equal(&mut self, left: &Expression, right: &Expression) {
        if is_null(right) {
            self.cell(left);
            self.emit("call $is_null");
        } else if is_null(left) && !matches!(right.kind, ExpressionKind::Text(_)) {
            self.cell(right);
            self.emit("call $is_null");
        } else if is_int(left) {
            self.int(left);
            self.int(right);
            self.emit("i64.eq");
        } else if let (ExpressionKind::Variable(_), ExpressionKind::Text(text)) =
            (&left.kind, &right.kind)
        {
            self.cell(left);
            self.constant(text);
            self.emit(format!("i64.const {}\ncall $equal_text", number_of(text)));
        } else {
            self.cell(left);
            self.cell(right);
            self.emit("call $equal");
        }
    }

    fn plus(&mut self, left: &Expression, right: &Expression) -> Kind {
        if is_int(left) {
            return self.arithmetic("i64.add", left, right);
        }
        self.cell(left);
        self.cell(right);
        self.emit("call $plus");
        Kind::Cell
    }

    fn compare_ints(&mut self, instruction: &str, left: &Expression, right: &Expression) -> Kind {
        self.int(left);
        self.int(right);
        self.emit(instruction);
        Kind::Bool
    }

    fn arithmetic(&mut self, instruction: &str, left: &Expression, right: &Expression) -> Kind {
        self.int(left);
        self.int(right);
        self.emit(instruction);
        Kind::Int
    }

    /// By 0, and the smallest number by -1, would be a trap.
    fn division(
        &mut self,
        instruction: &str,
        left: &Expression,
        right: &Expression,
        whole: &Expression,
    ) -> Kind {
        let (a, b) = (self.local("i64"), self.local("i64"));
        self.int(left);
        self.emit(format!("local.set {a}"));
        self.int(right);
        self.emit(format!("local.tee {b}\ni64.eqz\nif"));
        self.place(whole.span, "division");
        self.constant("by 0");
        self.emit("call $fail\nend");
        self.leave_when_over();
        self.emit(format!(
            "local.get {b}\ni64.const -1\ni64.eq\nif (result i64)"
        ));
        self.emit(if instruction == "i64.div_s" {
            format!("i64.const 0\nlocal.get {a}\ni64.sub")
        } else {
            "i64.const 0".to_owned()
        });
        self.emit(format!(
            "else\nlocal.get {a}\nlocal.get {b}\n{instruction}\nend"
        ));
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
