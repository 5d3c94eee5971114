//! The parent's part.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::thread::available_parallelism;

use evroute_aot::CompiledCode;
use evroute_confine::Confined;
use evroute_sandbox::{Compile, ComponentRefusal, EngineFingerprint};

use crate::frame::{self, Answer, Frame};
use crate::turns::Turns;
use crate::watchdog::Watchdog;
use crate::{CompileLimits, cpu_time};

/// The most code that is taken of a component: so much, and so many times its own size.
const CODE_BYTES_MAX: usize = 32 << 20;
const CODE_BYTES_FACTOR: usize = 32;
/// How much of what a child says is read; the end of a panic is at its beginning.
const STDERR_BYTES_MAX: u64 = 4096;
/// A component from this size on is compiled by as many threads as there are processors, smaller
/// ones side by side.
const LARGE_BYTES: usize = 256 << 10;

/// Starts a child for each component.
#[derive(Debug)]
pub struct CompileChild {
    program: PathBuf,
    limits: CompileLimits,
    processors: usize,
    turns: Turns,
    reported: Once,
}

impl CompileChild {
    /// Of this program, which is called as `PROGRAM __compile`: the same one as this process, for
    /// its code is believed as this process' own. As many work at the same time as there are
    /// processors.
    #[must_use]
    pub fn new(program: PathBuf, limits: CompileLimits) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            program,
            limits,
            processors,
            turns: Turns::new(processors),
            reported: Once::new(),
        }
    }

    fn start(
        &self,
        limits: &CompileLimits,
        core_modules: bool,
        threads: usize,
    ) -> Result<Child, String> {
        let mut command = Command::new(&self.program);
        command
            .arg("__compile")
            .arg(format!("--seconds={}", limits.seconds_max))
            .arg(format!("--memory-bytes={}", limits.memory_bytes_max))
            .arg(format!("--isolation={}", limits.isolation.as_str()))
            .arg(format!("--threads={threads}"));
        if core_modules {
            command.arg("--core-modules");
        }
        // Nothing of the server's surroundings; and the allocator is not to set a GiB aside before
        // the limit is there.
        command
            .env_clear()
            .env("MIMALLOC_ARENA_RESERVE", "0")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = command.spawn();
        started.map_err(|error| format!("{} cannot be started: {error}", self.program.display()))
    }

    /// Says once what the kernel lacks.
    fn tell(&self, confined: Confined) {
        let lacking = match (confined.landlock, confined.seccomp) {
            (true, true) => return,
            (false, true) => "Landlock",
            (true, false) => "seccomp",
            (false, false) => "Landlock and no seccomp",
        };
        self.reported.call_once(|| {
            tracing::warn!(
                "components are compiled with limits of time and memory only: this kernel has no {lacking}; \
                 compile_isolation = \"required\" in [server] refuses that"
            );
        });
    }
}

impl Compile for CompileChild {
    fn compile(
        &self,
        component: &[u8],
        core_modules: bool,
        engine: &EngineFingerprint,
    ) -> Result<CompiledCode, ComponentRefusal> {
        let broke = ComponentRefusal::CompilerBroke;
        let _turn = self.turns.take();
        let threads = if component.len() < LARGE_BYTES {
            1
        } else {
            self.processors
        };
        let limits = self.limits.for_bytes(component.len());
        let child = self.start(&limits, core_modules, threads).map_err(broke)?;
        let mut ended = Ended::of(child, component, &limits).map_err(broke)?;
        let Some(Frame { answer, confined }) = ended.frame.take() else {
            return Err(ended.why_nothing(&limits));
        };
        self.tell(confined);
        match answer {
            Answer::Code(code) => own_code(code, engine).ok_or_else(|| {
                broke(
                    "the program on disk is another than the one that runs; restart the server"
                        .to_owned(),
                )
            }),
            Answer::Refused(why) | Answer::Fault(why) if is_memory(&why) => {
                Err(too_much_memory(&limits))
            }
            Answer::Refused(why) => Err(ComponentRefusal::NotAComponent(why)),
            Answer::Fault(why) => Err(broke(why)),
        }
    }
}

