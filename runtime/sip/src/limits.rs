//! How much of a message we are willing to look at, and at most keep.

/// Size and count limits. They are checked before anything is allocated for what they
/// bound, on received bytes and on every edit alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest message, start line to last body byte, in bytes.
    pub message_bytes_max: usize,
    /// Longest start line or header field (folds included), in bytes.
    pub line_bytes_max: usize,
    /// Most header fields.
    pub headers_max: usize,
    /// Most Via values. Kamailio forwards up to `MAX_BRANCHES` hops; Max-Forwards starts
    /// at 70, so a message with more has been looping.
    pub vias_max: usize,
}

impl Limits {
    /// The largest UDP payload is 65,535 bytes; no stream peer needs more of us.
    pub const DEFAULT: Limits = Limits {
        message_bytes_max: 65_535,
        line_bytes_max: 16_384,
        headers_max: 256,
        vias_max: 128,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
