//! Runners that were taken over: whatever they say, it ends their own run and nothing else.

#![allow(
    clippy::disallowed_methods,
    reason = "these processes are runners, and end as such"
)]

use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;

use evroute_cell::{FrameReader, FromRunner, ToRunner, write_frame};
use evroute_event::Outcome;
use evroute_module_log::Level;
use evroute_sandbox::{CellQuestion, CellRunEnd};
use evroute_tap::WitValue;
use evroute_tenant::{Meter, RunLimits};

use crate::runner::{celled, celled_within, pool_that, sandbox_in};
use crate::scene::component;

/// Imports tables and the log; how it ends is for the runner to say.
const GUEST: &str = r#"(module
  (import "evroute:htable/htable@0.1.0" "[static]table.open" (func $open (param i32 i32 i32)))
  (import "evroute:htable/htable@0.1.0" "[method]table.get" (func $get (param i32 i32 i32 i32)))
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 4096)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    unreachable)
)"#;

const HTABLE: &str = "evroute:htable/htable@0.1.0";

/// What a runner says that was taken over.
struct TakenOver {
    socket: File,
    reader: FrameReader,
}

/// Does it, as a runner.
pub(crate) fn commit(deed: &str) {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let mut own = TakenOver {
        socket: File::from(socket),
        reader: FrameReader::new(usize::MAX),
    };
    own.say(&FromRunner::Ready {
        landlock: true,
        seccomp: true,
    });
    loop {
        match own.hear() {
            ToRunner::Load { .. } => own.say(&FromRunner::Loaded),
            ToRunner::Run { .. } => own.deed(deed),
            ToRunner::Forget { .. } | ToRunner::Answer { .. } => {}
        }
    }
}

impl TakenOver {
    fn say(&mut self, word: &FromRunner) {
        let (kind, body) = word.encode();
        if write_frame(&mut self.socket, kind, &body).is_err() {
            std::process::exit(0);
        }
    }

    fn hear(&mut self) -> ToRunner {
        match self.reader.next(&mut self.socket) {
            Ok(Some((kind, body))) => ToRunner::decode(kind, &body).unwrap(),
            Ok(None) | Err(_) => std::process::exit(0),
        }
    }

    fn ask(&mut self, interface: &str, function: &str, arguments: Vec<WitValue>) -> ToRunner {
        self.say(&FromRunner::Question(CellQuestion {
            interface: interface.to_owned(),
            function: function.to_owned(),
            arguments,
            used: Meter::default(),
            fuel_left: u64::MAX,
        }));
        self.hear()
    }

    fn end(&mut self, answer: Option<WitValue>, outcome: Outcome) {
        self.say(&FromRunner::End(CellRunEnd {
            answer,
            outcome,
            stack: "a\nb".to_owned(),
            used: Meter::default(),
            fuel: u64::MAX,
            memory_bytes: u64::MAX,
            seed: None,
        }));
    }

    /// One deed, after which it waits to be ended, or goes on as a runner that behaves.
    fn deed(&mut self, deed: &str) {
        let text = |text: &str| WitValue::Text(text.to_owned());
        match deed {
            "forges-a-handle" | "takes-the-event-for-a-table" => {
                let handle = if deed == "forges-a-handle" { 7 } else { 0 };
                let get = vec![WitValue::Handle(handle), text("key")];
                self.ask(HTABLE, "[method]table.get", get);
                self.end(None, Outcome::Returned);
            }
            "opens-what-was-not-granted" => {
                let answer = self.ask(HTABLE, "[static]table.open", vec![text("others")]);
                let ToRunner::Answer { answer, .. } = answer else {
                    panic!("it is answered");
                };
                let is_open = format!("{answer:?}").contains("Handle");
                let outcome = if is_open {
                    Outcome::Trap("it was opened".to_owned())
                } else {
                    Outcome::Returned
                };
                self.end((!is_open).then(|| verdict("send")), outcome);
            }
            "calls-what-it-does-not-import" => {
                self.ask("evroute:custom/raise@0.1.0", "raise", Vec::new());
            }
            "calls-what-there-is-not" => {
                self.ask(HTABLE, "[method]table.burn", Vec::new());
            }
            "gives-back-what-it-has-not" => {
                self.ask(HTABLE, "[resource-drop]table", vec![WitValue::Handle(3)]);
            }
            "passes-other-types" => {
                self.ask(HTABLE, "[static]table.open", vec![WitValue::Bool(true)]);
            }
            "never-stops-calling" => loop {
                let answer = self.ask(HTABLE, "[static]table.open", vec![text("others")]);
                if matches!(answer, ToRunner::Answer { answer: None, .. }) {
                    return self.end(None, Outcome::Cancelled);
                }
            },
            "never-stops-talking" => loop {
                self.say(&FromRunner::Line(Level::Info, "again".to_owned()));
            },
            "dies-when-idle" => {
                self.end(Some(verdict("send")), Outcome::Returned);
                std::process::exit(0);
            }
            "dies" => std::process::exit(3),
            "asks-once" => {
                self.ask(HTABLE, "[static]table.open", vec![text("others")]);
                self.end(Some(verdict("send")), Outcome::Returned);
            }
            "announces-4-GiB" => {
                let head = [&[5][..], &u32::MAX.to_le_bytes()].concat();
                let _ = self.socket.write_all(&head);
                self.hear();
            }
            "says-nothing" => {
                self.hear();
            }
            "makes-noise" => {
                let _ = self.socket.write_all(&[0xa5; 4096]);
                self.hear();
            }
            "decides-what-there-is-not" => self.end(Some(verdict("burn")), Outcome::Returned),
            "returns-nothing" => self.end(None, Outcome::Returned),
            "blames-the-server" => self.end(None, Outcome::HostFault("yours".to_owned())),
            "lies-about-what-it-took" => self.end(Some(verdict("send")), Outcome::Returned),
            other => panic!("{other} is no deed"),
        }
    }
}

