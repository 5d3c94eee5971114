//! Components that would take a compiler's time or memory out of all proportion. Each is just
//! beyond one limit, as this node has it, or far beyond.

use evroute_sandbox::ComponentLimits;
use wasm_encoder::{
    BlockType, CodeSection, Component, ComponentExportKind, ComponentInstanceSection,
    ComponentSectionId, EntityType, Function, FunctionSection, ImportSection, Instruction, Module,
    ModuleSection, NestedComponentSection, RawSection, RefType, TableSection, TableType,
    TypeSection, ValType,
};

/// The component of this name, against a node with these limits.
pub(crate) fn bomb(name: &str, limits: &ComponentLimits) -> Option<Vec<u8>> {
    let function_bytes = usize::try_from(limits.function_bytes_max).unwrap_or(usize::MAX);
    Some(match name {
        "instances" => multiplied(1000, 3),
        "nesting" => multiplied(0, 8),
        "components" => repeated(|component| {
            component.section(&NestedComponentSection(&Component::new()));
        }),
        "modules" => repeated(|component| {
            component.section(&ModuleSection(&Module::new()));
        }),
        "functions" => of_functions(limits.functions_max.saturating_add(1), 0, &[]),
        "function" => of_functions(1, 1, &vec![Instruction::Nop; function_bytes]),
        "locals" => of_functions(1, 49_999, &[]),
        "blocks" => of_functions(1, 1, &branches(3000, 1, 1)),
        "loops" => of_functions(1, 500, &loops(3000, 500)),
        "branches" => of_functions(1, 200, &branches(1900, 250, 200)),
        "flows" => of_functions(2000, 100, &loops(60, 100)),
        "types" => of_types(),
        "tables" => of_tables(),
        "imports" => of_imports(),
        "description" => described(2 << 20),
        "bytes" => [of_functions(1, 0, &[]), vec![0; limits.bytes_max]].concat(),
        _ => return None,
    })
}

fn of_module(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// One module of functions without parameters: each has so many locals and this code.
fn of_functions(number: u32, locals: u32, code: &[Instruction<'_>]) -> Vec<u8> {
    let (mut types, mut functions, mut bodies) = (
        TypeSection::new(),
        FunctionSection::new(),
        CodeSection::new(),
    );
    types.ty().function([], []);
    let mut body = Function::new([(locals, ValType::I32)]);
    for instruction in code {
        body.instruction(instruction);
    }
    body.instruction(&Instruction::End);
    for _ in 0..number {
        functions.function(0);
        bodies.function(&body);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&bodies);
    of_module(&module)
}

/// Components in each other, of which each instantiates the one in it so often.
fn multiplied(times: u32, levels: u32) -> Vec<u8> {
    let mut inner = Component::new();
    for _ in 0..levels {
        let mut instances = ComponentInstanceSection::new();
        for _ in 0..times {
            let no_arguments: [(&str, ComponentExportKind, u32); 0] = [];
            instances.instantiate(0, no_arguments);
        }
        let mut outer = Component::new();
        outer
            .section(&NestedComponentSection(&inner))
            .section(&instances);
        inner = outer;
    }
    inner.finish()
}

/// A hundred thousand of the same.
fn repeated(mut add: impl FnMut(&mut Component)) -> Vec<u8> {
    let mut component = Component::new();
    for _ in 0..100_000 {
        add(&mut component);
    }
    component.finish()
}

/// A loop in a loop, and so on, around a use of each local.
fn loops(depth: u32, locals: u32) -> Vec<Instruction<'static>> {
    let mut code: Vec<_> = (0..depth)
        .map(|_| Instruction::Loop(BlockType::Empty))
        .collect();
    code.extend(adds(locals));
    for number in 0..depth {
        code.extend([
            Instruction::LocalGet(number % locals),
            Instruction::BrIf(0),
            Instruction::End,
        ]);
    }
    code
}

fn adds(locals: u32) -> impl Iterator<Item = Instruction<'static>> {
    (0..locals).flat_map(|local| {
        [
            Instruction::LocalGet(local),
            Instruction::I32Const(1),
            Instruction::I32Add,
            Instruction::LocalSet(local),
        ]
    })
}

/// Blocks in each other, and tables of branches to all of them.
fn branches(depth: u32, tables: u32, locals: u32) -> Vec<Instruction<'static>> {
    let mut code: Vec<_> = (0..depth)
        .map(|_| Instruction::Block(BlockType::Empty))
        .collect();
    let targets: Vec<u32> = (0..depth).collect();
    for _ in 0..tables {
        code.extend([
            Instruction::Block(BlockType::Empty),
            Instruction::LocalGet(0),
            Instruction::BrTable(targets.clone().into(), 0),
            Instruction::End,
        ]);
    }
    code.extend((0..depth).map(|_| Instruction::End));
    code.extend(adds(locals));
    code
}

fn of_types() -> Vec<u8> {
    let mut types = TypeSection::new();
    for _ in 0..900_000 {
        types.ty().function([], []);
    }
    let mut module = Module::new();
    module.section(&types);
    of_module(&module)
}

fn of_tables() -> Vec<u8> {
    let mut tables = TableSection::new();
    for _ in 0..1000 {
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 0,
            maximum: None,
            shared: false,
        });
    }
    let mut module = Module::new();
    module.section(&tables);
    of_module(&module)
}

fn of_imports() -> Vec<u8> {
    let mut imports = ImportSection::new();
    for _ in 0..600_000 {
        imports.import("", "", EntityType::Function(0));
    }
    let mut module = Module::new();
    module.section(&imports);
    of_module(&module)
}

fn described(bytes: usize) -> Vec<u8> {
    let data = vec![0; bytes];
    let types = RawSection {
        id: ComponentSectionId::Type.into(),
        data: &data,
    };
    let mut component = Component::new();
    component.section(&types);
    component.finish()
}
