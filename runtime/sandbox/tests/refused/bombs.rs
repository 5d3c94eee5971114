//! Components that would take a compiler's time or memory out of all proportion are refused before
//! it sees them.

use evroute_sandbox::{ComponentLimits, ComponentRefusal, TooLarge};
use evroute_tenant::RunLimits;
use wasm_encoder::{
    BlockType, CodeSection, Component, ComponentInstanceSection, ComponentSectionId,
    ComponentTypeRef, Function, FunctionSection, ImportSection, Instruction, Module as CoreModule,
    ModuleSection, NestedComponentSection, RawSection, TypeSection, ValType,
};

use crate::scene::prepared_within;

/// What is said of this component.
fn refusal(component: &[u8], limits: ComponentLimits) -> ComponentRefusal {
    prepared_within(component, RunLimits::default(), limits).unwrap_err()
}

/// The limit that this component exceeds.
fn exceeds(component: &[u8]) -> TooLarge {
    match refusal(component, ComponentLimits::default()) {
        ComponentRefusal::TooLarge(too_large) => too_large,
        other => panic!("{other}"),
    }
}

fn of_module(module: &CoreModule) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// A component with one module of functions without parameters: each has so many locals and this
/// code.
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
    let mut module = CoreModule::new();
    module.section(&types).section(&functions).section(&bodies);
    of_module(&module)
}

/// Components in each other, of which each instantiates the one in it so often.
fn multiplied(times: u32, levels: u32) -> Vec<u8> {
    let mut inner = Component::new();
    for _ in 0..levels {
        let mut instances = ComponentInstanceSection::new();
        for _ in 0..times {
            let no_arguments: [(&str, wasm_encoder::ComponentExportKind, u32); 0] = [];
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

#[test]
fn instances_are_counted_as_often_as_they_are_made() {
    for (times, levels) in [(4, 7), (10, 5), (22, 3), (101, 2), (1000, 3), (10_001, 1)] {
        let refused = exceeds(&multiplied(times, levels)).what;
        assert!(refused.contains("instantiated"), "{refused}");
    }
    // What is passed on might be anything that makes instances.
    let mut imports = wasm_encoder::ComponentImportSection::new();
    imports.import("c", ComponentTypeRef::Component(0));
    let mut component = Component::new();
    component.section(&imports);
    assert!(exceeds(&component.finish()).what.contains("passed on"));
}

#[test]
fn components_lie_in_each_other_to_a_depth() {
    assert!(
        exceeds(&multiplied(0, 8))
            .what
            .contains("inside each other")
    );
    assert!(
        exceeds(&multiplied(1, 2000))
            .what
            .contains("inside each other")
    );
}

/// A loop in a loop, and so on, around a use of each local.
fn loops(depth: u32, locals: u32) -> Vec<Instruction<'static>> {
    let mut code = vec![Instruction::Loop(BlockType::Empty); depth as usize];
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
    let mut code = vec![Instruction::Block(BlockType::Empty); depth as usize];
    let targets: Vec<u32> = (0..depth).collect();
    for _ in 0..tables {
        code.extend([
            Instruction::Block(BlockType::Empty),
            Instruction::LocalGet(0),
            Instruction::BrTable(targets.clone().into(), 0),
            Instruction::End,
        ]);
    }
    code.extend(vec![Instruction::End; depth as usize]);
    code.extend(adds(locals));
    code
}

#[test]
fn the_ways_through_a_function_are_counted_with_what_is_alive_on_them() {
    let deep = of_functions(1, 500, &loops(3000, 500));
    assert!(exceeds(&deep).what.contains("loops inside each other"));
    let flat: Vec<_> = (0..200).flat_map(|_| loops(60, 500)).collect();
    let flat = exceeds(&of_functions(1, 500, &flat));
    assert_eq!(flat.key, Some("component_function_flow_max"), "{flat}");
    for (depth, tables, locals) in [(1900, 250, 200), (1500, 300, 1000)] {
        let tables = exceeds(&of_functions(1, locals, &branches(depth, tables, locals)));
        assert_eq!(tables.key, Some("component_function_flow_max"), "{tables}");
    }
    let blocks = exceeds(&of_functions(1, 1, &branches(3000, 1, 1)));
    assert!(blocks.what.contains("blocks inside each other"), "{blocks}");
    // No function is too much by itself.
    let many = exceeds(&of_functions(2000, 100, &loops(60, 100)));
    assert_eq!(many.key, Some("component_flow_max"), "{many}");
}

/// Calls that pass a thousand values on, of which each takes three bytes.
#[test]
fn the_values_that_calls_pass_are_counted() {
    let mut types = TypeSection::new();
    let wide = || vec![ValType::I32; 1000];
    types.ty().function(wide(), wide());
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut body = Function::new([]);
    for local in 0..1000 {
        body.instruction(&Instruction::LocalGet(local));
    }
    for _ in 0..100_000 {
        body.instruction(&Instruction::Call(0));
    }
    body.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = CoreModule::new();
    module.section(&types).section(&functions).section(&code);
    let refused = exceeds(&of_module(&module));
    assert_eq!(
        refused.key,
        Some("component_function_flow_max"),
        "{refused}"
    );
}

#[test]
fn sizes_and_numbers_are_limited() {
    let code = vec![Instruction::Nop; 2 << 20];
    let long = exceeds(&of_functions(1, 1, &code));
    assert_eq!(long.key, Some("component_function_bytes_max"));
    assert_eq!(long.value, (2 << 20) + 4);
    let many = exceeds(&of_functions(200_000, 0, &[]));
    assert_eq!(many.key, Some("component_functions_max"));
    assert_eq!(many.value, 200_000);
    let locals = exceeds(&of_functions(1, 49_999, &[]));
    assert!(locals.what.contains("locals"), "{locals}");
    let mut types = TypeSection::new();
    for _ in 0..900_000 {
        types.ty().function([], []);
    }
    let mut module = CoreModule::new();
    module.section(&types);
    assert!(exceeds(&of_module(&module)).what.contains("types"));
    let mut imports = ImportSection::new();
    for _ in 0..600_000 {
        imports.import("", "", wasm_encoder::EntityType::Function(0));
    }
    let mut module = CoreModule::new();
    module.section(&imports);
    assert!(exceeds(&of_module(&module)).what.contains("imports"));
    let mut many = Component::new();
    for _ in 0..100_000 {
        many.section(&ModuleSection(&CoreModule::new()));
    }
    assert!(exceeds(&many.finish()).what.contains("modules"));
    let types = RawSection {
        id: ComponentSectionId::Type.into(),
        data: &vec![0; 2 << 20],
    };
    let mut described = Component::new();
    described.section(&types);
    assert!(exceeds(&described.finish()).what.contains("bytes of types"));
    let padded = [of_functions(1, 0, &[]), vec![0; 33 << 20]].concat();
    assert_eq!(exceeds(&padded).key, Some("component_bytes_max"));
}

#[test]
fn what_is_said_names_the_limit_the_value_and_the_key() {
    let two = of_functions(2, 0, &[]);
    let limits = ComponentLimits {
        functions_max: 1,
        ..ComponentLimits::default()
    };
    assert_eq!(
        refusal(&two, limits).to_string(),
        "it is not compiled: it has 2 functions, more than 1, which component_functions_max in [server] sets"
    );
    let limits = ComponentLimits {
        functions_max: 2,
        ..ComponentLimits::default()
    };
    // It handles no event, but that is known only of what was compiled.
    assert!(matches!(
        refusal(&two, limits),
        ComponentRefusal::NoEvents { .. }
    ));
}