fn verdict(case: &'static str) -> WitValue {
    let case = WitValue::Case(Cow::Borrowed(case), None);
    WitValue::Result(Ok(Box::new(case)))
}

/// Runs one event in a runner that does this; what became of it, what it is said to have burnt, and
/// how many runners were ended for what they said.
fn run(deed: &str) -> (String, u64, u64) {
    let pool = pool_that(Some(deed), true, 1);
    let sandbox = sandbox_in(&pool, true);
    let scene = celled(&sandbox, &component(GUEST));
    let run = scene.run_whole(b"hello");
    assert!(run.stack.to_string().chars().all(|c| !c.is_control()));
    (run.outcome.to_string(), run.used.fuel, pool.counts().broken)
}

#[test]
fn what_makes_no_sense_ends_the_run_and_the_runner() {
    for (deed, words) in [
        ("forges-a-handle", "Trap: handle 7 is not open"),
        ("takes-the-event-for-a-table", "Trap: handle 0 is not open"),
        (
            "calls-what-it-does-not-import",
            "Trap: the runner makes no sense",
        ),
        ("calls-what-there-is-not", "Trap: the runner makes no sense"),
        (
            "gives-back-what-it-has-not",
            "Trap: the runner makes no sense",
        ),
        ("passes-other-types", "Trap: a value of another type"),
        (
            "never-stops-calling",
            "QuotaExceeded: run_hostcall_cost_max",
        ),
        ("never-stops-talking", "Trap: the runner makes no sense"),
        ("dies", "Trap: the runner's process has ended: exit code 3"),
        ("announces-4-GiB", "Trap: the runner makes no sense"),
        ("makes-noise", "Trap: the runner makes no sense"),
        ("decides-what-there-is-not", "Trap: a value of another type"),
        ("returns-nothing", "Trap: the runner makes no sense"),
        ("blames-the-server", "Trap: the runner failed: yours"),
    ] {
        let (outcome, _, _) = run(deed);
        assert!(outcome.starts_with(words), "{deed}: {outcome}");
    }
}

#[test]
fn what_was_not_granted_is_refused_as_ever() {
    let (outcome, _, broken) = run("opens-what-was-not-granted");
    assert_eq!((outcome.as_str(), broken), ("Returned", 0));
}

#[test]
fn what_it_says_that_it_took_is_no_more_than_a_run_may() {
    let (outcome, fuel, _) = run("lies-about-what-it-took");
    assert_eq!(outcome, "Returned");
    assert_eq!(fuel, RunLimits::default().run_fuel_max);
}

#[test]
fn one_that_says_nothing_is_ended_in_time() {
    let pool = pool_that(Some("says-nothing"), true, 1);
    let sandbox = sandbox_in(&pool, true);
    let limits = RunLimits {
        run_deadline_ms: 10,
        ..RunLimits::default()
    };
    let scene = celled_within(&sandbox, &component(GUEST), limits);
    assert_eq!(scene.run(b"").outcome, "DeadlineExceeded");
    let counts = pool.counts();
    assert_eq!((counts.late, counts.broken, counts.alive), (1, 0, 0));
}
