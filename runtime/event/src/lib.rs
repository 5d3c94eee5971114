//! What can happen, and how it is raised.
//!
//! A module that raises something defines a type for it ([`Event`]), asks the [`Emitter`] for a
//! [`Port`] once at start, and emits through the port. Whether a handler listens, in which sandbox
//! it runs and what it costs is not known here: this crate does not know that guests exist, so a
//! module can be tested against [`testing::Recorder`] without any WebAssembly.
//!
//! ```
//! use evroute_event::{FailPolicy, Subject, Verdict, event, testing::Recorder};
//!
//! /// `door:opened`: somebody has opened a door.
//! struct Opened {
//!     subject: Subject,
//! }
//!
//! /// Whether they may come in.
//! struct Admitted(bool);
//!
//! impl Verdict for Admitted {
//!     const CASES: &'static [&'static str] = &["refused", "admitted"];
//!
//!     fn case(&self) -> usize {
//!         self.0.into()
//!     }
//!
//!     fn on_failure(policy: FailPolicy) -> Self {
//!         Self(policy == FailPolicy::Open)
//!     }
//!     fn is_continue(&self) -> bool {
//!         self.0
//!     }
//! }
//!
//! event!(Opened: "door:opened" -> Admitted);
//!
//! let handlers = Recorder::new();
//! handlers.handles(|_: &mut Opened| Admitted(false));
//! // The module asks once, at start; without a handler its port would be free of charge.
//! let port = handlers.emitter().port::<Opened>();
//! assert!(port.is_ok());
//! ```
//!
//! An event is raised after locks are released, and whoever raised it looks its state up again when
//! the answer is back: handlers may take a while.

mod cause;
mod emitter;
mod event;
mod fail_policy;
mod limit;
mod name;
mod outcome;
mod pinned_handlers;
mod subject;
mod subscribed;
pub mod testing;

pub use cause::Cause;
pub use emitter::{Answer, AnyVerdict, Emitter, Port, Raised, Sink, UnknownEvent};
pub use event::{Event, Payload, Verdict};
pub use fail_policy::FailPolicy;
pub use limit::Limit;
pub use name::{EventIndex, EventName};
pub use outcome::{Blame, LimitKind, Outcome, OutcomeKind, Space};
pub use pinned_handlers::PinnedHandlers;
pub use subject::{AuthenticatedUser, EditScope, Endpoint, ReplyParts, Subject};
pub use subscribed::Subscribed;
