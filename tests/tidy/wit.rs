//! The contract with handlers.

use wit_parser::{Docs, Interface, Resolve, Stability, TypeDefKind, WorldItem};

use crate::source::{none, root, sources};

/// An interface whose one function is `handle`.
pub(crate) struct Event {
    module: String,
    name: String,
}

impl Event {
    /// `evroute:tm/local-request`
    pub(crate) fn interface(&self) -> String {
        format!("evroute:{}/{}", self.module, self.name)
    }

    /// The spellings under which a test may name it.
    fn spellings(&self) -> [String; 2] {
        [
            format!("{}:{}", self.module, self.name),
            format!("{}/{}", self.module, self.name),
        ]
    }
}

fn contract() -> Resolve {
    let mut resolve = Resolve::default();
    resolve.push_dir(root().join("wit")).expect("wit/ parses");
    resolve
}

/// Every event there is.
pub(crate) fn events() -> Vec<Event> {
    let resolve = contract();
    let mut events = Vec::new();
    for (_, interface) in &resolve.interfaces {
        let package = interface
            .package
            .and_then(|id| resolve.packages.get(id))
            .expect("all lie in packages");
        if interface.functions.contains_key("handle") {
            let name = interface.name.clone().expect("all have names");
            events.push(Event {
                module: package.name.name.clone(),
                name,
            });
        }
    }
    events
}

#[test]
fn wit_event_interfaces_have_one_function() {
    let resolve = contract();
    let with_more = resolve.interfaces.iter().filter(|(_, interface)| {
        interface.functions.contains_key("handle") && interface.functions.len() != 1
    });
    none(
        &with_more
            .map(|(_, interface)| format!("{:?}", interface.name))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn wit_exports_of_the_host_world_are_the_events() {
    let resolve = contract();
    let (_, host) = resolve
        .worlds
        .iter()
        .find(|(_, world)| world.name == "host")
        .expect("there is a world host");
    let exported = host
        .exports
        .values()
        .filter(|item| matches!(item, WorldItem::Interface { .. }))
        .count();
    assert_eq!(exported, events().len());
}

#[test]
fn wit_items_are_documented_and_say_since_when() {
    let resolve = contract();
    let mut complaints = Vec::new();
    for (_, interface) in &resolve.interfaces {
        check_interface(&resolve, interface, &mut complaints);
    }
    for (_, world) in &resolve.worlds {
        check(
            &format!("world {}", world.name),
            &world.docs,
            None,
            &mut complaints,
        );
    }
    none(&complaints);
}

fn check(what: &str, docs: &Docs, stability: Option<&Stability>, complaints: &mut Vec<String>) {
    if docs
        .contents
        .as_ref()
        .is_none_or(|text| text.trim().is_empty())
    {
        complaints.push(format!("{what} has no documentation"));
    }
    if stability.is_some_and(Stability::is_unknown) {
        complaints.push(format!("{what} has no @since"));
    }
}

fn check_interface(resolve: &Resolve, interface: &Interface, complaints: &mut Vec<String>) {
    let package = interface
        .package
        .and_then(|id| resolve.packages.get(id))
        .expect("all lie in packages");
    let place = format!(
        "{}/{}",
        package.name.name,
        interface.name.as_deref().unwrap_or("?")
    );
    check(
        &place,
        &interface.docs,
        Some(&interface.stability),
        complaints,
    );
    for (name, function) in &interface.functions {
        check(
            &format!("{place}.{name}"),
            &function.docs,
            Some(&function.stability),
            complaints,
        );
    }
    for (name, id) in &interface.types {
        let found = resolve.types.get(*id).expect("the interface names it");
        let place = format!("{place}.{name}");
        // What `use` brings in is documented where it is defined.
        if matches!(found.kind, TypeDefKind::Type(_)) {
            continue;
        }
        check(&place, &found.docs, Some(&found.stability), complaints);
        let parts: Vec<(&str, &Docs)> = match &found.kind {
            TypeDefKind::Record(record) => record
                .fields
                .iter()
                .map(|part| (part.name.as_str(), &part.docs))
                .collect(),
            TypeDefKind::Enum(one) => one
                .cases
                .iter()
                .map(|part| (part.name.as_str(), &part.docs))
                .collect(),
            TypeDefKind::Variant(one) => one
                .cases
                .iter()
                .map(|part| (part.name.as_str(), &part.docs))
                .collect(),
            TypeDefKind::Flags(one) => one
                .flags
                .iter()
                .map(|part| (part.name.as_str(), &part.docs))
                .collect(),
            _ => Vec::new(),
        };
        for (part, docs) in parts {
            check(&format!("{place}.{part}"), docs, None, complaints);
        }
    }
}

#[test]
fn wit_errors_can_grow_by_their_last_case_only() {
    let resolve = contract();
    let mut complaints = Vec::new();
    for (_, found) in &resolve.types {
        let name = found.name.as_deref().unwrap_or_default();
        if let TypeDefKind::Variant(variant) = &found.kind
            && (name == "error" || name.ends_with("-error"))
            && variant.cases.last().is_none_or(|case| case.name != "other")
        {
            complaints.push(format!(
                "{name} ({:?}) has no last case other(string)",
                found.owner
            ));
        }
    }
    none(&complaints);
}

#[test]
fn wit_events_are_each_named_by_a_test() {
    let mut tests: String = sources("runtime", &[".rs"])
        .iter()
        .map(|file| file.test_part().to_owned())
        .collect();
    let own = ["tests/tidy/"];
    for file in sources("tests", &[".rs", ".wat", ".toml"]) {
        if !own.iter().any(|start| file.path.starts_with(start)) {
            tests.push_str(&file.text);
        }
    }
    let missing = events().into_iter().filter(|event| {
        // `timer:timer` and `custom:event` are written `timer:<name>` and `custom:event:<name>`.
        !event
            .spellings()
            .iter()
            .any(|spelling| tests.contains(spelling.as_str()))
    });
    none(
        &missing
            .map(|event| format!("no test names {}", event.interface()))
            .collect::<Vec<_>>(),
    );
}
