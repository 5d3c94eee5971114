//! Who did what and why, in a chain that cannot be changed in its middle without being seen.

use std::fmt;

use ring::digest::{Context, SHA256};

/// What each hash begins with, so that it is the hash of nothing else.
const DOMAIN: &[u8] = b"evroute-audit-v1\0";

/// The longest text of one field, in bytes; a longer one is cut.
const FIELD_BYTES_MAX: usize = 4096;

/// Who changes something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Author {
    /// A name: of a token, of the watched folder, of the server itself.
    pub name: String,
    /// Whether a tenant's policy does not bind them.
    pub is_operator: bool,
}

impl Author {
    /// The server, which ends canaries.
    #[must_use]
    pub fn server() -> Self {
        Self {
            name: "evroute".to_owned(),
            is_operator: true,
        }
    }
}

/// What is to be written down.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditDraft {
    /// Whose handlers it is about; empty for what is about no tenant.
    pub tenant: String,
    /// Which handler, or empty.
    pub handler: String,
    /// Who.
    pub who: String,
    /// What: `put`, `activate`, `rollback`.
    pub what: String,
    /// Which revisions, digests, grants it was about.
    pub subject: String,
    /// Why, in the words of whoever did it.
    pub why: String,
    /// What speaks for it: readings of a canary, a signature's key.
    pub evidence: String,
}

impl AuditDraft {
    fn fields(&self) -> [&str; 7] {
        [
            &self.tenant,
            &self.handler,
            &self.who,
            &self.what,
            &self.subject,
            &self.why,
            &self.evidence,
        ]
    }

    /// With every field as long as it may be at most.
    pub(crate) fn cut(mut self) -> Self {
        let fields = [
            &mut self.tenant,
            &mut self.handler,
            &mut self.who,
            &mut self.what,
            &mut self.subject,
            &mut self.why,
            &mut self.evidence,
        ];
        for field in fields {
            field.truncate(field.floor_char_boundary(FIELD_BYTES_MAX));
        }
        self
    }
}

/// One row of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// Counted from 1.
    pub number: u64,
    /// When, in microseconds since 1970.
    pub at_us: u64,
    /// What is written down.
    pub draft: AuditDraft,
    /// SHA-256 over the row before and this one.
    pub hash: AuditHash,
}

/// What chains the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditHash([u8; 32]);

impl AuditHash {
    /// What the first row is chained to.
    pub(crate) const NOTHING: Self = Self([0; 32]);

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where the log does not say any more what was written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditFault {
    /// A row is missing or twice.
    #[error(
        "the audit log has row {found} where row {expected} belongs; rows were removed or added"
    )]
    Number {
        /// What should be there.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// A row was changed, or one before it.
    #[error(
        "row {0} of the audit log does not fit the rows before it; it was changed, or they were"
    )]
    Hash(u64),
}

/// The end of the chain: what the next row is chained to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditChain {
    /// How many rows there are.
    pub rows: u64,
    /// The hash of the last.
    pub head: AuditHash,
}

impl AuditChain {
    /// No row yet.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            rows: 0,
            head: AuditHash::NOTHING,
        }
    }

    /// The row that this draft makes.
    pub(crate) fn next(&self, at_us: u64, draft: AuditDraft) -> AuditEntry {
        let draft = draft.cut();
        let number = self.rows.saturating_add(1);
        let hash = self.hash(number, at_us, &draft);
        AuditEntry {
            number,
            at_us,
            draft,
            hash,
        }
    }

    /// Goes on to this row.
    ///
    /// # Errors
    /// [`AuditFault`] when it is not the row that belongs here.
    pub fn follow(&mut self, entry: &AuditEntry) -> Result<(), AuditFault> {
        let expected = self.rows.saturating_add(1);
        if entry.number != expected {
            let found = entry.number;
            return Err(AuditFault::Number { expected, found });
        }
        if self.hash(entry.number, entry.at_us, &entry.draft) != entry.hash {
            return Err(AuditFault::Hash(entry.number));
        }
        self.rows = entry.number;
        self.head = entry.hash;
        Ok(())
    }

    /// Lengths stand before texts, so that no two rows have one form.
    fn hash(&self, number: u64, at_us: u64, draft: &AuditDraft) -> AuditHash {
        let mut context = Context::new(&SHA256);
        context.update(DOMAIN);
        context.update(self.head.as_bytes());
        context.update(&number.to_be_bytes());
        context.update(&at_us.to_be_bytes());
        for field in draft.fields() {
            let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
            context.update(&length.to_be_bytes());
            context.update(field.as_bytes());
        }
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        AuditHash(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Vec<AuditEntry> {
        let mut chain = AuditChain::empty();
        let mut entries = Vec::new();
        for what in ["put", "activate", "rollback"] {
            let draft = AuditDraft {
                what: what.to_owned(),
                why: "a fix".to_owned(),
                ..AuditDraft::default()
            };
            let entry = chain.next(7, draft);
            chain.follow(&entry).unwrap();
            entries.push(entry);
        }
        entries
    }

    fn verify(entries: &[AuditEntry]) -> Result<u64, AuditFault> {
        let mut chain = AuditChain::empty();
        entries.iter().try_for_each(|entry| chain.follow(entry))?;
        Ok(chain.rows)
    }

    #[test]
    fn a_log_that_was_left_alone_verifies() {
        assert_eq!(verify(&log()), Ok(3));
    }

    #[test]
    fn whatever_is_changed_is_found() {
        type Change = fn(&mut Vec<AuditEntry>);
        let changes: [(Change, AuditFault); 6] = [
            (
                |log| log[0].draft.why = "another".to_owned(),
                AuditFault::Hash(1),
            ),
            (|log| log[1].at_us += 1, AuditFault::Hash(2)),
            (|log| log[1].hash = AuditHash::NOTHING, AuditFault::Hash(2)),
            (
                |log| drop(log.remove(1)),
                AuditFault::Number {
                    expected: 2,
                    found: 3,
                },
            ),
            (
                |log| log.swap(0, 1),
                AuditFault::Number {
                    expected: 1,
                    found: 2,
                },
            ),
            // The hash of the first row fits its own row, and not the next one any more.
            (
                |log| {
                    let draft = AuditDraft::default();
                    log[0] = AuditChain::empty().next(7, draft);
                },
                AuditFault::Hash(2),
            ),
        ];
        for (change, fault) in changes {
            let mut log = log();
            change(&mut log);
            assert_eq!(verify(&log), Err(fault));
        }
    }

    #[test]
    fn text_does_not_move_from_field_to_field_unseen() {
        let draft = |tenant: &str, handler: &str| AuditDraft {
            tenant: tenant.to_owned(),
            handler: handler.to_owned(),
            ..AuditDraft::default()
        };
        let chain = AuditChain::empty();
        let (one, other) = (draft("ab", "c"), draft("a", "bc"));
        assert_ne!(chain.next(0, one).hash, chain.next(0, other).hash);
    }

    #[test]
    fn long_fields_are_cut_between_characters() {
        let draft = AuditDraft {
            why: "ä".repeat(FIELD_BYTES_MAX),
            ..AuditDraft::default()
        };
        let entry = AuditChain::empty().next(0, draft);
        assert_eq!(entry.draft.why.len(), FIELD_BYTES_MAX);
    }
}
