//! What a configuration can name. One row each: the next event, function, variable or
//! transformation is one row more.

pub(crate) mod elsewhere;
pub(crate) mod event;
pub(crate) mod function;
pub(crate) mod import;
pub(crate) mod select;
pub(crate) mod transformation;
pub(crate) mod variable;
