use wasmparser::{FunctionBody, Operator};

use super::obstacle::Obstacle;

/// Whether a function can never return: it ends in a trap or not at all. So are the functions that
/// a panic or a failed allocation calls.
///
/// True only where that is plain to see: the last instruction is `unreachable`, nothing returns,
/// and nothing branches to the function's end.
pub(crate) fn never_returns(body: &FunctionBody<'_>) -> Result<bool, Obstacle> {
    let mut depth = 0_u32;
    let mut ends_unreachable = false;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        if leaves(&operator, depth)? {
            return Ok(false);
        }
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
            Operator::TryTable { .. } => return Ok(false),
            // The last `end` is the function's own; what came before it decides.
            Operator::End if depth == 0 => return Ok(ends_unreachable),
            Operator::End => depth -= 1,
            _ => {}
        }
        ends_unreachable = matches!(operator, Operator::Unreachable);
    }
    Ok(false)
}

/// Whether an instruction may leave the function; labels count from the inside, the function's own
/// is the outermost.
fn leaves(operator: &Operator<'_>, depth: u32) -> Result<bool, Obstacle> {
    Ok(match operator {
        Operator::Return
        | Operator::ReturnCall { .. }
        | Operator::ReturnCallIndirect { .. }
        | Operator::ReturnCallRef { .. } => true,
        Operator::Br { relative_depth }
        | Operator::BrIf { relative_depth }
        | Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth }
        | Operator::BrOnCast { relative_depth, .. }
        | Operator::BrOnCastFail { relative_depth, .. } => *relative_depth >= depth,
        Operator::BrTable { targets } => {
            let mut leaves = targets.default() >= depth;
            for target in targets.targets() {
                leaves |= target? >= depth;
            }
            leaves
        }
        _ => false,
    })
}
