//! How much a configuration may be. Checked before anything is kept, since a tenant's file is not
//! trusted.

/// Bytes of all files together.
pub(crate) const SOURCE_BYTES_MAX: usize = 4 << 20;
/// Words after all replacements.
pub(crate) const TOKENS_MAX: usize = 400_000;
/// Files that include each other, Kamailio's `MAX_INCLUDE_DEPTH`.
pub(crate) const INCLUDE_DEPTH_MAX: usize = 10;
/// Files at all.
pub(crate) const FILES_MAX: usize = 256;
/// `#!define`s that name each other.
pub(crate) const DEFINE_DEPTH_MAX: usize = 32;
/// Statements, expressions and variables inside of each other.
pub(crate) const NESTING_MAX: usize = 48;
/// Routes that are compiled.
pub(crate) const ROUTES_MAX: usize = 512;
/// Instructions of the code that is made.
pub(crate) const INSTRUCTIONS_MAX: usize = 512 << 10;
