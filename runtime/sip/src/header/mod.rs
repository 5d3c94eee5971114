//! Header field names, and one borrowed view per structured header field.

mod contact;
mod cseq;
mod error;
mod host;
mod name;
mod name_addr;
mod params;
mod via;

pub use contact::{Contact, QValue};
pub use cseq::CSeq;
pub use error::HeaderError;
pub use name::HeaderName;
pub use name_addr::NameAddr;
pub(crate) use name_addr::Outline;
pub use params::{Param, Params};
pub use via::{Rport, Via};

pub use host::canonical_host;
pub(crate) use host::host_port;
pub(crate) use name::HeaderTag;
