//! The body of one function, with counters.

use wasm_encoder::{Encode, Instruction, MemArg, ValType};
use wasmparser::{BinaryReaderError, FunctionBody, Operator};

use crate::edge::{Compared, Edge, Turn};
use crate::ring::Ring;

/// Where the counters of a module are.
pub(crate) struct Counting<'a> {
    /// The module's number in its component.
    pub(crate) module: u32,
    /// The index of the memory of counters.
    pub(crate) memory: u32,
    /// What its counters count so far.
    pub(crate) edges: &'a mut Vec<Edge>,
    /// Where operands of comparisons are noted, when they are.
    pub(crate) tracing: Option<Tracing<'a>>,
}

/// Where operands of comparisons are noted.
pub(crate) struct Tracing<'a> {
    /// The ring behind the counters.
    pub(crate) ring: Ring,
    /// Which comparisons there are so far.
    pub(crate) compared: &'a mut Vec<Compared>,
}

/// What is counted in one function.
struct Function<'a, 'b> {
    counting: &'b mut Counting<'a>,
    function: u32,
    /// The first of the locals that the original does not have: two of `i32`, and with tracing two
    /// more and two of `i64`.
    local: u32,
    code: Vec<u8>,
}

impl Counting<'_> {
    /// The body with counters; every other operator is copied byte by byte.
    pub(crate) fn rewrite(
        &mut self,
        wasm: &[u8],
        body: &FunctionBody<'_>,
        (function, parameters): (u32, u32),
    ) -> Result<Vec<u8>, BinaryReaderError> {
        let mut locals = body.get_locals_reader()?;
        let groups = locals.get_count();
        let begin = locals.original_position();
        let mut count = parameters;
        for _ in 0..groups {
            let (more, _) = locals.read()?;
            count = count.saturating_add(more);
        }
        let end = locals.original_position();
        let mut code = Vec::with_capacity(body.range().len() * 2);
        let own: &[(u32, ValType)] = match self.tracing {
            None => &[(2, ValType::I32)],
            Some(_) => &[(4, ValType::I32), (2, ValType::I64)],
        };
        let more = u32::try_from(own.len()).unwrap_or_default();
        groups.saturating_add(more).encode(&mut code);
        code.extend_from_slice(wasm.get(begin..end).unwrap_or_default());
        for (count, ty) in own {
            count.encode(&mut code);
            ty.encode(&mut code);
        }
        let mut rewritten = Function {
            counting: self,
            function,
            local: count,
            code,
        };
        rewritten.count(0, Turn::Entered);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let at = operators.original_position();
            let operator = operators.read()?;
            let raw = wasm.get(at..operators.original_position());
            let offset = at.saturating_sub(body.range().start);
            let offset = u32::try_from(offset).unwrap_or(u32::MAX);
            rewritten.before(&operator, offset)?;
            rewritten.code.extend_from_slice(raw.unwrap_or_default());
            if matches!(operator, Operator::Loop { .. }) {
                rewritten.count(offset, Turn::Looped);
            }
        }
        Ok(rewritten.code)
    }
}

impl Function<'_, '_> {
    fn before(&mut self, operator: &Operator<'_>, offset: u32) -> Result<(), BinaryReaderError> {
        match operator {
            Operator::If { .. } | Operator::BrIf { .. } => {
                let first = self.edge(offset, Turn::Taken);
                self.edge(offset, Turn::NotTaken);
                self.put(&Instruction::LocalTee(self.local));
                self.put(&Instruction::LocalGet(self.local));
                self.put(&Instruction::I32Eqz);
                self.add_at_top(first);
            }
            Operator::BrTable { targets } => {
                let last = targets.len();
                let first = self.edge(offset, Turn::Target(0));
                for target in 1..=last {
                    self.edge(offset, Turn::Target(target));
                }
                let last = i32::from_le_bytes(last.to_le_bytes());
                self.put(&Instruction::LocalTee(self.local));
                self.put(&Instruction::LocalGet(self.local));
                self.put(&Instruction::I32Const(last));
                self.put(&Instruction::LocalGet(self.local));
                self.put(&Instruction::I32Const(last));
                self.put(&Instruction::I32LtU);
                self.put(&Instruction::Select);
                self.add_at_top(first);
            }
            Operator::I32Eq
            | Operator::I32Ne
            | Operator::I32LtS
            | Operator::I32LtU
            | Operator::I32GtS
            | Operator::I32GtU
            | Operator::I32LeS
            | Operator::I32LeU
            | Operator::I32GeS
            | Operator::I32GeU => self.note(offset, ValType::I32),
            Operator::I64Eq
            | Operator::I64Ne
            | Operator::I64LtS
            | Operator::I64LtU
            | Operator::I64GtS
            | Operator::I64GtU
            | Operator::I64LeS
            | Operator::I64LeU
            | Operator::I64GeS
            | Operator::I64GeU => self.note(offset, ValType::I64),
            _ => {}
        }
        Ok(())
    }

