//! The htable module.
