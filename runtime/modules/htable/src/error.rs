//! Why a table or variable could not be used.

/// The longest key of an entry and the longest name of a shared variable, in octets.
pub const KEY_BYTES_MAX: usize = 1024;

/// Why a table or variable could not be used. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such table, or this handler was not granted it. The two look alike on purpose.
    #[error("there is no such table, or it was not granted")]
    NotGranted,
    /// The limit of entries or octets, the table's or the tenant's, is used up.
    #[error("the limit of entries or octets is used up")]
    QuotaExceeded,
    /// An addition to what holds text or octets.
    #[error("it is not a number")]
    NotANumber,
    /// The key is longer than [`KEY_BYTES_MAX`].
    #[error("a key has at most {KEY_BYTES_MAX} octets")]
    KeyTooLong,
}
