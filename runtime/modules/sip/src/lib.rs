//! The message as handlers hold it: the resource `evroute:sip/types.message`, its fields by place
//! and pattern, the pseudo-variables of the message, its source and its time; and what handlers add
//! to an answer.
//!
//! Both ways to a value end in the same function of [`read`]; both ways to an edit end in [`edit`].

mod capability;
mod edit;
mod metrics;
mod module;
mod name_pattern;
mod own;
mod read;
mod reply;
mod time;
mod variable_edits;
mod variable_reads;
mod variables;

pub use module::SipModule;
pub use own::SipTenant;
