//! What happened in one run, as a small file, and the tape that answers a run from it.
//!
//! | file | what is in it |
//! |---|---|
//! | `recording` | the file's content, as protobuf |
//! | `recorded_value` | a value of a call, as protobuf |
//! | `file` | the frame around it: a name, a version, a length, a digest |
//! | `call_recorder` | a tap that writes down the calls of a run |
//! | `derived` | which calls follow from the event |
//! | `tape` | a tap that answers calls as they were answered before |
//! | `texts` | all texts that a run moved, to be changed |

mod call_recorder;
mod derived;
mod file;
mod recorded_value;
mod recording;
mod tape;
mod texts;

pub use call_recorder::{CallLog, CallRecorder};
pub use derived::Derived;
pub use file::{RECORDING_BYTES_MAX, RecordingError, VERSION, read, write};
pub use recorded_value::RecordedValue;
pub use recording::{
    RecordedCall, RecordedEnd, RecordedEvent, RecordedTls, Recording, RecordingHeader,
};
pub use tape::{Divergence, Tape, TapeEnd};

#[cfg(test)]
mod tests;
