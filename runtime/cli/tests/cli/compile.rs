//! The compiler in a process of its own, as the server starts it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use evroute_compile::{CompileChild, CompileLimits};
use evroute_compile_bombs::of_functions;
use evroute_confine::Isolation;
use evroute_sandbox::{Compile, CompiledCode, CompilerEngine, ComponentRefusal};
use wasm_encoder::Instruction;

fn evroute() -> PathBuf {
    env!("CARGO_BIN_EXE_evroute").into()
}

fn limits() -> CompileLimits {
    CompileLimits {
        // A busy machine must not make a difference.
        seconds_max: 600,
        isolation: Isolation::Required,
        ..CompileLimits::default()
    }
}

fn compiled(
    program: PathBuf,
    limits: CompileLimits,
    component: &[u8],
) -> Result<CompiledCode, ComponentRefusal> {
    let engine = CompilerEngine::new().unwrap();
    let child = CompileChild::new(program, limits);
    child.compile(component, true, &engine.fingerprint())
}

fn why(program: PathBuf, limits: CompileLimits, component: &[u8]) -> String {
    let refusal = compiled(program, limits, component).unwrap_err();
    refusal.to_string()
}

fn small() -> Vec<u8> {
    wat::parse_str("(component (core module (func (export \"f\") (result i32) i32.const 1)))")
        .unwrap()
}

/// Functions in which every value lives to the end: within the limits of shape, and much to do.
fn large(functions: u32) -> Vec<u8> {
    let code: Vec<_> = (0..2000)
        .flat_map(|local| {
            [
                Instruction::LocalGet(local % 200),
                Instruction::I32Const(local.cast_signed()),
                Instruction::I32Add,
                Instruction::LocalTee((local + 1) % 200),
                Instruction::Drop,
            ]
        })
        .collect();
    of_functions(functions, 200, &code)
}

#[test]
fn a_child_compiles_as_this_process_would() {
    let engine = CompilerEngine::new().unwrap();
    let own = engine.compile(&small(), true).unwrap();
    let childs = compiled(evroute(), limits(), &small()).unwrap();
    assert_eq!(own.as_bytes(), childs.as_bytes());
}

#[test]
fn what_is_no_component_is_refused_in_the_compilers_words() {
    let own = CompilerEngine::new()
        .unwrap()
        .compile(b"\0asm\x0d\0\x01\0\xff", true);
    let own = own.unwrap_err().to_string();
    assert_eq!(why(evroute(), limits(), b"\0asm\x0d\0\x01\0\xff"), own);
}

#[test]
fn a_compiler_that_takes_too_long_is_ended_with_the_limit() {
    let at_once = CompileLimits {
        seconds_max: 0,
        ..limits()
    };
    let said = why(evroute(), at_once, &large(50));
    assert!(
        said.contains("more than 0 s, which compile_seconds_max in [server] sets; "),
        "{said}"
    );
}

#[test]
fn a_compiler_that_takes_too_much_memory_ends_with_the_limit() {
    let little = CompileLimits {
        memory_bytes_max: 48 << 20,
        ..limits()
    };
    // It is as large as to be allowed a little more than that.
    let said = why(evroute(), little, &large(100));
    assert!(
        said.contains("MiB, which compile_memory_bytes_max in [server] sets; "),
        "{said}"
    );
}

/// A program that is no compiler, or one that lies.
fn liar(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("liar");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[test]
fn what_is_not_a_whole_answer_of_this_program_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let frame = |kind: &str, length: &str| {
        format!("/bin/cat > /dev/null; printf 'evrcode\\001\\00{kind}\\003{length}'")
    };
    let eight = "\\010\\000\\000\\000\\000\\000\\000\\000";
    let huge = "\\377\\377\\377\\377\\377\\377\\377\\377";
    for (script, said) in [
        ("exit 0".to_owned(), "ended without an answer"),
        (
            "echo nothing; /bin/cat > /dev/null".to_owned(),
            "without an answer",
        ),
        (frame("0", eight), "without an answer"),
        (frame("0", huge), "without an answer"),
        (
            format!("{}; printf 12345678", frame("0", eight)),
            "is another than the one that runs",
        ),
        (
            format!("{}; printf 12345678", frame("1", eight)),
            "12345678",
        ),
        (
            format!("{}; printf 12345678", frame("2", eight)),
            "12345678",
        ),
        ("kill -9 $$".to_owned(), "ended by signal 9"),
        (
            "echo the end >&2; kill -11 $$".to_owned(),
            "the compiler broke: the end",
        ),
    ] {
        let why = why(liar(folder.path(), &script), limits(), &small());
        assert!(why.contains(said), "{script}: {why}");
    }
    let nowhere = why(folder.path().join("nowhere"), limits(), &small());
    assert!(nowhere.contains("cannot be started"), "{nowhere}");
}

#[test]
fn a_child_that_answers_for_ever_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let script = "/bin/cat > /dev/null; while :; do printf evrcode; done";
    let said = why(liar(folder.path(), script), limits(), &small());
    assert!(said.contains("is no answer"), "{said}");
}
