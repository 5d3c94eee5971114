//! What the server offers to compiled blocks: the functions of its interfaces.

use evroute_contract::{FUNCTIONS, Function};

use crate::code::Callee;

/// Writes a line of the log: the level, the address and the length of the line.
pub(crate) const LOG: Callee = Callee::Server {
    interface: "evroute:log/log@0.1.0",
    name: "log",
};

/// All that can be imported, by what calls it.
pub(crate) fn imports() -> impl Iterator<Item = (Callee, &'static Function)> {
    FUNCTIONS
        .iter()
        .map(|function| (Callee::from(function), function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_a_function_of_the_contract() {
        assert!(imports().any(|(callee, _)| callee == LOG));
    }
}
