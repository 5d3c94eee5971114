//! Which function is called, with what.

use crate::{Wit, WitMismatch, WitValue};

/// A function that handlers import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostFunction {
    /// `evroute:htable/htable@0.1.0`.
    pub interface: &'static str,
    /// Its name as core modules import it: `[method]table.get`, `[resource-drop]table`.
    pub name: &'static str,
}

impl HostFunction {
    /// Whether its answers follow from the event that the run was given: the interfaces that only
    /// describe payloads are named `types`, and `evroute:textops` is about the event's message and
    /// its answer.
    #[must_use]
    pub fn is_about_the_event(&self) -> bool {
        self.interface
            .split_once('/')
            .is_some_and(|(package, name)| {
                package == "evroute:textops" || name.starts_with("types@")
            })
    }
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct HostCall<'a> {
    /// What is called.
    pub function: &'static HostFunction,
    /// With what. A method's first argument is its resource's handle.
    pub arguments: &'a [WitValue],
}

/// The arguments of a call that is carried out for somebody else, one after the other.
#[derive(Debug)]
pub struct CallArguments(std::vec::IntoIter<WitValue>);

impl CallArguments {
    /// Those of one call.
    #[must_use]
    pub fn new(values: Vec<WitValue>) -> Self {
        Self(values.into_iter())
    }

    /// The next one.
    ///
    /// # Errors
    /// There is none, or it has another type.
    pub fn take<V: Wit>(&mut self) -> Result<V, WitMismatch> {
        V::from_wit(self.0.next().ok_or(WitMismatch("one argument more"))?)
    }

    /// All were taken.
    ///
    /// # Errors
    /// There are more.
    pub fn end(mut self) -> Result<(), WitMismatch> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(WitMismatch("fewer arguments")),
        }
    }
}
