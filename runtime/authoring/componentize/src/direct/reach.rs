use std::collections::BTreeSet;

use wasmparser::{FunctionBody, Operator};

use super::diverge::never_returns;
use super::module::Module;
use super::obstacle::Obstacle;

/// What a function needs, whatever it calls included.
#[derive(Default)]
pub(crate) struct Reach {
    /// Numbers of functions, itself included.
    pub(crate) functions: BTreeSet<u32>,
    /// Numbers of globals.
    pub(crate) globals: BTreeSet<u32>,
    /// Numbers of functions that it calls and that never return. What those need is not counted.
    pub(crate) dead_ends: BTreeSet<u32>,
}

impl Reach {
    /// Follows calls from one function. It must be able to live without imports, tables and the
    /// data that only some instructions name.
    pub(crate) fn of(module: &Module<'_>, first: u32) -> Result<Self, Obstacle> {
        let mut reach = Self::default();
        let mut open = vec![first];
        while let Some(function) = open.pop() {
            if reach.functions.contains(&function) || reach.dead_ends.contains(&function) {
                continue;
            }
            let body = module
                .body(function)
                .ok_or(Obstacle("its allocator calls an import"))?;
            if function != first && never_returns(body)? {
                reach.dead_ends.insert(function);
                continue;
            }
            reach.functions.insert(function);
            reach.follow(body, &mut open)?;
        }
        Ok(reach)
    }

    fn follow(&mut self, body: &FunctionBody<'_>, open: &mut Vec<u32>) -> Result<(), Obstacle> {
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    open.push(function_index);
                }
                Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                    self.globals.insert(global_index);
                }
                operator if names_table(&operator) => {
                    return Err(Obstacle("its allocator calls through a table"));
                }
                operator if names_data(&operator) => {
                    return Err(Obstacle("its allocator copies passive data"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether any of these functions could tell that a table is gone.
pub(crate) fn any_names_table(bodies: &[FunctionBody<'_>]) -> Result<bool, Obstacle> {
    any(bodies, names_table)
}

/// Whether any of these functions uses data that is not copied at the start.
pub(crate) fn any_names_data(bodies: &[FunctionBody<'_>]) -> Result<bool, Obstacle> {
    any(bodies, names_data)
}

fn any(bodies: &[FunctionBody<'_>], is: fn(&Operator<'_>) -> bool) -> Result<bool, Obstacle> {
    for body in bodies {
        for operator in body.get_operators_reader()? {
            if is(&operator?) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Calls and references through tables. An operator that is missing here names a table that is not
/// there, and the result does not validate.
fn names_table(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::RefFunc { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableSize { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
    )
}

fn names_data(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryInit { .. } | Operator::DataDrop { .. }
    )
}
