//! The ways through one function.

use wasmparser::{BlockType, FunctionBody, Operator};

use super::functions::Functions;
use super::{Unfit, fixed, wide};
use crate::ComponentLimits;

/// What is counted in one function; used for one after the other, so that nothing is allocated for
/// each.
///
/// A compiler makes a value of every local that is used, and of what a block takes and gives, for
/// every way that leads into a block; what is alive around a loop stays so on all ways in it. The
/// product is what its time and memory grow with.
#[derive(Default)]
pub(super) struct Flow {
    /// By local: the number of the last function that used it.
    used_in: Vec<u32>,
    function: u32,
    /// The locals that this function uses.
    used: u64,
    /// The most values that a block of it takes and gives.
    width: u64,
    /// The ways that lead into its blocks, each as often as there are loops around it and once
    /// more.
    ways: u64,
    /// The values that its calls pass.
    passed: u64,
    /// The blocks that are open: whether each is a loop.
    open: Vec<bool>,
    loops: u64,
    nesting: u64,
    loops_nesting: u64,
}

/// What WebAssembly allows: more is refused by the compiler.
const LOCALS_MAX: usize = 51_000;

impl Flow {
    /// How deep its blocks lie in each other.
    pub(super) fn nesting(&self) -> u64 {
        self.nesting
    }

    /// How deep its loops do.
    pub(super) fn loops_nesting(&self) -> u64 {
        self.loops_nesting
    }

    /// The values on all ways through a function.
    pub(super) fn measure(
        &mut self,
        body: &FunctionBody<'_>,
        functions: &Functions,
    ) -> Result<u64, Unfit> {
        self.begin();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            self.operator(&operator, functions)?;
        }
        let each = self.used.saturating_add(self.width);
        Ok(each.saturating_mul(self.ways).saturating_add(self.passed))
    }

    fn begin(&mut self) {
        self.function = self.function.wrapping_add(1);
        (self.used, self.width, self.ways, self.passed) = (0, 0, 0, 0);
        (self.loops, self.nesting, self.loops_nesting) = (0, 0, 0);
        self.open.clear();
    }

    fn operator(&mut self, operator: &Operator<'_>, functions: &Functions) -> Result<(), Unfit> {
        match operator {
            Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } => self.local(*local_index),
            Operator::Block { blockty } | Operator::If { blockty } | Operator::Try { blockty } => {
                return self.block(*blockty, false, functions);
            }
            Operator::TryTable { try_table } => {
                self.ways(wide(try_table.catches.len()));
                return self.block(try_table.ty, false, functions);
            }
            Operator::Loop { blockty } => return self.block(*blockty, true, functions),
            Operator::End => self.end(),
            Operator::Else
            | Operator::Catch { .. }
            | Operator::CatchAll
            | Operator::Delegate { .. }
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrOnNull { .. }
            | Operator::BrOnNonNull { .. }
            | Operator::BrOnCast { .. }
            | Operator::BrOnCastFail { .. } => self.ways(1),
            Operator::BrTable { targets } => self.ways(u64::from(targets.len()) + 1),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.pass(functions.width_of(*function_index));
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => self.pass(functions.width(*type_index)),
            _ => {}
        }
        Ok(())
    }

    fn local(&mut self, local: u32) {
        let Ok(local) = usize::try_from(local) else {
            return;
        };
        if local >= LOCALS_MAX {
            return;
        }
        if local >= self.used_in.len() {
            self.used_in.resize(local + 1, 0);
        }
        if let Some(used_in) = self
            .used_in
            .get_mut(local)
            .filter(|of| **of != self.function)
        {
            *used_in = self.function;
            self.used += 1;
        }
    }

    fn block(&mut self, ty: BlockType, is_loop: bool, functions: &Functions) -> Result<(), Unfit> {
        self.open.push(is_loop);
        self.loops += u64::from(is_loop);
        self.nesting = self.nesting.max(wide(self.open.len()));
        self.loops_nesting = self.loops_nesting.max(self.loops);
        fixed(
            "blocks inside each other in one function",
            self.nesting,
            ComponentLimits::BLOCK_NESTING_MAX,
        )?;
        fixed(
            "loops inside each other in one function",
            self.loops_nesting,
            ComponentLimits::LOOP_NESTING_MAX,
        )?;
        let width = match ty {
            BlockType::Empty => 0,
            BlockType::Type(_) => 1,
            BlockType::FuncType(ty) => functions.width(ty),
        };
        self.width = self.width.max(width);
        self.ways(1);
        Ok(())
    }

    fn end(&mut self) {
        let is_loop = self.open.pop().unwrap_or(false);
        self.loops = self.loops.saturating_sub(is_loop.into());
    }

    fn ways(&mut self, more: u64) {
        let more = more.saturating_mul(self.loops.saturating_add(1));
        self.ways = self.ways.saturating_add(more);
    }

    fn pass(&mut self, values: u64) {
        self.passed = self.passed.saturating_add(values);
    }
}
