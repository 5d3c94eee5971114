//! The pv module: pseudo-variables by Kamailio's spelling, `evroute:pv/pv`.
//!
//! It owns no variable. The rows come from the modules ([`evroute_module_api::Variable`]); this
//! module takes names apart, finds the row and says which of three mistakes was made when there is
//! none to read or write.

mod capability;
mod module;

pub use module::PvModule;
