//! The tm module.
