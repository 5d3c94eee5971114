//! A compiler that a component has taken over: what ends it, and what is said of the component. It
//! does what it does where the component is read, in the child as the server starts it, behind the
//! walls that it has put up itself. This program is both the server and the compiler.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that brings its own main, which clippy takes for a program"
)]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use evroute_compile::{CompileChild, CompileLimits, serve};
use evroute_confine::Isolation;
use evroute_sandbox::{Compile, CompilerEngine};

/// One way to misuse a compiler.
struct Bomb {
    /// The test, and the program that does it.
    name: &'static str,
    /// What it does. What it is refused is its error.
    deed: fn() -> io::Result<()>,
    /// Which limit ends it.
    limit: Limit,
}

/// What ends a compiler, and with which words.
enum Limit {
    /// `compile_memory_bytes_max`.
    Memory,
    /// `compile_seconds_max` on the processor's clock; the parent's never strikes here.
    ProcessorTime,
    /// The same on the parent's clock; the processor's never strikes here.
    WallTime,
    /// A system call is refused.
    SystemCall,
    /// What it writes is no answer.
    Answer,
}

/// Who started this compiler; it cannot be asked for behind the walls.
static PARENT: AtomicI32 = AtomicI32::new(0);

const MEMORY_BYTES: u64 = 96 << 20;

const BOMBS: &[Bomb] = &[
    Bomb {
        name: "memory_is_taken_without_end",
        deed: take_memory,
        limit: Limit::Memory,
    },
    Bomb {
        name: "more_memory_than_there_is_is_asked_for_at_once",
        deed: || Ok(Vec::<u8>::new().try_reserve_exact(1 << 40)?),
        limit: Limit::Memory,
    },
    Bomb {
        name: "a_processor_is_kept_busy",
        deed: || loop {
            std::hint::spin_loop();
        },
        limit: Limit::ProcessorTime,
    },
    Bomb {
        name: "nothing_is_done_for_ever",
        deed: || loop {
            thread::park();
        },
        limit: Limit::WallTime,
    },
    Bomb {
        name: "an_answer_has_no_end",
        deed: || write_for_ever(&mut io::stdout()),
        limit: Limit::Answer,
    },
    Bomb {
        name: "a_file_is_read",
        deed: || File::open("/proc/self/status").map(drop),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_folder_is_listed",
        deed: || fs::read_dir("/").map(drop),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_file_is_written",
        deed: || fs::write("/tmp/taken-over", "x"),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "descriptors_are_made",
        deed: || rustix::io::dup(io::stdin()).map(drop).map_err(Into::into),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_program_is_started",
        deed: || Command::new("/bin/true").status().map(drop),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_thread_is_started",
        deed: || thread::Builder::new().spawn(|| ()).map(drop),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_port_is_listened_on",
        deed: || TcpListener::bind("127.0.0.1:0").map(drop),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_connection_is_made",
        deed: || TcpStream::connect("127.0.0.1:9").map(drop),
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "a_datagram_is_sent",
        deed: || {
            UdpSocket::bind("127.0.0.1:0")?
                .send_to(b"x", "127.0.0.1:9")
                .map(drop)
        },
        limit: Limit::SystemCall,
    },
    Bomb {
        name: "the_parent_is_signalled",
        deed: || {
            let parent = PARENT.load(Ordering::Relaxed);
            let parent = rustix::process::Pid::from_raw(parent).unwrap();
            rustix::process::test_kill_process(parent).map_err(Into::into)
        },
        limit: Limit::SystemCall,
    },
];

fn take_memory() -> io::Result<()> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    while all.len() < 1000 {
        all.push(vec![1; 1 << 20]);
    }
    Ok(())
}

