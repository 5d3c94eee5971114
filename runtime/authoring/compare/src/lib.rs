//! What a change would do: recorded events, run again in two revisions of a handler.
//!
//! Both revisions get the same event, the same clock and randomness, and the answers that the
//! server gave then, so that whatever is different afterwards is the change's doing. [`compare`]
//! says which events end differently, put together by how they end and by the line of source that
//! decided; and which ask for something that was not recorded, of which nobody knows how they would
//! end.

mod compare;
mod comparison;
mod deciding;
mod ending;
mod revision;
mod seen;

pub use compare::{Options, compare};
pub use comparison::{Decision, Group, RevisionComparison, Side, Unclear};
pub use ending::{differences, ending};

use evroute_recording::Recording;

/// RecordedEvents that are compared: many, read one at a time by several threads.
pub trait RecordedEvents: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// What people call one of them: its file or its id.
    fn name(&self, number: usize) -> String;

    /// One of them.
    ///
    /// # Errors
    /// A sentence: it cannot be read, or is none.
    fn read(&self, number: usize) -> Result<Recording, String>;
}
