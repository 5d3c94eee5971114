//! What a change outlives once it was answered.

/// What a change outlives once it was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// The end of the process, however it comes (`kill -9`, a crash). The machine writes it to the
    /// disk when it likes.
    #[default]
    Process,
    /// The loss of power as well: the disk is waited for, some milliseconds, which all changes that
    /// come meanwhile share.
    Power,
}

impl Durability {
    /// The words of the configuration: none at the third keeps nothing.
    pub const WORDS: [(&'static str, Option<Self>); 3] = [
        ("process", Some(Self::Process)),
        ("power", Some(Self::Power)),
        ("none", None),
    ];
}
