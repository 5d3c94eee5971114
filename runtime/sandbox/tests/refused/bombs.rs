//! Components that would take a compiler's time or memory out of all proportion are refused before
//! it sees them.

use evroute_compile_bombs::{
    branches, described, loops, multiplied, of_functions, of_imports, of_module, of_modules,
    of_types,
};
use evroute_sandbox::{ComponentLimits, ComponentRefusal, TooLarge};
use evroute_tenant::RunLimits;
use wasm_encoder::{
    CodeSection, Component, ComponentTypeRef, Function, FunctionSection, Instruction,
    Module as CoreModule, TypeSection, ValType,
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
    assert!(exceeds(&of_types(900_000)).what.contains("types"));
    assert!(exceeds(&of_imports(600_000)).what.contains("imports"));
    assert!(exceeds(&of_modules(100_000)).what.contains("modules"));
    assert!(exceeds(&described(2 << 20)).what.contains("bytes of types"));
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
