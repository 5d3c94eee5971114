//! The usrloc module.
