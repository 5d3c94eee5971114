//! SIP transactions: RFC 3261 section 17 with RFC 6026, as state machines that do no I/O,
//! read no clock and start no task.
//!
//! Four machines ([`client_invite`], [`client_other`], [`server_invite`], [`server_other`])
//! turn inputs into [`Action`]s. A [`TransactionTable`] holds the live ones of one shard, matches
//! messages to them and keeps their timers. Its driver owns sockets, clock and locks.
//!
//! # What the driver owes
//!
//! 1. **One [`KeyMaker`] for all shards**; `key.shard(n)` picks the table. INVITE, its ACK and
//!    its CANCEL meet in one shard, on either side. An [`Id`] remembers its shard. Make the
//!    key of a request always before or always after `received` and `rport` are filled in:
//!    without the magic cookie the whole Via counts.
//! 2. **`now` is monotonic**: read it with the table held. One that lags a little does no harm;
//!    its timers count from the earlier moment.
//! 3. **Call, drain, unlock, act.** Every call returns outputs; act on them in order, after
//!    the table is released. [`Output::Ended`] is the last output of a transaction.
//! 4. **Timers.** Sleep until [`TransactionTable::next_deadline`], or less, then
//!    [`TransactionTable::fire_due`]. Every other call may have moved the deadline forward: look
//!    again after it.
//! 5. **Failed sends** go to [`TransactionTable::transport_error`]. A client then ends with
//!    [`End::TransportError`], which the user takes for a 503; [`End::Timeout`] for a 408
//!    ([`End::status`]). A 408 to a non-INVITE is never sent upstream (RFC 4320).
//! 6. **Server INVITE.** Answer [`Output::TryingDue`] with a 100, or send one at once where the
//!    answer is known to take long. Every 2xx goes through [`TransactionTable::respond`], including
//!    the second and third of a forked call; when that says [`RespondError::Gone`] (64*T1 after the
//!    first), drop it. A 2xx of our own making (a local answer, not a proxied one) must be repeated
//!    by its maker until its ACK comes (13.3.1.4); the table does not.
//! 7. **ACK.** [`ServerMatch::AckPassed`] is forwarded statelessly, found or not. The ACK to
//!    a non-2xx is made by the client transaction through the function given to
//!    [`TransactionTable::response`], and absorbed by the server transaction.
//! 8. **CANCEL in**: respond to its own transaction first (200, or 481 without a target), then
//!    [`TransactionTable::cancel`] every pending branch. **CANCEL out**: call
//!    [`TransactionTable::cancel`], wait for [`Output::CancelDue`], send it as a client transaction
//!    with the INVITE's branch and next hop. It may come much later, or never: a branch nobody
//!    answers ends as it would have.
//! 9. **Stray responses are dropped** (RFC 6026).
//! 10. **Every request is answered or forgotten** ([`TransactionTable::forget`]); what is neither
//!     ends as [`End::Unanswered`] after the configured lifetime.
//! 11. **Check the [`Config`]** with [`Config::check`] before making a table.

pub mod action;
pub mod client_invite;
pub mod client_other;
pub mod config;
pub mod key;
mod machine;
pub mod output;
pub mod request;
pub mod server_invite;
pub mod server_other;
mod slab;
pub mod table;
#[cfg(test)]
mod testing;
pub mod timer;
mod wheel;

pub use action::{Action, Actions, CancelCause, Class, Delivery, End};
pub use config::{Config, TimersError};
pub use key::{ClientKey, KeyError, KeyMaker, ServerKey, ServerKind};
pub use machine::State;
pub use output::{
    CancelMatch, ClientError, ClientMatch, Found, Full, Output, Outputs, RespondError, ServerMatch,
};
pub use request::{ClientRequest, TimerOverrides};
pub use slab::Id;
pub use table::TransactionTable;
pub use timer::Timer;
