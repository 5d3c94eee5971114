//! Seeing whole runs: what they were given, what they asked of the server, what became of them.

use std::fmt;

use evroute_event::{AnyVerdict, Outcome, Subject};
use evroute_tap::Tap;

use crate::{EventBinding, HandlerContext, Seed};

/// Sees the runs of one tenant. Where a tenant has none, that is one branch for each run.
pub trait RunRecorder: Send + Sync {
    /// A run begins. None when it is not recorded: then it costs nothing more.
    fn begin(&self, run: &RunBegin<'_>) -> Option<Box<dyn RunRecording>>;
}

/// One run that is recorded. It is dropped where the run is cancelled.
pub trait RunRecording: Send {
    /// What listens to the run's host calls. Asked once, before the run.
    fn tap(&mut self) -> Option<Box<dyn Tap>>;

    /// The run is over. Called by the thread that ran it: must be quick.
    fn end(self: Box<Self>, run: &RunEnd<'_>);
}

/// A run that begins.
#[derive(Clone, Copy)]
pub struct RunBegin<'a> {
    /// Whose run it is.
    pub handler_context: &'a HandlerContext,
    /// Of which event.
    pub binding: &'a dyn EventBinding,
    /// What it is given.
    pub subject: &'a Subject,
}

/// A run that is over.
#[derive(Clone, Copy)]
pub struct RunEnd<'a> {
    /// Whose run it was.
    pub handler_context: &'a HandlerContext,
    /// The digest of the component that ran, shown in hexadecimal.
    pub component_digest: &'a dyn fmt::Display,
    /// Of which event.
    pub binding: &'a dyn EventBinding,
    /// What it left; as it was before where the run failed.
    pub subject: &'a Subject,
    /// What it decided, where it came to a verdict.
    pub verdict: Option<&'a AnyVerdict>,
    /// What became of it.
    pub outcome: &'a Outcome,
    /// Fuel that it burnt.
    pub fuel: u64,
    /// Its memories at their largest, bytes.
    pub memory_bytes: u64,
    /// What its randomness was made from, if it asked for some.
    pub seed: Option<Seed>,
}
