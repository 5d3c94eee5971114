//! What a project's world says, what there is beside it, and what a verdict has to look like.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use wit_bindgen_core::wit_parser::{
    FunctionKind, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey,
};

use crate::{BuildError, bindings};

/// The only world of a project's `wit/`.
pub(crate) struct World {
    /// The package it is in, `example:my-guard`.
    pub(crate) package: String,
    /// Its name.
    pub(crate) name: String,
    /// The events it handles.
    pub(crate) exports: Vec<Event>,
    /// The resources of the interfaces that it imports.
    pub(crate) classes: Vec<Class>,
    /// Every interface of the server's that `wit/` has and that the world neither imports nor
    /// exports.
    pub(crate) unused: Vec<Interface>,
}

/// An interface of the server's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Interface {
    /// As WIT writes it: `evroute:core/request@0.1.1`.
    pub(crate) id: String,
    /// The package in it, `core`.
    pub(crate) package: String,
    /// The interface in it, `request`.
    pub(crate) name: String,
    /// Whether it is an event: a handler exports it. Everything else it imports.
    pub(crate) is_event: bool,
}

/// An event that a world exports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    /// Its interface.
    pub(crate) interface: Interface,
    /// What a verdict looks like: `null` where there is none, else `{"enum": [...]}`, `{"variant":
    /// {...}}` and so on.
    pub(crate) verdict: Value,
}

/// A resource of the server's, in the words of JavaScript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Class {
    /// The interface that has it, as WIT writes it.
    pub(crate) interface: String,
    /// `Message`
    pub(crate) name: String,
    /// The methods that take something: `{"appendHeader": {"isStatic": false, "params": [["name",
    /// "string"], ...]}}`.
    pub(crate) methods: Value,
}

impl Interface {
    /// `local_request`
    pub(crate) fn snake(&self) -> String {
        self.name.replace('-', "_")
    }

    /// `LocalRequest`
    pub(crate) fn pascal(&self) -> String {
        pascal(&self.name)
    }

    /// `localRequest`
    pub(crate) fn camel(&self) -> String {
        camel(&self.name)
    }

    /// `evroute_tm_local_request`
    pub(crate) fn underscored(&self) -> String {
        format!("evroute_{}_{}", self.package, self.name).replace('-', "_")
    }

    /// The line of a world without which a handler has not got it.
    pub(crate) fn line(&self) -> String {
        let way = if self.is_event { "export" } else { "import" };
        format!("{way} {};", self.id)
    }
}

/// `local-request` as `LocalRequest`.
pub(crate) fn pascal(name: &str) -> String {
    let capital = |part: &str| {
        let mut part = part.to_owned();
        if let Some(first) = part.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        part
    };
    name.split('-').map(capital).collect()
}

