//! What modules read in the databases of a tenant.

use std::pin::Pin;

/// Rows of texts; none where a value is NULL. Numbers are as the database writes them.
pub type TextRows = Vec<Vec<Option<String>>>;

/// The way to the rows.
pub type ReadingRows<'a> =
    Pin<Box<dyn Future<Output = Result<TextRows, DatabaseReadError>> + Send + 'a>>;

/// Why there are no rows. The texts hold no credentials.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DatabaseReadError {
    /// Not now: it cannot be reached, or takes too long.
    #[error("{0}")]
    Unavailable(String),
    /// Never: it has no such table, or no such column.
    #[error("{0}")]
    Refused(String),
}

/// The databases of one tenant, to be read; see
/// [`TenantPart::databases`](crate::TenantPart::databases).
pub trait DatabaseReader: Send + Sync {
    /// The rows of one statement with `?` for each of the parameters, in the database of this
    /// label. Within the limits of that database.
    ///
    /// # Errors
    /// [`DatabaseReadError`].
    fn read<'a>(
        &'a self,
        label: &'a str,
        statement: &'a str,
        parameters: Vec<String>,
    ) -> ReadingRows<'a>;
}
