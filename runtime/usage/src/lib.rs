//! What tenants used, kept over restarts: one row for each in one database.

mod usage_book;
mod usage_error;
mod usage_record;

pub use usage_book::UsageBook;
pub use usage_error::UsageError;
pub use usage_record::UsageRecord;
