//! What the server offers to compiled blocks: the functions of its interfaces, under the names that
//! `runtime/*.wat` calls them by.

use evroute_contract::{FUNCTIONS, Function};

/// The name of a function in WebAssembly text: `$sip.message.call-id`, `$log.log`. Its first word
/// is the interface, or the package where the interface is `types`.
pub(crate) fn symbol(function: &Function) -> String {
    let interface = function.interface.split('@').next().unwrap_or_default();
    let path = interface.rsplit(':').next().unwrap_or_default();
    let (package, name) = path.split_once('/').unwrap_or((path, path));
    let first = if name == "types" { package } else { name };
    match function.parts() {
        (Some(resource), name) => format!("${first}.{resource}.{name}"),
        (None, name) => format!("${first}.{name}"),
    }
}

/// The line of a module that imports a function.
pub(crate) fn import(function: &Function) -> String {
    let core = |values: &[evroute_contract::CoreType]| {
        let values = values.iter().map(|value| format!(" {}", value.as_str()));
        values.collect::<String>()
    };
    format!(
        "(import \"{}\" \"{}\" (func {} (param{}) (result{})))\n",
        function.interface,
        function.name,
        symbol(function),
        core(function.parameters),
        core(function.result.as_slice()),
    )
}

/// All that can be imported, by its symbol.
pub(crate) fn imports() -> impl Iterator<Item = (String, &'static Function)> {
    FUNCTIONS
        .iter()
        .map(|function| (symbol(function), function))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_function_has_a_symbol_of_its_own_and_its_type() {
        let symbols: BTreeSet<_> = imports().map(|(symbol, _)| symbol).collect();
        assert_eq!(symbols.len(), FUNCTIONS.len());
        let line = |symbol: &str| {
            let (_, function) = imports().find(|(own, _)| own == symbol).unwrap();
            import(function)
        };
        assert_eq!(
            line("$sip.message.call-id"),
            "(import \"evroute:sip/types@0.1.0\" \"[method]message.call-id\" \
             (func $sip.message.call-id (param i32 i32) (result)))\n"
        );
        assert!(line("$usrloc.contact-expired-event.expired-at").contains("(result i64)"));
        assert!(line("$shv.get").contains("evroute:pv/shv@0.1.0"));
    }
}
