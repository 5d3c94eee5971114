//! What Kamailio makes of an expression before it runs.

use crate::ast::{Binary, Expression, ExpressionKind, Unary};

use super::routine::{Kind, Routine};

impl Routine<'_, '_> {
    /// `a && 1` and `a || 0` are `a` to Kamailio, which turns them into it before it runs: a number
    /// below 0 is then not true. The constant may be an expression, `a && (1 == 1)`.
    pub(super) fn simplified(
        &mut self,
        operator: Binary,
        left: &Expression,
        right: &Expression,
    ) -> Option<Kind> {
        let neutral = |expression: &Expression| match operator {
            Binary::And => folded(expression) == Some(1),
            Binary::Or => folded(expression) == Some(0),
            _ => false,
        };
        match (folded(left), folded(right)) {
            (Some(_), Some(_)) => None,
            (_, Some(_)) if neutral(right) => Some(self.expression(left)),
            (Some(_), _) if neutral(left) => Some(self.expression(right)),
            _ => None,
        }
    }
}

/// The number that an expression of constants is. Its depth is that of the parser.
fn folded(expression: &Expression) -> Option<i64> {
    match &expression.kind {
        ExpressionKind::Number(number) => Some(*number),
        ExpressionKind::Unary(operator, inner) => {
            let inner = folded(inner)?;
            Some(match operator {
                Unary::Not => i64::from(inner == 0),
                Unary::Minus => inner.wrapping_neg(),
                Unary::Complement => !inner,
                Unary::ToInt => inner,
                Unary::Defined | Unary::ToText | Unary::Length | Unary::IsEmpty => return None,
            })
        }
        ExpressionKind::Binary(operator, left, right) => match (&left.kind, &right.kind) {
            (ExpressionKind::Text(left), ExpressionKind::Text(right)) => match operator {
                Binary::Equal => Some(i64::from(left == right)),
                Binary::Differs => Some(i64::from(left != right)),
                _ => None,
            },
            _ => computed(*operator, folded(left)?, folded(right)?),
        },
        ExpressionKind::Text(_)
        | ExpressionKind::Variable(_)
        | ExpressionKind::Word(_)
        | ExpressionKind::Network(_)
        | ExpressionKind::Call(_) => None,
    }
}

fn computed(operator: Binary, left: i64, right: i64) -> Option<i64> {
    let shift = u32::try_from(right).unwrap_or(0);
    Some(match operator {
        Binary::Or => i64::from(left != 0 || right != 0),
        Binary::And => i64::from(left != 0 && right != 0),
        Binary::BitOr => left | right,
        Binary::BitAnd => left & right,
        Binary::BitXor => left ^ right,
        Binary::ShiftLeft => left.wrapping_shl(shift),
        Binary::ShiftRight => left.wrapping_shr(shift),
        Binary::Equal | Binary::IntEqual => i64::from(left == right),
        Binary::Differs | Binary::IntDiffers => i64::from(left != right),
        Binary::Greater => i64::from(left > right),
        Binary::Less => i64::from(left < right),
        Binary::GreaterEqual => i64::from(left >= right),
        Binary::LessEqual => i64::from(left <= right),
        Binary::Plus => left.wrapping_add(right),
        Binary::Minus => left.wrapping_sub(right),
        Binary::Times => left.wrapping_mul(right),
        Binary::Divide => left.checked_div(right)?,
        Binary::Modulo => left.checked_rem(right)?,
        Binary::Matches | Binary::TextEqual | Binary::TextDiffers => return None,
    })
}
