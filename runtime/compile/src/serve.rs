//! The child's part.

use std::io::{Read, Write};

use evroute_confine::{Confined, confine};
use evroute_sandbox::{CompilerEngine, ComponentRefusal};

use crate::CompileLimits;
use crate::frame::{self, Answer, Frame};

/// Compiles one component: shuts this process in, reads it from `input` and writes the answer to
/// `output`. With `core_modules` its core modules are compiled by themselves as well. The error is
/// one sentence, where not even that can be written.
///
/// # Errors
/// Whoever started this process does not read any more.
pub fn serve(
    limits: &CompileLimits,
    core_modules: bool,
    threads: usize,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), String> {
    let nothing = Confined {
        landlock: false,
        seccomp: false,
    };
    // Wasmtime's own pool, which it would make when it compiles for the first time.
    let pool = || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
        let pool = pool.build_global();
        pool.map_err(|error| format!("the compiler could not limit its threads: {error}"))
    };
    let (answer, confined) = match confine(&limits.confinement(), pool) {
        Ok((confined, ())) => (compiled(core_modules, input), confined),
        Err(why) => (Answer::Fault(why.to_string()), nothing),
    };
    let frame = Frame { answer, confined };
    frame::write(output, &frame).map_err(|error| format!("nobody reads what was compiled: {error}"))
}

fn compiled(core_modules: bool, input: &mut impl Read) -> Answer {
    let engine = match CompilerEngine::new() {
        Ok(engine) => engine,
        Err(why) => return Answer::Fault(why.to_string()),
    };
    let mut component = Vec::new();
    if let Err(error) = input.read_to_end(&mut component) {
        return Answer::Fault(format!("the component could not be read: {error}"));
    }
    match engine.compile(&component, core_modules) {
        Ok(code) => Answer::Code([engine.fingerprint().as_bytes(), code.as_bytes()].concat()),
        Err(ComponentRefusal::NotAComponent(why)) => Answer::Refused(why),
        Err(other) => Answer::Fault(other.to_string()),
    }
}
