//! Names and numbers that stand for tenants, handlers and deploys.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest name of a tenant or handler, in bytes: one DNS label (RFC 1035 section 2.3.4), so
/// that a name can become part of a host name or a file name.
const NAME_BYTES_MAX: usize = 63;

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No text at all.
    #[error("a name must not be empty")]
    Empty,
    /// More than 63 bytes.
    #[error("a name has at most {NAME_BYTES_MAX} characters, this one has {0}")]
    TooLong(usize),
    /// Not kebab case.
    #[error(
        "{0:?} is not a name: lower-case letters, digits and single hyphens between them, \
         beginning with a letter (for example \"call-guard\")"
    )]
    NotKebab(String),
}

/// Checks that a text is a kebab-case name.
fn check_name(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong(text.len()));
    }
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let begins_with_letter = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if begins_with_letter && text.split('-').all(is_word) {
        Ok(())
    } else {
        Err(NameError::NotKebab(text.to_owned()))
    }
}

macro_rules! kebab_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Kebab case, at most 63 characters. Cheap to clone.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as the operator wrote it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                check_name(text)?;
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

kebab_name! {
    /// A tenant's name in the configuration, for example `demo`.
    TenantId
}

kebab_name! {
    /// A handler's name in its tenant's configuration, for example `call-guard`.
    HandlerId
}

/// One life of a tenant in the running server: what the event path passes around instead of the
/// name. It stays with the tenant through changes of its configuration, and no other tenant gets it
/// while the process lives: what was meant for a tenant that has gone reaches nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TenantIndex(u32);

impl TenantIndex {
    /// How many tenants a server can have at the same time.
    pub const COUNT_MAX: usize = 1 << 16;
    /// How many tenants can have come and gone before the process is started again. Each costs a
    /// few bits for ever.
    pub const LIVES_MAX: usize = 1 << 20;

    /// The index with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The index for a position in the list; none beyond [`Self::LIVES_MAX`].
    #[must_use]
    pub fn from_position(position: usize) -> Option<Self> {
        if position >= Self::LIVES_MAX {
            return None;
        }
        u32::try_from(position).ok().map(Self)
    }

    /// The position in the list.
    #[must_use]
    pub const fn position(self) -> usize {
        self.0 as usize
    }
}

/// The number of one deploy of one handler, counted from 1. A revision never changes once it
/// exists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Revision(u32);

impl Revision {
    /// The first deploy.
    pub const FIRST: Self = Self(1);

    /// The revision with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The revision after this one; none after four thousand million deploys.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_names_are_taken() {
        for text in ["a", "demo", "call-guard", "a1-2b", &"x".repeat(63)] {
            assert_eq!(
                text.parse::<TenantId>().map(|id| id.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_reason() {
        assert_eq!("".parse::<TenantId>(), Err(NameError::Empty));
        assert_eq!(
            "x".repeat(64).parse::<HandlerId>(),
            Err(NameError::TooLong(64))
        );
        for text in [
            "Demo", "1a", "-a", "a-", "a--b", "a_b", "a b", "a/b", "..", "ä",
        ] {
            let refused = text.parse::<TenantId>();
            assert_eq!(refused, Err(NameError::NotKebab(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn indexes_end_at_the_limit() {
        let last = TenantIndex::from_position(TenantIndex::LIVES_MAX - 1);
        assert_eq!(last.map(TenantIndex::position), Some(1_048_575));
        assert_eq!(TenantIndex::from_position(TenantIndex::LIVES_MAX), None);
    }

    #[test]
    fn revisions_count_from_one_and_end() {
        assert_eq!(Revision::FIRST.next(), Some(Revision::new(2)));
        assert_eq!(Revision::new(u32::MAX).next(), None);
        assert_eq!(Revision::new(7).to_string(), "r7");
    }
}
