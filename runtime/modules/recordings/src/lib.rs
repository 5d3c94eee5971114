//! The recordings module: runs of a tenant's handlers as small files, to be run again.
//!
//! A tenant that says `[tenant.recordings]` has each failed run written, a share of the others, the
//! rare ones, and those of calls that somebody watches. `evroute replay` runs one again,
//! `evroute test --recordings` is the other place where they come from. Nothing of Kamailio's; its
//! `sipcapture` and `siptrace` keep messages, without what a script made of them.
//!
//! | file | what is in it |
//! |---|---|
//! | `config` | `[tenant.recordings]` |
//! | `selection` | which runs are kept |
//! | `rarity` | which of a handler's decisions are rare |
//! | `watched_calls` | the calls that somebody watches |
//! | `recorder` | one run, from its beginning to its end |
//! | `draft` | a run that is over, until it is a file |
//! | `redaction` | what is not written as it was |
//! | `recording_ring` | the files of a tenant, the oldest of which give way |
//! | `recordings` | what the module keeps for a tenant, and the work beside runs |

mod config;
mod derived;
mod draft;
mod given_subject;
mod metrics;
mod module;
mod rarity;
mod recorder;
mod recording_ring;
mod recordings;
mod redaction;
mod rpc;
mod selection;
mod watched_calls;

pub use config::RecordingsConfig;
pub use derived::derived;
pub use draft::RunDraft;
pub use given_subject::GivenSubject;
pub use module::RecordingsModule;
pub use recordings::Recordings;
pub use selection::Kept;

#[cfg(test)]
mod tests;
