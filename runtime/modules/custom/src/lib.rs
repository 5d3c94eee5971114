//! The custom module.
