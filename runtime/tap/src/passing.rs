//! Where a call passes, and who answers it.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use evroute_tenant::Meter;

use crate::{HostCall, HostFunction, Wit, WitValue};

/// What listens to the host calls of one run, and may answer them.
pub trait Tap: Send {
    /// Whether this function's calls concern it. What does not is not even turned into values.
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        let _ = function;
        true
    }

    /// Answers a call in the server's place; none lets the server answer. An error ends the run as
    /// the server's own would: a `HostTrap` with its outcome. A value that has not the type of the
    /// function's result is a fault of the host.
    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>>;

    /// What the server answered, if it did. An error ends the run.
    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>);

    /// Where the server is at the other end of a pipe: what the run has used, by its account. It is
    /// set to what the run knows before a call is answered, and taken over by the run afterwards,
    /// which then charges nothing itself. Such a tap answers every call that it wants, and what the
    /// guest answers in the end is left to the server as it is.
    fn far_meter(&mut self) -> Option<&mut Meter> {
        None
    }

    /// How long it has waited for the other end, less what was taken out of this before: that is
    /// not the guest's own time.
    fn waited(&mut self) -> Option<&mut Duration> {
        None
    }

    /// How much fuel the run has left at the call that comes next. Told by the backend of core
    /// modules, which is the one that knows.
    fn fuel_left(&mut self, fuel: u64) {
        let _ = fuel;
    }
}

/// A store's data, when its run may be tapped.
pub trait TapHost: Send + 'static {
    /// The run's tap, if it has one.
    fn tap(&mut self) -> Option<&mut (dyn Tap + 'static)>;

    /// A call is about to be put to the tap.
    fn before_answer(&mut self) {}

    /// Charges a call that the tap answered: `bytes` is what it moved.
    ///
    /// # Errors
    /// The run may not call so often, or move so much.
    fn charge_answered(&mut self, bytes: usize) -> wasmtime::Result<()>;
}

/// A call that is carried out for somebody else.
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<WitValue>> + Send + 'a>>;

/// A call begins: either the tap has answered it, or the server does, and these are its arguments
/// for [`end`]. Without a tap, they are not even made.
///
/// # Errors
/// The tap ended the run, or its answer has not the type of the function's result.
#[inline]
pub fn begin<T: TapHost, R: Wit>(
    run: &mut T,
    function: &'static HostFunction,
    arguments: impl FnOnce() -> Vec<WitValue>,
) -> wasmtime::Result<ControlFlow<R, Option<Vec<WitValue>>>> {
    match run.tap() {
        None => Ok(ControlFlow::Continue(None)),
        Some(tap) => {
            if tap.wants(function) {
                ask(run, function, arguments())
            } else {
                Ok(ControlFlow::Continue(None))
            }
        }
    }
}

#[cold]
fn ask<T: TapHost, R: Wit>(
    run: &mut T,
    function: &'static HostFunction,
    arguments: Vec<WitValue>,
) -> wasmtime::Result<ControlFlow<R, Option<Vec<WitValue>>>> {
    let call = HostCall {
        function,
        arguments: &arguments,
    };
    run.before_answer();
    let Some(answer) = run.tap().and_then(|tap| tap.answer(&call)) else {
        return Ok(ControlFlow::Continue(Some(arguments)));
    };
    let answer = answer?;
    let moved = arguments.iter().map(WitValue::bytes);
    run.charge_answered(moved.fold(answer.bytes(), usize::saturating_add))?;
    Ok(ControlFlow::Break(R::from_wit(answer)?))
}

/// A call ends that the server has answered.
#[inline]
pub fn end<T: TapHost, R: Wit>(
    run: &mut T,
    function: &'static HostFunction,
    arguments: Option<Vec<WitValue>>,
    answer: &wasmtime::Result<R>,
) {
    if let Some(arguments) = arguments {
        tell(run, function, &arguments, answer);
    }
}

#[cold]
fn tell<T: TapHost, R: Wit>(
    run: &mut T,
    function: &'static HostFunction,
    arguments: &[WitValue],
    answer: &wasmtime::Result<R>,
) {
    let answer = answer.as_ref().map(Wit::to_wit);
    if let Some(tap) = run.tap() {
        let call = HostCall {
            function,
            arguments,
        };
        tap.seen(&call, answer.as_ref().map_err(|error| *error));
    }
}
