//! What can happen, and how it is told.
//!
//! A module that has something to tell defines a type for it ([`Event`]), asks the [`Emitter`] for a
//! [`Port`] once at start, and emits through the port. Whether a handler listens, in which sandbox it
//! runs and what it costs is not known here: this crate does not know that guests exist, so a module can
//! be tested against [`testing::Recorder`] without any WebAssembly.
//!
//! ```
//! use evroute_event::{Event, EventName, FailPolicy, Subject, testing::Recorder};
//!
//! /// `door:opened`: somebody has opened a door.
//! struct Opened(Subject);
//!
//! impl Event for Opened {
//!     const NAME: EventName = EventName::new("door:opened");
//!     /// Whether they may come in.
//!     type Verdict = bool;
//!
//!     fn on_failure(&self, policy: FailPolicy) -> bool {
//!         policy == FailPolicy::Open
//!     }
//!     fn is_continue(may: &bool) -> bool {
//!         *may
//!     }
//!     fn subject(&self) -> &Subject {
//!         &self.0
//!     }
//!     fn subject_mut(&mut self) -> &mut Subject {
//!         &mut self.0
//!     }
//! }
//!
//! let handlers = Recorder::new();
//! handlers.handles(|_: &mut Opened| false);
//! // The module asks once, at start; without a handler its port would be free of charge.
//! let port = handlers.emitter().port::<Opened>();
//! assert!(port.is_ok());
//! ```
//!
//! An event is raised after locks are released, and whoever raised it looks its state up again when the
//! answer is back: handlers may take a while.

mod cause;
mod emitter;
mod event;
mod fail_policy;
mod limit;
mod name;
mod outcome;
mod subject;
mod subscribed;
pub mod testing;

pub use cause::Cause;
pub use emitter::{Answer, AnyVerdict, Emitter, Port, Raised, Sink, UnknownEvent};
pub use event::{Event, Payload};
pub use fail_policy::FailPolicy;
pub use limit::Limit;
pub use name::{EventIndex, EventName};
pub use outcome::{Blame, LimitKind, Outcome, OutcomeKind, Space};
pub use subject::{EditScope, Endpoint, Subject};
pub use subscribed::Subscribed;
