//! The sql module.
