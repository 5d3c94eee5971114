//! The message as handlers hold it: the resource `evroute:sip/types.message` and the
//! pseudo-variables of the message, its source and its time.
//!
//! Both ways to a value end in the same function of [`read`]; both ways to an edit end in [`edit`].

mod capability;
mod edit;
mod module;
mod own;
mod read;
mod time;
mod variable_edits;
mod variable_reads;
mod variables;

pub use module::SipModule;
pub use own::SipTenant;
