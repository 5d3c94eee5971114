//! The name that others reach a socket by.

use std::fmt;

/// `advertise` of `[[listen]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advertised {
    /// An address or a name; an IPv6 address in brackets.
    pub host: String,
    /// The port; none is the one that is listened on.
    pub port: Option<u16>,
}

impl fmt::Display for Advertised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => f.write_str(&self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
        }
    }
}