/// The code, if the compiler's engine is this one.
fn own_code(mut code: Vec<u8>, engine: &EngineFingerprint) -> Option<CompiledCode> {
    let expected = engine.as_bytes();
    if !code.starts_with(expected) {
        return None;
    }
    CompiledCode::of_own_compiler(code.split_off(expected.len()))
}

/// What became of a child.
struct Ended {
    frame: Option<Frame>,
    status: ExitStatus,
    stderr: String,
    is_late: bool,
    /// Whether it was ended for what it wrote.
    is_cut: bool,
}

impl Ended {
    /// Gives a child the component and waits for its end. The error is a sentence.
    fn of(mut child: Child, component: &[u8], limits: &CompileLimits) -> Result<Self, String> {
        let watchdog = match Watchdog::begin(&child, limits.wall()) {
            Ok(watchdog) => watchdog,
            Err(why) => {
                // Not watched, so not waited for.
                let _ = child.kill();
                let _ = child.wait();
                return Err(why);
            }
        };
        let said = child.stderr.take().map(said_by);
        if let Some(mut input) = child.stdin.take() {
            // A child that ended before it had read all has said why, or its status says it.
            let _ = input.write_all(component);
        }
        let most = CODE_BYTES_MAX.saturating_add(component.len().saturating_mul(CODE_BYTES_FACTOR));
        let (mut frame, mut is_cut) = (None, false);
        if let Some(mut output) = child.stdout.take() {
            frame = frame::read(&mut output, most);
            // One that goes on with something else is of no more use.
            is_cut = frame.is_none() && !is_at_end(&mut output);
        }
        if is_cut {
            // It may have ended by now.
            let _ = child.kill();
        }
        cpu_time::count(cpu_time::at_end(&child).unwrap_or_default());
        let status = child
            .wait()
            .map_err(|error| format!("the compiler was lost: {error}"));
        let is_late = watchdog.end();
        let stderr = said.and_then(|said| said.join().ok()).unwrap_or_default();
        Ok(Self {
            frame,
            status: status?,
            stderr,
            is_late,
            is_cut,
        })
    }

    /// Why there is no answer.
    fn why_nothing(&self, limits: &CompileLimits) -> ComponentRefusal {
        let signal = self.status.signal();
        let is_time = self.is_late || signal == Some(libc::SIGXCPU);
        if is_time {
            return ComponentRefusal::TooCostly(format!(
                "compiling it took more than {} s, which compile_seconds_max in [server] sets; make it smaller",
                limits.seconds_max
            ));
        }
        if is_memory(&self.stderr) {
            return too_much_memory(limits);
        }
        if self.is_cut {
            return ComponentRefusal::CompilerBroke(
                "what the compiler wrote is no answer".to_owned(),
            );
        }
        let first = self.stderr.lines().find(|line| !line.trim().is_empty());
        ComponentRefusal::CompilerBroke(match (signal, first) {
            (_, Some(line)) => format!("the compiler broke: {line}"),
            (Some(signal), None) => format!("the compiler was ended by signal {signal}"),
            (None, None) => "the compiler ended without an answer".to_owned(),
        })
    }
}

/// Whether nothing more comes. Waits until that is known.
fn is_at_end(output: &mut impl Read) -> bool {
    matches!(output.read(&mut [0]), Ok(0) | Err(_))
}

fn too_much_memory(limits: &CompileLimits) -> ComponentRefusal {
    ComponentRefusal::TooCostly(format!(
        "compiling it took more than {} MiB, which compile_memory_bytes_max in [server] sets; make it smaller",
        limits.memory_bytes_max >> 20
    ))
}

/// Whether a sentence of Rust's allocator, of its library or of the system says that memory ran
/// out.
fn is_memory(sentence: &str) -> bool {
    sentence.contains("memory allocation of")
        || sentence.contains("os error 12")
        || sentence.ends_with("out of memory")
}

/// Reads what a child says beside its answer, in a thread of its own so that neither waits.
fn said_by(mut stderr: ChildStderr) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let begun = (&mut stderr).take(STDERR_BYTES_MAX).read_to_end(&mut said);
        // The rest is read so that the child is not held up by it.
        let _ = begun.and_then(|_| std::io::copy(&mut stderr, &mut std::io::sink()));
        String::from_utf8_lossy(&said).into_owned()
    })
}
