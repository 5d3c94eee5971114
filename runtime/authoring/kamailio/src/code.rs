//! Code before it is linked: instructions in which functions and globals have names instead of
//! numbers. The linker knows the numbers (`link`).

use evroute_contract::Function;
use wasm_encoder::{BlockType, Instruction as Plain, MemArg, ValType};

use crate::limits::INSTRUCTIONS_MAX;
use crate::span::Span;

/// What a call leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Callee {
    /// A function of `runtime/*.wat`.
    Runtime(&'static str),
    /// A function of the server: its interface, and its name there.
    Server {
        interface: &'static str,
        name: &'static str,
    },
    /// The block of an event, by its place among those that are wanted.
    Block(usize),
    /// A route that a block calls, by the order in which they were met.
    Route(usize),
}

impl From<&'static str> for Callee {
    fn from(name: &'static str) -> Self {
        Self::Runtime(name)
    }
}

impl From<&Function> for Callee {
    fn from(function: &Function) -> Self {
        Self::Server {
            interface: function.interface,
            name: function.name,
        }
    }
}

/// A variable that outlives a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Global {
    /// One of `runtime/*.wat`.
    Runtime(&'static str),
    /// The code of the answer that a run decides for; 0 for none.
    Answer,
    /// A variable of the configuration, by the order in which they were met: its cell.
    Private(usize),
    /// The reason phrase of that answer: its address.
    Reason,
    /// How long it is.
    ReasonLength,
    /// The body of an answer of HTTP: its address.
    ReplyBody,
    /// How long it is.
    ReplyBodyLength,
    /// 1 where the connection is closed behind it.
    ReplyCloses,
    /// 1 where the connection becomes a WebSocket.
    Upgrades,
}

impl From<&'static str> for Global {
    fn from(name: &'static str) -> Self {
        Self::Runtime(name)
    }
}

/// A parameter or a local variable of a function, by its number there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Local(pub(crate) u32);

/// Where a branch may lead: a block that is open, by how many are open outside of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Label(u32);

/// One instruction.
#[derive(Clone, Debug)]
pub(crate) enum Instruction {
    Call(Callee),
    GlobalGet(Global),
    GlobalSet(Global),
    /// One that names neither.
    Plain(Plain<'static>),
}

/// One function.
#[derive(Debug)]
pub(crate) struct Definition {
    /// What it is called by; nothing calls what is exported.
    pub(crate) callee: Option<Callee>,
    /// What the log calls it, where a run fails in it.
    pub(crate) name: Option<String>,
    /// The name under which the server finds it.
    pub(crate) export: Option<String>,
    pub(crate) parameters: Vec<ValType>,
    /// The local variables behind the parameters. All functions return 32 bits.
    pub(crate) locals: Vec<ValType>,
    pub(crate) code: Code,
}

/// Instructions in order.
#[derive(Debug, Default)]
pub(crate) struct Code {
    instructions: Vec<Instruction>,
    /// From which instruction on the code is of which place.
    places: Vec<(usize, Span)>,
    /// How many blocks are open.
    depth: u32,
}

/// Methods for instructions that take nothing.
macro_rules! plain {
    ($($method:ident: $instruction:ident,)*) => {
        $(pub(crate) fn $method(&mut self) -> &mut Self {
            self.plain(Plain::$instruction)
        })*
    };
}

impl Code {
    pub(crate) fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// What comes from here on is of this place.
    pub(crate) fn at(&mut self, place: Span) {
        self.places.push((self.instructions.len(), place));
    }

    /// The instructions, each with the place of the source that it begins to be of.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (&Instruction, Option<Span>)> {
        let mut places = self.places.iter().peekable();
        self.instructions
            .iter()
            .enumerate()
            .map(move |(number, instruction)| {
                let mut begins = None;
                // The last one counts: a statement may begin where another has made no code.
                while let Some((_, place)) = places.next_if(|(at, _)| *at <= number) {
                    begins = Some(*place);
                }
                (instruction, begins)
            })
    }

    /// How many instructions there are.
    pub(crate) fn len(&self) -> usize {
        self.instructions.len()
    }

    /// Adds an instruction, unless there are too many: `Lowering` says so.
    fn push(&mut self, instruction: Instruction) -> &mut Self {
        if self.instructions.len() < INSTRUCTIONS_MAX {
            self.instructions.push(instruction);
        }
        self
    }

    /// An instruction that names no function and no global, and opens and closes no block.
    pub(crate) fn plain(&mut self, instruction: Plain<'static>) -> &mut Self {
        self.push(Instruction::Plain(instruction))
    }

    pub(crate) fn call(&mut self, callee: impl Into<Callee>) -> &mut Self {
        self.push(Instruction::Call(callee.into()))
    }

    pub(crate) fn global_get(&mut self, global: impl Into<Global>) -> &mut Self {
        self.push(Instruction::GlobalGet(global.into()))
    }

    pub(crate) fn global_set(&mut self, global: impl Into<Global>) -> &mut Self {
        self.push(Instruction::GlobalSet(global.into()))
    }

    pub(crate) fn local_get(&mut self, local: Local) -> &mut Self {
        self.plain(Plain::LocalGet(local.0))
    }

    pub(crate) fn local_set(&mut self, local: Local) -> &mut Self {
        self.plain(Plain::LocalSet(local.0))
    }