fn write_for_ever(to: &mut impl Write) -> io::Result<()> {
    loop {
        to.write_all(b"evrcode")?;
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_some_and(|word| word == "__compile") {
        return compile(&words);
    }
    let is_ignored = words.iter().any(|word| word == "--ignored");
    let is_list = words.iter().any(|word| word == "--list");
    for bomb in BOMBS.iter().filter(|_| !is_ignored) {
        if is_list {
            println!("{}: test", bomb.name);
        } else if !words.iter().any(|word| word == "--exact")
            || words.contains(&bomb.name.to_owned())
        {
            bomb.goes_off();
        }
    }
    ExitCode::SUCCESS
}

impl Bomb {
    /// Has the server's part compile something by a program of this name.
    fn goes_off(&self) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(self.name);
        std::os::unix::fs::symlink(std::env::current_exe().unwrap(), &program).unwrap();
        let said = refusal(program, self.limit.of_parent());
        assert!(said.contains(self.limit.words()), "{}: {said}", self.name);
    }
}

fn refusal(program: PathBuf, limits: CompileLimits) -> String {
    let child = CompileChild::new(program, limits);
    let engine = CompilerEngine::new().unwrap();
    let refused = child.compile(b"component", false, &engine.fingerprint());
    refused.unwrap_err().to_string()
}

impl Limit {
    /// The limits that the parent has, and tells the child.
    fn of_parent(&self) -> CompileLimits {
        CompileLimits {
            seconds_max: match self {
                Self::WallTime => 1,
                // A busy machine must not make a difference.
                Self::Memory | Self::ProcessorTime | Self::SystemCall | Self::Answer => 600,
            },
            memory_bytes_max: MEMORY_BYTES,
            isolation: Isolation::Required,
        }
    }

    /// What the child sets itself of these.
    fn of_child(&self, told: CompileLimits) -> CompileLimits {
        match self {
            // Both clocks run for the same time; here the parent's must not be the first.
            Self::ProcessorTime => CompileLimits {
                seconds_max: 1,
                ..told
            },
            // A child that waits takes no processor time, whatever its limit.
            Self::WallTime | Self::Memory | Self::SystemCall | Self::Answer => told,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Memory => {
                "it is not compiled: compiling it took more than 96 MiB, which compile_memory_bytes_max in [server] sets; make it smaller"
            }
            Self::ProcessorTime => {
                "it is not compiled: compiling it took more than 600 s, which compile_seconds_max in [server] sets; make it smaller"
            }
            Self::WallTime => {
                "it is not compiled: compiling it took more than 1 s, which compile_seconds_max in [server] sets; make it smaller"
            }
            Self::SystemCall => {
                "it could not be compiled, whatever it is: the component could not be read: Operation not permitted (os error 1)"
            }
            Self::Answer => {
                "it could not be compiled, whatever it is: what the compiler wrote is no answer"
            }
        }
    }
}

/// A component whose bytes do something as they are read.
struct TakenOver(fn() -> io::Result<()>);

impl Read for TakenOver {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        (self.0)().map(|()| 0)
    }
}

/// The child, as the command has it, but for its input.
fn compile(words: &[String]) -> ExitCode {
    let parent = std::os::unix::process::parent_id();
    PARENT.store(parent.cast_signed(), Ordering::Relaxed);
    let name = Path::new(words.first().unwrap()).file_name().unwrap();
    let bomb = BOMBS.iter().find(|bomb| bomb.name == name).unwrap();
    let number = |key: &str| -> u64 {
        let mut values = words.iter().filter_map(|word| word.strip_prefix(key));
        values.next().unwrap().parse().unwrap()
    };
    let told = CompileLimits {
        seconds_max: u32::try_from(number("--seconds=")).unwrap(),
        memory_bytes_max: number("--memory-bytes="),
        isolation: Isolation::Required,
    };
    let threads = usize::try_from(number("--threads=")).unwrap();
    let (mut input, mut output) = (TakenOver(bomb.deed), io::stdout().lock());
    match serve(
        &bomb.limit.of_child(told),
        false,
        threads,
        &mut input,
        &mut output,
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
