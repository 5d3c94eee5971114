//! Components that would take a compiler's time or memory out of all proportion: for the selftest
//! of a node, and for tests. None does anything.

use wasm_encoder::{
    BlockType, CodeSection, Component, ComponentExportKind, ComponentInstanceSection,
    ComponentSectionId, EntityType, Function, FunctionSection, ImportSection, Instruction, Module,
    ModuleSection, NestedComponentSection, RawSection, RefType, TableSection, TableType,
    TypeSection, ValType,
};

/// A component with one module.
#[must_use]
pub fn of_module(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// One module of functions without parameters: each has so many locals and this code.
#[must_use]
pub fn of_functions(number: u32, locals: u32, code: &[Instruction<'_>]) -> Vec<u8> {
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
#[must_use]
pub fn multiplied(times: u32, levels: u32) -> Vec<u8> {
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

/// So many components in one, side by side.
#[must_use]
pub fn of_components(number: u32) -> Vec<u8> {
    let mut outer = Component::new();
    for _ in 0..number {
        outer.section(&NestedComponentSection(&Component::new()));
    }
    outer.finish()
}

/// So many modules in one component.
#[must_use]
pub fn of_modules(number: u32) -> Vec<u8> {
    let mut outer = Component::new();
    for _ in 0..number {
        outer.section(&ModuleSection(&Module::new()));
    }
    outer.finish()
}

/// A loop in a loop, and so on, around a use of each local.
#[must_use]
pub fn loops(depth: u32, locals: u32) -> Vec<Instruction<'static>> {
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
#[must_use]
pub fn branches(depth: u32, tables: u32, locals: u32) -> Vec<Instruction<'static>> {
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

/// So many types in one module.
#[must_use]
pub fn of_types(number: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    for _ in 0..number {
        types.ty().function([], []);
    }
    let mut module = Module::new();
    module.section(&types);
    of_module(&module)
}

/// So many tables.
#[must_use]
pub fn of_tables(number: u32) -> Vec<u8> {
    let mut tables = TableSection::new();
    for _ in 0..number {
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

/// So many imports.
#[must_use]
pub fn of_imports(number: u32) -> Vec<u8> {
    let mut imports = ImportSection::new();
    for _ in 0..number {
        imports.import("", "", EntityType::Function(0));
    }
    let mut module = Module::new();
    module.section(&imports);
    of_module(&module)
}

/// Descriptions of types: so many bytes, which are none.
#[must_use]
pub fn described(bytes: usize) -> Vec<u8> {
    let data = vec![0; bytes];
    let types = RawSection {
        id: ComponentSectionId::Type.into(),
        data: &data,
    };
    let mut component = Component::new();
    component.section(&types);
    component.finish()
}
