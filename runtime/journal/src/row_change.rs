//! A row that is written or removed.

/// What a row takes beside its key and its bytes, about.
const ROW_BYTES: usize = 32;

/// A row that is written or removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowChange {
    pub(crate) key: Vec<u8>,
    pub(crate) row: Option<Vec<u8>>,
    replaced: Option<usize>,
}

impl RowChange {
    /// The row of this key is this from now on.
    #[must_use]
    pub fn put(key: impl Into<Vec<u8>>, row: Vec<u8>) -> Self {
        Self {
            key: key.into(),
            row: Some(row),
            replaced: None,
        }
    }

    /// There is no row of this key any more.
    #[must_use]
    pub fn remove(key: impl Into<Vec<u8>>) -> Self {
        Self {
            key: key.into(),
            row: None,
            replaced: None,
        }
    }

    /// There was a row of so many bytes before, which the tenant's share of the disk gets back. Its
    /// owner knows, and nobody has to look.
    #[must_use]
    pub fn replacing(self, bytes: Option<usize>) -> Self {
        Self {
            replaced: bytes,
            ..self
        }
    }

    /// Bytes while it waits.
    pub(crate) fn queued_bytes(&self) -> u64 {
        self.size(self.row.as_ref().map_or(0, Vec::len))
    }

    /// Bytes that it takes on the disk, and bytes that it gives back.
    pub(crate) fn kept_bytes(&self) -> (u64, u64) {
        let of = |bytes: Option<usize>| bytes.map_or(0, |bytes| self.size(bytes));
        (of(self.row.as_ref().map(Vec::len)), of(self.replaced))
    }

    fn size(&self, row: usize) -> u64 {
        let bytes = ROW_BYTES.saturating_add(self.key.len()).saturating_add(row);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// SQL of the bytes that rows take, as [`RowChange::kept_bytes`] counts them.
pub(crate) const KEPT_BYTES: &str = "SUM(32 + length(key) + length(row))";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_here_is_what_the_database_counts() {
        assert!(KEPT_BYTES.contains(&format!("({ROW_BYTES} +")));
        let change = RowChange::put("key", vec![0; 5]).replacing(Some(2));
        assert_eq!(change.kept_bytes(), (40, 37));
        assert_eq!(RowChange::remove("key").kept_bytes(), (0, 0));
    }
}
