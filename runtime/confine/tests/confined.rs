//! A process that has shut itself in: what it can still do, and what it cannot. This program starts
//! itself, since there is no way back.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that brings its own main, which clippy takes for a program"
)]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, Output};
use std::sync::OnceLock;
use std::thread;

use evroute_confine::{Confinement, Isolation, MemoryLimit, Purpose, confine};

/// A word on the command line, and what a process shuts itself in with.
const PURPOSES: &[(&str, Confinement)] = &[
    (
        "compile",
        Confinement {
            purpose: Purpose::Compile,
            memory: MemoryLimit::Addresses(64 << 20),
            seconds_max: 1,
            file_bytes_max: 0,
            isolation: Isolation::Required,
        },
    ),
    (
        "run",
        Confinement {
            purpose: Purpose::Run,
            memory: MemoryLimit::Data(64 << 20),
            seconds_max: 1,
            file_bytes_max: 1 << 20,
            isolation: Isolation::Required,
        },
    ),
];

/// A word on the command line, and what a process does that has shut itself in.
const DEEDS: &[(&str, fn())] = &[
    ("look", look),
    ("take-memory", take_memory),
    ("spin", spin),
    ("panic", || panic!("as a compiler might")),
];

type EarlyDeed = fn() -> io::Result<()>;

/// What a process does behind its limits and Landlock, before its system calls are few: so that
/// one wall does not hide that another is missing.
const EARLY_DEEDS: &[(&str, EarlyDeed)] = &[
    ("look-early", look_early),
    ("open-descriptors", open_descriptors),
    ("write-a-lot", write_a_lot),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, purpose, deed, _] = words.as_slice()
        && word == "shut-in"
    {
        let (_, confinement) = PURPOSES.iter().find(|(word, _)| word == purpose).unwrap();
        return shut_in(confinement, deed);
    }
    // Test runners ask for the list first.
    if words.iter().any(|word| word == "--list") {
        if !words.iter().any(|word| word == "--ignored") {
            println!("a_process_that_has_shut_itself_in_can_compute_and_nothing_else: test");
        }
        return ExitCode::SUCCESS;
    }
    for (purpose, _) in PURPOSES {
        it_can_compute_and_nothing_else(purpose);
        its_memory_ends(purpose);
        its_time_ends(purpose);
        it_says_what_broke(purpose);
        files_are_closed_by_landlock_alone(purpose);
        its_descriptors_end(purpose);
        its_files_end(purpose);
    }
    ExitCode::SUCCESS
}

/// What the process has open when it shuts itself in, as if it had been started with it.
static OPEN: OnceLock<File> = OnceLock::new();

fn shut_in(confinement: &Confinement, deed: &str) -> ExitCode {
    let mut open = OPEN.get_or_init(|| File::open("/proc/self/status").unwrap());
    open.read_exact(&mut [0; 10]).unwrap();
    let early = EARLY_DEEDS.iter().find(|(word, _)| *word == deed);
    let sleeper = || {
        if let Some((_, early)) = early {
            early().map_err(|error| error.to_string())?;
        }
        let sleeper = thread::Builder::new().spawn(|| {
            loop {
                thread::park();
            }
        });
        sleeper.map(drop).map_err(|error| error.to_string())
    };
    match confine(confinement, sleeper) {
        Ok((confined, ())) => assert!(confined.landlock && confined.seccomp),
        Err(why) => {
            println!("{why}");
            return ExitCode::FAILURE;
        }
    }
    if let Some((_, deed)) = DEEDS.iter().find(|(word, _)| *word == deed) {
        deed();
    }
    ExitCode::SUCCESS
}

fn started(purpose: &str, deed: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let own = std::process::id().to_string();
    command.args(["shut-in", purpose, deed, &own]).env_clear();
    command.output().unwrap()
}

fn it_can_compute_and_nothing_else(purpose: &str) {
    let output = started(purpose, "look");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    for line in [
        "reads a file: no",
        "reads what was open: no",
        "makes a file: no",
        "lists a folder: no",
        "listens: no",
        "connects: no",
        "binds a socket: no",
        "starts a program: no",
        "signals its parent: no",
        "looks into its parent: no",
        "makes a thread: no",
        "computes: 499999500000",
    ] {
        assert!(
            text.lines().any(|said| said == line),
            "{line} is not in:\n{text}"
        );
    }
}