/// `local-request` as `localRequest`.
fn camel(name: &str) -> String {
    let mut name = pascal(name);
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

impl World {
    /// Reads `wit/` of a project.
    pub(crate) fn read(root: &Path) -> Result<Self, BuildError> {
        let (resolve, world) = bindings::read(root)?;
        Ok(Self::of(&resolve, world))
    }

    fn of(resolve: &Resolve, world: WorldId) -> Self {
        let found = resolve.worlds.get(world);
        let named = |key: &WorldKey, item: &WorldItem| match (key, item) {
            (WorldKey::Interface(id), WorldItem::Interface { .. }) => Some(*id),
            _ => None,
        };
        let exported: Vec<InterfaceId> = found
            .into_iter()
            .flat_map(|world| &world.exports)
            .filter_map(|(key, item)| named(key, item))
            .collect();
        let imported: Vec<InterfaceId> = found
            .into_iter()
            .flat_map(|world| &world.imports)
            .filter_map(|(key, item)| named(key, item))
            .collect();
        let used: BTreeSet<_> = imported
            .iter()
            .chain(&exported)
            .copied()
            .filter_map(|id| resolve.id_of(id))
            .collect();
        let exports = exported.iter().filter_map(|id| {
            Some(Event {
                interface: interface(resolve, *id)?,
                verdict: verdict(resolve, *id),
            })
        });
        let all = resolve.interfaces.iter().map(|(id, _)| id);
        let unused = all.filter_map(|id| interface(resolve, id));
        let mut unused: Vec<_> = unused.filter(|one| !used.contains(&one.id)).collect();
        unused.sort();
        let package = found.and_then(|world| resolve.packages.get(world.package?));
        Self {
            package: package
                .map(|package| package.name.to_string())
                .unwrap_or_default(),
            name: found.map(|world| world.name.clone()).unwrap_or_default(),
            exports: exports.collect(),
            classes: imported
                .iter()
                .flat_map(|id| classes(resolve, *id))
                .collect(),
            unused,
        }
    }

    /// Its full name: `example:my-guard/my-guard`.
    pub(crate) fn path(&self) -> String {
        match self.package.split_once('@') {
            Some((package, version)) => format!("{package}/{}@{version}", self.name),
            None => format!("{}/{}", self.package, self.name),
        }
    }

    /// What follows what a tool said: the lines that `wit/world.wit` lacks, for those interfaces
    /// that it spoke of. `is_meant` knows how the language spells them.
    pub(crate) fn lines_to_add(&self, is_meant: impl Fn(&Interface) -> bool) -> Option<String> {
        let meant = self.unused.iter().filter(|one| is_meant(one));
        let lines: Vec<_> = meant.map(|one| format!("    {}", one.line())).collect();
        if lines.is_empty() {
            return None;
        }
        let what = if lines.len() == 1 {
            "this line"
        } else {
            "one of these lines"
        };
        Some(format!(
            "to have it, add {what} to the world in wit/world.wit:\n{}",
            lines.join("\n")
        ))
    }
}

/// An interface of the server's; none where it is somebody else's, or has types only, which come
/// with what uses them.
fn interface(resolve: &Resolve, id: InterfaceId) -> Option<Interface> {
    let interface = resolve.interfaces.get(id)?;
    let package = &resolve.packages.get(interface.package?)?.name;
    let name = interface.name.clone()?;
    (package.namespace == "evroute" && name != "types").then_some(())?;
    Some(Interface {
        id: resolve.id_of(id)?,
        package: package.name.clone(),
        is_event: interface.functions.contains_key("handle"),
        name,
    })
}

/// The resources of an interface that have something to check.
fn classes(resolve: &Resolve, id: InterfaceId) -> Vec<Class> {
    let Some((interface, path)) = resolve.interfaces.get(id).zip(resolve.id_of(id)) else {
        return Vec::new();
    };
    let of = |resource: TypeId| {
        let all = interface.functions.iter();
        let methods = all.filter_map(|(name, function)| {
            let (is_static, skipped) = match function.kind {
                FunctionKind::Method(of) if of == resource => (false, 1),
                FunctionKind::Static(of) if of == resource => (true, 0),
                _ => return None,
            };
            let params = function.params.iter().skip(skipped);
            let params: Vec<_> = params
                .map(|param| json!([camel(&param.name), shape(resolve, Some(param.ty))]))
                .collect();
            let (_, name) = name.split_once('.')?;
            let method = json!({ "isStatic": is_static, "params": params });
            (!params.is_empty()).then(|| (camel(name), method))
        });
        Value::Object(methods.collect())
    };
    let types = interface.types.iter();
    let found = types.map(|(name, resource)| Class {
        interface: path.clone(),
        name: pascal(name),
        methods: of(*resource),
    });
    let has_methods = |class: &Class| class.methods.as_object().is_some_and(|all| !all.is_empty());
    found.filter(has_methods).collect()
}

/// What `handle` returns when all goes well.
fn verdict(resolve: &Resolve, id: InterfaceId) -> Value {
    let handle = resolve.interfaces.get(id);
    let handle = handle.and_then(|interface| interface.functions.get("handle"));
    let Some(Type::Id(result)) = handle.and_then(|handle| handle.result) else {
        return Value::Null;
    };
    match resolve.types.get(result).map(|found| &found.kind) {
        Some(TypeDefKind::Result(result)) => shape(resolve, result.ok),
        _ => Value::Null,
    }
}

fn shape(resolve: &Resolve, of: Option<Type>) -> Value {
    match of {
        None => Value::Null,
        Some(Type::Id(id)) => match resolve.types.get(id) {
            Some(found) => shape_of(resolve, found.name.as_deref(), &found.kind),
            None => Value::Null,
        },
        Some(Type::Bool) => "bool".into(),
        Some(Type::U8) => "u8".into(),
        Some(Type::U16) => "u16".into(),
        Some(Type::U32) => "u32".into(),
        Some(Type::U64) => "u64".into(),
        Some(Type::S64) => "s64".into(),
        Some(Type::F64) => "f64".into(),
        Some(Type::String) => "string".into(),
        // No verdict has one; what is not known is not checked.
        Some(_) => "any".into(),
    }
}

fn shape_of(resolve: &Resolve, name: Option<&str>, kind: &TypeDefKind) -> Value {
    match kind {
        TypeDefKind::Type(inner) => shape(resolve, Some(*inner)),
        TypeDefKind::List(Type::U8) => "octets".into(),
        TypeDefKind::List(_) => "list".into(),
        TypeDefKind::Option(inner) => json!({ "option": shape(resolve, Some(*inner)) }),
        TypeDefKind::Enum(found) => {
            let cases: Vec<_> = found.cases.iter().map(|case| case.name.as_str()).collect();
            json!({ "enum": cases })
        }
        TypeDefKind::Variant(found) => {
            let cases = found.cases.iter();
            let cases = cases.map(|case| (case.name.clone(), shape(resolve, case.ty)));
            json!({ "variant": Value::Object(cases.collect()) })
        }
        TypeDefKind::Record(found) => {
            let fields = found.fields.iter();
            let fields = fields.map(|field| (field.name.clone(), shape(resolve, Some(field.ty))));
            json!({
                "record": Value::Object(fields.collect()),
                "name": pascal(name.unwrap_or_default()),
            })
        }
        _ => "any".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(text: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let wit = folder.path().join("wit");
        for package in evroute_contract::PACKAGES {
            let path = wit.join("deps").join(package.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, package.text).unwrap();
        }
        let text = format!("package example:a;\nworld a {{ {text} }}\n");
        std::fs::write(wit.join("world.wit"), text).unwrap();
        World::read(folder.path()).unwrap()
    }

    #[test]
    fn a_world_is_read_with_what_it_lacks() {
        let world = world("import evroute:log/log@0.1.0; export evroute:core/request@0.1.1;");
        assert_eq!(world.name, "a");
        let [request] = &*world.exports else {
            panic!("{:?}", world.exports);
        };
        assert_eq!(request.interface.id, "evroute:core/request@0.1.1");
        let unused: Vec<_> = world.unused.iter().map(|one| one.line()).collect();
        for line in [
            "import evroute:pv/pv@0.1.0;",
            "export evroute:custom/event@0.1.0;",
        ] {
            assert!(unused.iter().any(|one| one == line), "{line}: {unused:?}");
        }
        for used in ["evroute:log/log", "evroute:core/request", "/types"] {
            assert!(!unused.iter().any(|one| one.contains(used)), "{unused:?}");
        }
        let added = world.lines_to_add(|one| one.name == "shv").unwrap();
        assert!(
            added.ends_with("wit/world.wit:\n    import evroute:pv/shv@0.1.0;"),
            "{added}"
        );
        assert_eq!(world.lines_to_add(|_| false), None);
    }

    #[test]
    fn a_verdict_has_a_shape() {
        let world = world(
            "export evroute:core/request@0.1.1; export evroute:tm/local-request@0.1.0; \
             export evroute:custom/event@0.1.0;",
        );
        let of = |name: &str| {
            let found = world.exports.iter().find(|one| one.interface.name == name);
            found.unwrap().verdict.clone()
        };
        let reason = json!({ "option": "string" });
        let rejection = json!({
            "record": { "code": "u16", "reason": reason },
            "name": "Rejection",
        });
        assert_eq!(
            of("request"),
            json!({ "variant": { "pass": null, "reject": rejection, "drop": null } })
        );
        assert_eq!(of("local-request"), json!({ "enum": ["send", "drop"] }));
        assert_eq!(of("event"), Value::Null);
    }

    #[test]
    fn what_methods_take_has_a_shape_too() {
        let world = world("import evroute:htable/htable@0.1.0; export evroute:core/request@0.1.1;");
        let of = |name: &str, pointer: &str| {
            let found = world.classes.iter().find(|one| one.name == name);
            found.unwrap().methods.pointer(pointer).cloned()
        };
        let params = json!([["name", "string"], ["value", "octets"]]);
        assert_eq!(of("Message", "/appendHeader/params"), Some(params));
        assert_eq!(of("Message", "/method"), None, "it takes nothing");
        assert_eq!(of("Table", "/open/isStatic"), Some(json!(true)));
        let seconds = json!(["ttlSeconds", { "option": "u32" }]);
        assert_eq!(of("Table", "/set/params/2"), Some(seconds));
    }

    #[test]
    fn names_are_spelt_as_languages_do() {
        let one = Interface {
            id: "evroute:tm/local-request@0.1.0".to_owned(),
            package: "tm".to_owned(),
            name: "local-request".to_owned(),
            is_event: true,
        };
        assert_eq!(one.snake(), "local_request");
        assert_eq!(one.pascal(), "LocalRequest");
        assert_eq!(one.camel(), "localRequest");
        assert_eq!(one.underscored(), "evroute_tm_local_request");
        assert_eq!(one.line(), "export evroute:tm/local-request@0.1.0;");
    }
}
