//! Where the code of a handler came from, for the log.

use std::ops::Range;
use std::sync::Arc;

use evroute_lines::{SECTION, SECTION_BYTES_MAX};
use wasmparser::{Parser, Payload, TypeRef};
use wasmtime::{FrameInfo, Module};

/// The source lines of a component's modules; none for those that carry none.
#[derive(Default)]
pub(crate) struct Sources {
    modules: Vec<Lines>,
}

/// The lines of one module, and how to recognise it.
struct Lines {
    section: Arc<[u8]>,
    imported: u32,
    /// Where in the component the bodies of its functions begin.
    bodies: Vec<u32>,
}

/// A module on the way through it.
#[derive(Default)]
struct Reading {
    section: Option<Range<usize>>,
    imported: u32,
    bodies: Vec<u32>,
}

impl Sources {
    /// Finds the sections of lines. Whether there is sense in them is seen when a line is looked
    /// up.
    pub(crate) fn read(component: &[u8]) -> Self {
        let mut sources = Self::default();
        // Most components carry none, and some are large.
        if memchr::memmem::find(component, SECTION.as_bytes()).is_none() {
            return sources;
        }
        let mut open = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            let Ok(payload) = payload else { break };
            match &payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                    open.push(Reading::default());
                }
                Payload::End(_) => {
                    let lines = open.pop().and_then(|reading| reading.lines(component));
                    sources.modules.extend(lines);
                }
                _ => {
                    if let Some(reading) = open.last_mut() {
                        reading.payload(&payload);
                    }
                }
            }
        }
        sources
    }

    /// The lines for one frame of a stack. `code` is the module with the code if the component runs
    /// as modules, where functions have the same numbers and other places.
    pub(crate) fn of(&self, frame: &FrameInfo, code: Option<&Module>) -> Option<Arc<[u8]>> {
        if code.is_some_and(|code| Module::same(code, frame.module())) {
            let [lines] = &self.modules[..] else {
                return None;
            };
            return Some(Arc::clone(&lines.section));
        }
        let begin = frame.module_offset()?.checked_sub(frame.func_offset()?)?;
        let mut modules = self.modules.iter();
        let lines = modules.find(|lines| lines.body(frame.func_index()) == Some(begin))?;
        Some(Arc::clone(&lines.section))
    }
}

impl Lines {
    fn body(&self, function: u32) -> Option<usize> {
        let number = usize::try_from(function.checked_sub(self.imported)?).ok()?;
        usize::try_from(*self.bodies.get(number)?).ok()
    }
}

impl Reading {
    fn payload(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::ImportSection(section) => {
                let imports = section.clone().into_imports();
                let functions = imports.filter(|import| {
                    let ty = import.as_ref().map(|import| import.ty);
                    matches!(ty, Ok(TypeRef::Func(_) | TypeRef::FuncExact(_)))
                });
                self.imported = u32::try_from(functions.count()).unwrap_or(u32::MAX);
            }
            Payload::CodeSectionEntry(body) => {
                let begin = u32::try_from(body.range().start).unwrap_or(u32::MAX);
                self.bodies.push(begin);
            }
            Payload::CustomSection(section) if section.name() == SECTION => {
                let begin = section.data_offset();
                self.section = Some(begin..begin + section.data().len());
            }
            _ => {}
        }
    }

    fn lines(self, component: &[u8]) -> Option<Lines> {
        let section = component.get(self.section?)?;
        (section.len() <= SECTION_BYTES_MAX).then(|| Lines {
            section: section.into(),
            imported: self.imported,
            bodies: self.bodies,
        })
    }
}
