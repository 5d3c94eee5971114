//! Whether a process may work where the system cannot shut it in.

/// Whether a process may work where the system cannot shut it in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Isolation {
    /// With what the kernel has, and at least with limits of time and memory.
    #[default]
    BestEffort,
    /// Not without Landlock and seccomp.
    Required,
}

impl Isolation {
    /// The word in the configuration and on a child's command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BestEffort => "best-effort",
            Self::Required => "required",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::BestEffort, Self::Required]
            .into_iter()
            .find(|one| one.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isolation_is_read_as_it_is_written() {
        for one in [Isolation::BestEffort, Isolation::Required] {
            assert_eq!(Isolation::of(one.as_str()), Some(one));
        }
        assert_eq!(Isolation::of("none"), None);
    }
}
