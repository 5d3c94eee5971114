//! The call of `bindgen!`, with a handle for every resource of the world.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use heck::ToUpperCamelCase;
use wit_parser::{InterfaceId, Resolve, TypeDefKind};

/// What `bindgen!` is asked for. A resource becomes an empty type that is named as it is: a handle
/// carries one number, and what it means is decided by the module that implements the resource.
///
/// # Errors
/// Two resources have the same name, or the WIT has no function that `waiting` names.
pub(crate) fn bindings(
    resolve: &Resolve,
    imports: impl Iterator<Item = InterfaceId>,
    waiting: &[&str],
) -> Result<String, Box<dyn std::error::Error>> {
    let (mut handles, mut functions) = (BTreeMap::new(), Vec::new());
    for interface in imports {
        let id = resolve.id_of(interface).ok_or("an interface has a name")?;
        let path = id.split('@').next().unwrap_or(&id);
        let known = resolve.interfaces.get(interface).ok_or("the interface")?;
        functions.extend(known.functions.keys().map(|name| format!("{path}.{name}")));
        for (name, ty) in &known.types {
            let ty = resolve.types.get(*ty).ok_or("the type")?;
            let resource = format!("{path}.{name}");
            if matches!(ty.kind, TypeDefKind::Resource)
                && let Some(other) = handles.insert(name.to_upper_camel_case(), resource.clone())
            {
                return Err(format!("{resource} and {other} have the same name").into());
            }
        }
    }
    let mut text =
        "/// The kinds of resource that handlers hold; never constructed.\npub mod handle {\n"
            .to_owned();
    for (handle, resource) in &handles {
        writeln!(
            text,
            "/// `{resource}`\n#[derive(Debug)]\npub enum {handle} {{}}"
        )?;
    }
    text.push_str(
        "}\nwasmtime::component::bindgen!({\npath: \"../../wit\",\nworld: \"evroute:handler/host\",\nimports: {\n",
    );
    for function in waiting {
        if !functions.iter().any(|known| known == function) {
            return Err(format!("there is no {function} that could wait").into());
        }
        writeln!(text, "{function:?}: async | trappable,")?;
    }
    text.push_str("default: trappable,\n},\nwith: {\n");
    for (handle, resource) in &handles {
        writeln!(text, "{resource:?}: handle::{handle},")?;
    }
    text.push_str("},\nrequire_store_data_send: true,\n});\n");
    Ok(text)
}
