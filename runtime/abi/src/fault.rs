/// What a guest did against the Canonical ABI or its limits. It ends the run as a trap does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// More handles open than the run may have.
    #[error("too many handles are open")]
    TooManyHandles,
    /// More bytes in one call than host calls may move.
    #[error("a host call moves too many octets")]
    TooManyBytes,
    /// A handle that is not open, or of another kind than the call is for.
    #[error("handle {0} is not open, or of another kind")]
    UnknownHandle(u32),
    /// A pointer outside the memory.
    #[error("{bytes} bytes at {at} are outside the memory")]
    OutsideMemory {
        /// The pointer.
        at: usize,
        /// What should be there.
        bytes: usize,
    },
    /// A pointer that is not aligned as its type asks.
    #[error("the pointer {0} is not aligned")]
    NotAligned(usize),
    /// Text that is not UTF-8.
    #[error("text is not valid UTF-8")]
    NotUtf8,
    /// A case that the type does not have.
    #[error("{0} is no case of this type")]
    UnknownCase(u32),
    /// A call from the function that is called after an answer.
    #[error("it calls the server after it has answered")]
    MayNotLeave,
    /// A value for the guest, which has no allocator.
    #[error("the guest has no allocator")]
    NoAllocator,
    /// A call of a guest that is not run this way: the server's own mistake.
    #[error("this guest is not run as a core module")]
    NotEligible,
}
