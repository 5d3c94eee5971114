//! The timer module.
