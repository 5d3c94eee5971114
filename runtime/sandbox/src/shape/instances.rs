//! The instances that one start makes, those of nested components as often as they are made.
//!
//! Each component has numbers of its own for the components it can instantiate: those defined in
//! it, those it refers to around it, and those it exports. What each makes is known by then, since
//! a component is defined before it is named and nothing unknown is passed in.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Instance, Payload,
};

use super::{Open, Surveyor, Unfit, fixed};
use crate::ComponentLimits;

/// What one instance of a component makes.
#[derive(Clone, Copy, Default)]
struct Made {
    /// Instances of modules and components, and those that only bundle exports.
    instances: u64,
    /// Those of them that are of modules, and so have a memory, tables and a start of their own.
    modules_started: u64,
}

impl Made {
    /// A bundle of exports.
    const BUNDLE: Self = Self {
        instances: 1,
        modules_started: 0,
    };
    const MODULE: Self = Self {
        instances: 1,
        modules_started: 1,
    };

    fn and(self, more: Self) -> Self {
        Self {
            instances: self.instances.saturating_add(more.instances),
            modules_started: self.modules_started.saturating_add(more.modules_started),
        }
    }
}

/// A component that is being read.
#[derive(Default)]
pub(super) struct Definition {
    /// What an instance of it makes, so far.
    made: Made,
    /// What an instance of each component makes that it has a number for.
    components: Vec<Made>,
}

impl Definition {
    /// A component by its number. Where there is none, Wasmtime refuses the whole before it makes
    /// anything of it.
    fn component(&self, number: u32) -> Made {
        let number = usize::try_from(number).ok();
        let made = number.and_then(|number| self.components.get(number));
        made.copied().unwrap_or_default()
    }
}

impl Surveyor<'_> {
    /// The module or component under way ends: whoever has it in itself can instantiate it.
    pub(super) fn end(&mut self) {
        let ended = self.open.pop();
        if let (Some(Open::Component(ended)), Some(Open::Component(around))) =
            (ended, self.open.last_mut())
        {
            around.components.push(ended.made);
        }
    }

    pub(super) fn count_instances(&mut self, payload: &Payload<'_>) -> Result<(), Unfit> {
        match payload {
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.make(match instance? {
                        Instance::Instantiate { .. } => Made::MODULE,
                        Instance::FromExports(_) => Made::BUNDLE,
                    })?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let inside = match instance? {
                        ComponentInstance::Instantiate {
                            component_index, ..
                        } => self.component(0, component_index),
                        ComponentInstance::FromExports(_) => Made::default(),
                    };
                    self.make(Made::BUNDLE.and(inside))?;
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    not_passed_on(matches!(
                        import?.ty,
                        ComponentTypeRef::Component(_) | ComponentTypeRef::Module(_)
                    ))?;
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.alias(&alias?)?;
                }
            }
            // An export is one more number for what it exports.
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Component {
                        self.number(self.component(0, export.index));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Result<(), Unfit> {
        match *alias {
            ComponentAlias::InstanceExport { kind, .. } => not_passed_on(matches!(
                kind,
                ComponentExternalKind::Component | ComponentExternalKind::Module
            )),
            ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Component,
                count,
                index,
            } => {
                self.number(self.component(count, index));
                Ok(())
            }
            ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => Ok(()),
        }
    }

    /// What an instance makes of the component that has this number in the component so many levels
    /// around the one under way.
    fn component(&self, levels: u32, number: u32) -> Made {
        let levels = usize::try_from(levels).unwrap_or(usize::MAX);
        match self.open.iter().rev().nth(levels) {
            Some(Open::Component(definition)) => definition.component(number),
            Some(Open::Module(_)) | None => Made::default(),
        }
    }

    /// The component under way has one more number for a component.
    fn number(&mut self, made: Made) {
        if let Some(Open::Component(definition)) = self.open.last_mut() {
            definition.components.push(made);
        }
    }

    /// The component under way makes an instance.
    fn make(&mut self, more: Made) -> Result<(), Unfit> {
        let is_outermost = self.open.len() == 1;
        let Some(Open::Component(definition)) = self.open.last_mut() else {
            return Ok(());
        };
        definition.made = definition.made.and(more);
        let made = definition.made;
        if is_outermost {
            self.shape.instances = made.instances;
            self.shape.modules_started = made.modules_started;
        }
        // One that is never instantiated makes none, but is compiled all the same.
        fixed(
            "instances once all components in it are instantiated",
            made.instances,
            ComponentLimits::INSTANCES_MAX,
        )
    }
}

/// What is instantiated under a name that was passed in may come later than the instantiation.
fn not_passed_on(is_passed_on: bool) -> Result<(), Unfit> {
    let what = "components or modules that are passed on";
    fixed(what, is_passed_on.into(), 0)
}

#[cfg(test)]
mod tests;