/// Tries what a stranger's code would, and prints what came of it.
fn look() {
    let reported =
        |what: &str, worked: bool| println!("{what}: {}", if worked { "yes" } else { "no" });
    reported("reads a file", fs::read("/proc/self/status").is_ok());
    let mut open = OPEN.get().unwrap();
    reported("reads what was open", open.read(&mut [0; 10]).is_ok());
    reported(
        "makes a file",
        fs::write(std::env::temp_dir().join("shut-in"), "x").is_ok(),
    );
    reported("lists a folder", fs::read_dir("/").is_ok());
    reported("listens", TcpListener::bind("127.0.0.1:0").is_ok());
    reported("connects", TcpStream::connect("127.0.0.1:9").is_ok());
    reported("binds a socket", UdpSocket::bind("127.0.0.1:0").is_ok());
    reported(
        "starts a program",
        Command::new("/bin/true").status().is_ok(),
    );
    let parent = std::env::args().nth(4).unwrap();
    let number = parent.parse().ok().and_then(rustix::process::Pid::from_raw);
    reported(
        "signals its parent",
        rustix::process::test_kill_process(number.unwrap()).is_ok(),
    );
    reported(
        "looks into its parent",
        fs::read(format!("/proc/{parent}/mem")).is_ok(),
    );
    reported(
        "makes a thread",
        thread::Builder::new().spawn(|| ()).is_ok(),
    );
    let all: u64 = (0..1_000_000_u64).sum();
    println!("computes: {all}");
}

fn its_memory_ends(purpose: &str) {
    let output = started(purpose, "take-memory");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("memory allocation of"), "{output:?}");
}

fn take_memory() {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 1 << 20]);
        assert!(all.len() < 100, "more than the limit");
    }
}

fn its_time_ends(purpose: &str) {
    let output = started(purpose, "spin");
    let signal = output.status.signal();
    assert_eq!(signal, Some(libc::SIGXCPU), "{output:?}");
}

fn spin() {
    loop {
        std::hint::spin_loop();
    }
}

fn it_says_what_broke(purpose: &str) {
    let output = started(purpose, "panic");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("as a compiler might"), "{output:?}");
    assert!(!output.status.success());
}

/// What Landlock refuses is "permission denied"; what seccomp refuses is "not permitted".
fn files_are_closed_by_landlock_alone(purpose: &str) {
    let output = started(purpose, "look-early");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    for line in [
        "reads a file: Permission denied (os error 13)",
        "makes a file: Permission denied (os error 13)",
        "lists a folder: Permission denied (os error 13)",
        "starts a program: Permission denied (os error 13)",
    ] {
        assert!(
            text.lines().any(|said| said == line),
            "{line} is not in:\n{text}"
        );
    }
}

fn look_early() -> io::Result<()> {
    let reported = |what: &str, tried: io::Result<()>| match tried {
        Ok(()) => println!("{what}: yes"),
        Err(error) => println!("{what}: {error}"),
    };
    reported("reads a file", File::open("/proc/self/status").map(drop));
    let file = std::env::temp_dir().join("shut-in");
    reported("makes a file", fs::write(file, "x"));
    reported("lists a folder", fs::read_dir("/").map(drop));
    let program = Command::new("/bin/true").status();
    reported("starts a program", program.map(drop));
    Ok(())
}

fn its_descriptors_end(purpose: &str) {
    let output = started(purpose, "open-descriptors");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("Too many open files (os error 24)"),
        "{output:?}"
    );
}

fn open_descriptors() -> io::Result<()> {
    let mut all = Vec::new();
    while all.len() < 2000 {
        all.push(rustix::io::dup(io::stdin())?);
    }
    Ok(())
}

fn its_files_end(purpose: &str) {
    let output = started(purpose, "write-a-lot");
    let signal = output.status.signal();
    assert_eq!(signal, Some(libc::SIGXFSZ), "{output:?}");
}

/// A piece of memory that has a descriptor: no file can be opened here.
fn write_a_lot() -> io::Result<()> {
    let memory = rustix::fs::memfd_create("a-lot", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut memory = File::from(memory);
    for _ in 0..100 {
        memory.write_all(&[1; 1 << 20])?;
    }
    Ok(())
}
