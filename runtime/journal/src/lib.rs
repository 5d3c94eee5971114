//! Rows that are on the disk before anybody is told.
//!
//! Modules keep what they know in memory and answer from there; what has to outlive the process
//! goes through here. One thread writes one SQLite file. It takes the changes that wait, of all
//! tenants in turn, writes them in one transaction and then tells all who wait for them: what a
//! commit costs is shared by as many as come at the same time (group commit).
//!
//! A tenant's rows lie in stores, each with a name (`location`), and have a key and bytes that only
//! their owner reads. Changes of one tenant are written in the order in which they were handed in.

mod durability;
mod journal;
mod journal_error;
mod journal_queue;
mod journal_reader;
mod journal_store;
mod journal_writer;
mod queued_change;
mod row_change;
mod tenant_share;

pub use durability::Durability;
pub use journal::{Journal, JournalLimits, JournalTotals, TenantJournalTotals};
pub use journal_error::JournalError;
pub use journal_store::JournalStore;
pub use queued_change::Commit;
pub use row_change::RowChange;

#[cfg(test)]
mod tests;
