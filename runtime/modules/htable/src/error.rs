//! Why a write is refused.

/// Why a change is not taken into a run. The run goes on; nothing of the change remains.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WriteError {
    /// No such table.
    #[error("no such table")]
    NoTable,
    /// The key is empty or longer than [`crate::KEY_BYTES_MAX`].
    #[error("a key has 1 to 256 octets")]
    KeyLength,
    /// The value is longer than [`crate::VALUE_BYTES_MAX`].
    #[error("a value has at most 65536 octets")]
    ValueLength,
    /// The entry or byte limit is used up.
    #[error("the entry or byte limit is used up")]
    Full,
    /// An addition to an entry that holds no number.
    #[error("the entry does not hold a number")]
    NotANumber,
    /// The sum does not fit 64 bits.
    #[error("the sum does not fit 64 bits")]
    Overflow,
    /// It was granted for reading only.
    #[error("it was granted for reading only")]
    ReadOnly,
    /// A new time to live for an entry that is not there.
    #[error("there is no entry to give a time to live")]
    NoEntry,
}
