//! Keeping a panic of the receiver away from the task that called it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `call`; `false` when it panicked. One bad message must not make a socket deaf.
///
/// Unwind safety is the receiver's: it is shared between tasks, so it must cope with
/// whatever a panicking call leaves behind in any case.
pub(crate) fn runs_through(call: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_ok()
}
