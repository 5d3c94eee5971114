//! The server as a run in the runner meets it: behind its tap.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_event::{Outcome, Payload, Subject};
use evroute_module_api::{HostTrap, Level, Line, LogSink};
use evroute_tap::{HostCall, Tap, WitValue};
use evroute_tenant::Meter;

use crate::server_socket::ServerSocket;
use crate::{FromRunner, ToRunner};

/// The socket, which the run and its lines share.
pub(crate) type SharedSocket = Arc<Mutex<ServerSocket>>;

/// What is in there is whole even if somebody panicked while holding it.
pub(crate) fn lock(socket: &SharedSocket) -> MutexGuard<'_, ServerSocket> {
    socket.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers all host calls of a run by asking the server.
pub(crate) struct FarServer {
    socket: SharedSocket,
    used: Meter,
    fuel_left: u64,
    waited: Duration,
}

impl FarServer {
    pub(crate) fn new(socket: &SharedSocket) -> Self {
        Self {
            socket: Arc::clone(socket),
            used: Meter::default(),
            fuel_left: 0,
            waited: Duration::ZERO,
        }
    }

    fn ask(&mut self, call: &HostCall<'_>) -> wasmtime::Result<WitValue> {
        let gone = |_| HostTrap::host_fault("the server is gone");
        let called = [call.function.interface, call.function.name];
        let question = FromRunner::question(called, call.arguments, &self.used, self.fuel_left);
        let mut socket = lock(&self.socket);
        if call.function.name.starts_with("[resource-drop]") {
            // It has no answer, so nobody waits for one.
            socket.say_later(&question).map_err(gone)?;
            return Ok(WitValue::UNIT);
        }
        socket.say_frame(&question).map_err(gone)?;
        match socket.hear().map_err(gone)? {
            Some(ToRunner::Answer { answer, used }) => {
                self.used = used;
                // What ended the run only the server knows.
                answer.ok_or_else(|| wasmtime::Error::new(HostTrap(Outcome::Cancelled)))
            }
            Some(ToRunner::Load { .. } | ToRunner::Forget { .. } | ToRunner::Run { .. }) | None => {
                Err(HostTrap::host_fault("the server does not answer"))
            }
        }
    }
}

impl Tap for FarServer {
    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        // Putting it into words is not the guest's own time either.
        let asked = Instant::now();
        let answer = self.ask(call);
        self.waited += asked.elapsed();
        Some(answer)
    }

    fn seen(&mut self, _: &HostCall<'_>, _: Result<&WitValue, &wasmtime::Error>) {}

    fn far_meter(&mut self) -> Option<&mut Meter> {
        Some(&mut self.used)
    }

    fn waited(&mut self) -> Option<&mut Duration> {
        Some(&mut self.waited)
    }

    fn fuel_left(&mut self, fuel: u64) {
        self.fuel_left = fuel;
    }
}

/// Sends a run's lines to the server, which knows what they are about and which are kept.
pub(crate) struct FarLog(pub(crate) SharedSocket);

impl LogSink for FarLog {
    fn keeps(&self, _: Level) -> bool {
        true
    }

    fn write(&self, line: &Line<'_>) {
        let word = FromRunner::Line(line.level, line.text.to_owned());
        // A server that is gone is noticed by who asks it next.
        let _ = lock(&self.0).say_later(&word.encode());
    }
}

/// An event of which a runner knows the time and no more.
#[derive(Debug)]
pub(crate) struct FarEvent(pub(crate) Subject);

impl Payload for FarEvent {
    fn filter(&self) -> Option<&str> {
        None
    }

    fn subject(&self) -> &Subject {
        &self.0
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
