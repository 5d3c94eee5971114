use wasmparser::{CanonicalFunction, ComponentAlias, Instance, Parser, Payload};

use super::obstacle::Obstacle;

/// One item of a component, in the order in which they are defined.
pub(crate) enum Part<'a> {
    /// A section that says nothing about core modules and is copied as it is.
    Section { id: u8, contents: &'a [u8] },
    /// A core module. It is defined where it stood, but may be replaced.
    Module(&'a [u8]),
    /// A core instance.
    Instance(Instance<'a>),
    /// An export of an instance, core or not.
    Alias(ComponentAlias<'a>),
    /// A conversion between core functions and component functions.
    Canonical(CanonicalFunction),
}

/// A component, taken apart at its top level.
pub(crate) struct Parts<'a>(pub(crate) Vec<Part<'a>>);

impl<'a> Parts<'a> {
    pub(crate) fn read(component: &'a [u8]) -> Result<Self, Obstacle> {
        let mut parts = Vec::new();
        // Nested modules and components arrive as their own payloads right after their section:
        // skip those.
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            match &payload {
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                _ => read_payload(&payload, component, &mut parts)?,
            }
            if let Payload::ModuleSection { .. } | Payload::ComponentSection { .. } = payload {
                depth += 1;
            }
        }
        Ok(Self(parts))
    }

    /// The core modules in the order of their indices.
    pub(crate) fn modules(&self) -> Vec<&'a [u8]> {
        let modules = self.0.iter().filter_map(|part| match part {
            Part::Module(bytes) => Some(*bytes),
            _ => None,
        });
        modules.collect()
    }

    /// The core instances in the order of their indices.
    pub(crate) fn instances(&self) -> Vec<&Instance<'a>> {
        let instances = self.0.iter().filter_map(|part| match part {
            Part::Instance(instance) => Some(instance),
            _ => None,
        });
        instances.collect()
    }
}

fn read_payload<'a>(
    payload: &Payload<'a>,
    component: &'a [u8],
    parts: &mut Vec<Part<'a>>,
) -> Result<(), Obstacle> {
    match payload {
        Payload::Version { .. } => {}
        Payload::ModuleSection {
            unchecked_range, ..
        } => {
            let module = component.get(unchecked_range.clone());
            parts.push(Part::Module(module.ok_or(Obstacle("it does not parse"))?));
        }
        Payload::InstanceSection(section) => {
            for instance in section.clone() {
                parts.push(Part::Instance(instance?));
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section.clone() {
                parts.push(Part::Alias(alias?));
            }
        }
        Payload::ComponentCanonicalSection(section) => {
            for canonical in section.clone() {
                parts.push(Part::Canonical(canonical?));
            }
        }
        // Names of core items, whose numbers change.
        Payload::CustomSection(section) if section.name() == "component-name" => {}
        Payload::CoreTypeSection(_) => return Err(Obstacle("it defines core types of its own")),
        other => {
            let (id, range) = other
                .as_section()
                .ok_or(Obstacle("it has a part of unknown kind"))?;
            let contents = component.get(range).ok_or(Obstacle("it does not parse"))?;
            parts.push(Part::Section { id, contents });
        }
    }
    Ok(())
}
