//! How much one source may send.

use std::net::IpAddr;
use std::time::Duration;

use crate::SourceNetwork;

/// How much one source may send, whoever's tenant it is for: what is known before a message is
/// read. A source is an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceLimits {
    /// Messages of one source in a second, whatever they are: requests, responses, garbage. 0 bans
    /// nobody. Default 0.
    pub messages_per_second_max: u32,
    /// How many more may come at once after a quiet time. Default: as many as a second brings.
    pub burst_max: u32,
    /// How long the server may work on what one source sends, in milliseconds of each second: until
    /// a message is with its transaction, and handlers as far as they run at once. 0 bounds
    /// nothing. Default 0.
    pub work_ms_per_second_max: u32,
    /// For how long nothing is read of a source that has sent more. Default 60 s.
    pub ban: Duration,
    /// Of how many sources it is known what they sent; of one more the one is forgotten that will
    /// be free again first. Default 65,536.
    pub sources_max: usize,
    /// Networks whose messages are not counted. Default none.
    pub trusted: Vec<SourceNetwork>,
}

impl SourceLimits {
    /// Whether what comes from there is not counted.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            messages_per_second_max: 0,
            burst_max: 0,
            work_ms_per_second_max: 0,
            ban: Duration::from_secs(60),
            sources_max: 65_536,
            trusted: Vec::new(),
        }
    }
}
