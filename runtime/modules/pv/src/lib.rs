//! The pv module.