    pub(crate) fn local_tee(&mut self, local: Local) -> &mut Self {
        self.plain(Plain::LocalTee(local.0))
    }

    pub(crate) fn i32_const(&mut self, number: i32) -> &mut Self {
        self.plain(Plain::I32Const(number))
    }

    /// An address, a length or a set of bits.
    pub(crate) fn u32_const(&mut self, number: u32) -> &mut Self {
        self.i32_const(number.cast_signed())
    }

    /// How many, or how long: nothing in 32 bits of memory is more.
    pub(crate) fn count_const(&mut self, count: usize) -> &mut Self {
        self.u32_const(u32::try_from(count).unwrap_or(u32::MAX))
    }

    pub(crate) fn i64_const(&mut self, number: i64) -> &mut Self {
        self.plain(Plain::I64Const(number))
    }

    pub(crate) fn i32_load(&mut self, offset: u32) -> &mut Self {
        self.plain(Plain::I32Load(memory(offset, 2)))
    }

    pub(crate) fn i32_load8_u(&mut self, offset: u32) -> &mut Self {
        self.plain(Plain::I32Load8U(memory(offset, 0)))
    }

    pub(crate) fn i64_load(&mut self, offset: u32) -> &mut Self {
        self.plain(Plain::I64Load(memory(offset, 3)))
    }

    pub(crate) fn i32_store(&mut self, offset: u32) -> &mut Self {
        self.plain(Plain::I32Store(memory(offset, 2)))
    }

    pub(crate) fn i32_store8(&mut self, offset: u32) -> &mut Self {
        self.plain(Plain::I32Store8(memory(offset, 0)))
    }

    pub(crate) fn i32_store16(&mut self, offset: u32) -> &mut Self {
        self.plain(Plain::I32Store16(memory(offset, 1)))
    }

    fn open(&mut self, instruction: Plain<'static>) -> Label {
        self.plain(instruction);
        self.depth += 1;
        Label(self.depth)
    }

    /// Opens a block: a branch to its label leads behind its end.
    pub(crate) fn block(&mut self) -> Label {
        self.open(Plain::Block(BlockType::Empty))
    }

    /// Opens a loop: a branch to its label leads to its beginning.
    pub(crate) fn loop_(&mut self) -> Label {
        self.open(Plain::Loop(BlockType::Empty))
    }

    pub(crate) fn if_(&mut self) -> &mut Self {
        self.open(Plain::If(BlockType::Empty));
        self
    }

    /// An `if` whose branches leave a value.
    pub(crate) fn if_result(&mut self, ty: ValType) -> &mut Self {
        self.open(Plain::If(BlockType::Result(ty)));
        self
    }

    /// Closes what was opened last.
    pub(crate) fn end(&mut self) -> &mut Self {
        self.depth = self.depth.saturating_sub(1);
        self.plain(Plain::End)
    }

    pub(crate) fn br(&mut self, label: Label) -> &mut Self {
        self.plain(Plain::Br(self.depth.saturating_sub(label.0)))
    }

    pub(crate) fn br_if(&mut self, label: Label) -> &mut Self {
        self.plain(Plain::BrIf(self.depth.saturating_sub(label.0)))
    }

    plain! {
        unreachable: Unreachable,
        return_: Return,
        else_: Else,
        drop: Drop,
        select: Select,
        i32_add: I32Add,
        i32_and: I32And,
        i32_or: I32Or,
        i32_eqz: I32Eqz,
        i32_eq: I32Eq,
        i32_ne: I32Ne,
        i32_gt_s: I32GtS,
        i32_wrap_i64: I32WrapI64,
        i64_add: I64Add,
        i64_sub: I64Sub,
        i64_xor: I64Xor,
        i64_eqz: I64Eqz,
        i64_eq: I64Eq,
        i64_gt_s: I64GtS,
        i64_gt_u: I64GtU,
        i64_lt_u: I64LtU,
        i64_extend_i32_s: I64ExtendI32S,
        i64_extend_i32_u: I64ExtendI32U,
    }
}

/// A place in the only memory, aligned to this power of two.
fn memory(offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align,
        memory_index: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the code, as far as it names nothing.
    fn plain(code: &Code) -> Vec<String> {
        let plain = code.instructions().iter().map(|one| match one {
            Instruction::Plain(plain) => format!("{plain:?}"),
            Instruction::Call(_) | Instruction::GlobalGet(_) | Instruction::GlobalSet(_) => {
                String::new()
            }
        });
        plain.collect()
    }

    #[test]
    fn a_branch_counts_the_blocks_that_it_leaves() {
        let mut code = Code::default();
        let out = code.block();
        let next = code.loop_();
        code.i32_const(1).br_if(out).i32_const(1).if_();
        code.br(out).end().br(next).end().end();
        let branches = plain(&code);
        let branches: Vec<_> = branches
            .iter()
            .filter(|one| one.starts_with("Br"))
            .collect();
        assert_eq!(branches, ["BrIf(1)", "Br(2)", "Br(0)"]);
    }

    #[test]
    fn an_address_is_a_number_with_the_same_bits() {
        let mut code = Code::default();
        code.u32_const(u32::MAX).u32_const(16);
        assert_eq!(plain(&code), ["I32Const(-1)", "I32Const(16)"]);
    }
}
