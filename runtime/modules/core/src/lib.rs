//! The core module.