    /// Adds one to a counter.
    fn count(&mut self, offset: u32, turn: Turn) {
        let counter = self.edge(offset, turn);
        self.put(&Instruction::I32Const(0));
        self.add_at_top(counter);
    }

    /// Adds one to the counter that lies as far behind `first` as the top of the stack says, and
    /// takes that away. A counter that was full stays: a way that is taken 256 times must not look
    /// like one that is not taken.
    fn add_at_top(&mut self, first: u32) {
        let place = MemArg {
            offset: u64::from(first),
            align: 0,
            memory_index: self.counting.memory,
        };
        let address = self.local.saturating_add(1);
        self.put(&Instruction::LocalTee(address));
        self.put(&Instruction::LocalGet(address));
        self.put(&Instruction::I32Load8U(place));
        self.put(&Instruction::I32Const(1));
        self.put(&Instruction::I32Add);
        // 256 becomes 255: the ninth bit is taken from the sum.
        self.put(&Instruction::LocalGet(address));
        self.put(&Instruction::I32Load8U(place));
        self.put(&Instruction::I32Const(255));
        self.put(&Instruction::I32Eq);
        self.put(&Instruction::I32Sub);
        self.put(&Instruction::I32Store8(place));
    }

    /// Notes the two numbers at the top of the stack, and leaves them there.
    fn note(&mut self, offset: u32, ty: ValType) {
        let memory = self.counting.memory;
        let Some(tracing) = &mut self.counting.tracing else {
            return;
        };
        let site = i32::try_from(tracing.compared.len()).unwrap_or(i32::MAX);
        tracing.compared.push(Compared {
            module: self.counting.module,
            function: self.function,
            offset,
        });
        let ring = tracing.ring;
        let (number, place) = (self.local + 2, self.local + 3);
        let (first, second) = match ty {
            ValType::I32 => (self.local, self.local + 1),
            _ => (self.local + 4, self.local + 5),
        };
        let at = |offset: u64, align| MemArg {
            offset,
            align,
            memory_index: memory,
        };
        self.put(&Instruction::LocalSet(second));
        self.put(&Instruction::LocalTee(first));
        self.put(&Instruction::LocalGet(second));
        self.put(&Instruction::I32Const(0));
        self.put(&Instruction::I32Load(at(ring.written(), 2)));
        self.put(&Instruction::LocalTee(number));
        self.put(&Instruction::I32Const(Ring::MASK));
        self.put(&Instruction::I32And);
        self.put(&Instruction::I32Const(Ring::ENTRY));
        self.put(&Instruction::I32Mul);
        self.put(&Instruction::LocalTee(place));
        self.put(&Instruction::I32Const(site));
        self.put(&Instruction::I32Store(at(ring.site(), 2)));
        for (operand, offset) in [(first, ring.first()), (second, ring.second())] {
            self.put(&Instruction::LocalGet(place));
            self.put(&Instruction::LocalGet(operand));
            if ty == ValType::I32 {
                self.put(&Instruction::I64ExtendI32U);
            }
            self.put(&Instruction::I64Store(at(offset, 3)));
        }
        self.put(&Instruction::I32Const(0));
        self.put(&Instruction::LocalGet(number));
        self.put(&Instruction::I32Const(1));
        self.put(&Instruction::I32Add);
        self.put(&Instruction::I32Store(at(ring.written(), 2)));
    }

    fn edge(&mut self, offset: u32, turn: Turn) -> u32 {
        let edges = &mut self.counting.edges;
        let number = u32::try_from(edges.len()).unwrap_or(u32::MAX);
        edges.push(Edge {
            module: self.counting.module,
            function: self.function,
            offset,
            turn,
        });
        number
    }

    fn put(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }
}
