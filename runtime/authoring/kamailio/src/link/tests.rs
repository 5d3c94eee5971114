use super::*;
use crate::code::Code;
use crate::tables::import::LOG;

/// What becomes of a function with this code.
fn linked(code: Code) -> Result<Linked, Error> {
    let definition = Definition {
        callee: None,
        name: None,
        export: Some("x".to_owned()),
        parameters: Vec::new(),
        locals: Vec::new(),
        code,
    };
    link(
        &Runtime::read()?,
        &Blocks {
            definitions: &[definition],
            globals: &BTreeMap::new(),
            files: &[],
        },
        Constants::new(),
        &Declared::default(),
    )
}

/// The names of the functions in a module, one a line.
fn names(module: &[u8]) -> String {
    let text = wasmprinter::print_bytes(module).unwrap();
    let lines = text.lines().filter(|line| !line.contains("(export"));
    let names = lines.filter_map(|line| {
        let (_, rest) = line.split_once("(func $")?;
        rest.split([' ', ')']).next()
    });
    names.collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_linked_that_is_not_called() {
    let mut code = Code::default();
    code.i32_const(0)
        .i32_const(0)
        .i32_const(0)
        .call(LOG)
        .i32_const(0);
    let linked = linked(code).unwrap();
    assert_eq!(names(&linked.module), "log.log\ncabi_realloc\ngrow");
    assert_eq!(
        linked.interfaces.into_iter().collect::<Vec<_>>(),
        ["evroute:log/log@0.1.0"]
    );
}

#[test]
fn what_is_called_brings_what_it_calls() {
    let mut code = Code::default();
    code.i32_const(0).call("to_int").i32_wrap_i64();
    let linked = linked(code).unwrap();
    assert_eq!(
        names(&linked.module),
        "cabi_realloc\ngrow\nparse_int\nto_int"
    );
}

#[test]
fn a_name_that_nothing_has_is_an_error() {
    let mut code = Code::default();
    code.call("frobnicate");
    let error = linked(code).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("frobnicate"), "{error}");
    let mut code = Code::default();
    code.global_get("frobnicate");
    let error = linked(code).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("frobnicate"), "{error}");
}

/// Each function of the runtime, with all that it calls.
#[test]
fn the_whole_runtime_links() {
    let runtime = Runtime::read().unwrap();
    assert!(runtime.functions.len() > 150, "{}", runtime.functions.len());
    for function in runtime.functions.values() {
        let mut code = Code::default();
        code.unreachable().call(function.name).unreachable();
        let linked = linked(code).unwrap_or_else(|error| panic!("{}: {error}", function.name));
        wasmparser::validate(&linked.module)
            .unwrap_or_else(|error| panic!("{}: {error}", function.name));
    }
}
