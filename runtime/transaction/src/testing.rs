//! A toy wire.
