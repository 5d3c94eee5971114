//! A panic of a handler that has std, logged in the log before it ends the run.

use std::boxed::Box;
use std::format;

use crate::bindings::evroute::log::log;

/// Every run begins anew, and so says it.
pub(crate) fn tell() {
    std::panic::set_hook(Box::new(|info| {
        let text = format!("{info}");
        // "panicked at src/lib.rs:12:5:\nmessage"
        log::log(log::Level::Error, &text.replace(":\n", ": "));
    }));
}
