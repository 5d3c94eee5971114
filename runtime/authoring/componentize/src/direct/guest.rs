use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ExternalKind, Instance, InstantiationArg,
};

use super::obstacle::Obstacle;
use super::parts::{Part, Parts};

/// The three core modules of the usual layout, and what is known of them.
pub(crate) struct Guest<'a> {
    /// The guest's own module.
    pub(crate) module: &'a [u8],
    /// Core instance number of the shim.
    pub(crate) shim: u32,
    /// Core instance number of the guest.
    pub(crate) main: u32,
    /// Core instance number of the exports that the fix-up is given: the functions meant by the
    /// shim's.
    pub(crate) fixed: u32,
    /// Core instance number of the fix-up.
    pub(crate) fixup: u32,
    /// What the guest calls its memory.
    pub(crate) memory: &'a str,
    /// What the guest calls its allocator; none when nothing allocates in it.
    pub(crate) realloc: Option<&'a str>,
}

impl<'a> Guest<'a> {
    pub(crate) fn find(parts: &Parts<'a>) -> Result<Self, Obstacle> {
        const UNUSUAL: Obstacle = Obstacle("it is not made of guest, shim and fix-up");

        let mut instantiated = Vec::new();
        for (index, instance) in (0_u32..).zip(parts.instances()) {
            if let Instance::Instantiate { module_index, args } = instance {
                instantiated.push((index, *module_index, &**args));
            }
        }
        let [(shim, _, []), (main, module, _), (fixup, _, [fixed])] = *instantiated else {
            return Err(UNUSUAL);
        };
        let modules = parts.modules();
        let [_, _, _] = *modules else {
            return Err(UNUSUAL);
        };
        let module = usize::try_from(module)
            .ok()
            .and_then(|module| modules.get(module));
        let module = *module.ok_or(UNUSUAL)?;
        let InstantiationArg {
            name: "",
            index: fixed,
            ..
        } = *fixed
        else {
            return Err(UNUSUAL);
        };
        let (memory, realloc) = memory_and_realloc(parts, main)?;
        Ok(Self {
            module,
            shim,
            main,
            fixed,
            fixup,
            memory,
            realloc,
        })
    }
}

/// The names under which the component takes memory and allocator from the guest.
fn memory_and_realloc<'a>(
    parts: &Parts<'a>,
    main: u32,
) -> Result<(&'a str, Option<&'a str>), Obstacle> {
    let mut memory = None;
    let mut functions: Vec<Option<&str>> = Vec::new();
    let mut realloc = None;
    for part in &parts.0 {
        match part {
            Part::Alias(ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            }) => {
                let own = (*instance_index == main).then_some(*name);
                match kind {
                    ExternalKind::Func | ExternalKind::FuncExact => functions.push(own),
                    ExternalKind::Memory => memory = agree(memory, own)?,
                    ExternalKind::Table | ExternalKind::Global | ExternalKind::Tag => {}
                }
            }
            Part::Canonical(CanonicalFunction::Lift { options, .. }) => {
                realloc = agree(realloc, realloc_of(options, &functions)?)?;
            }
            Part::Canonical(canonical) => {
                if let CanonicalFunction::Lower { options, .. } = canonical {
                    realloc = agree(realloc, realloc_of(options, &functions)?)?;
                }
                functions.push(None);
            }
            Part::Section { .. } | Part::Module(_) | Part::Instance(_) | Part::Alias(_) => {}
        }
    }
    Ok((memory.ok_or(Obstacle("it has no memory"))?, realloc))
}

fn realloc_of<'a>(
    options: &[CanonicalOption],
    functions: &[Option<&'a str>],
) -> Result<Option<&'a str>, Obstacle> {
    for option in options {
        if let CanonicalOption::Realloc(index) = option {
            let function = usize::try_from(*index)
                .ok()
                .and_then(|index| functions.get(index));
            let name = function.copied().flatten();
            return Ok(Some(
                name.ok_or(Obstacle("its allocator is not the guest's own"))?,
            ));
        }
    }
    Ok(None)
}

/// The one name, however often it is said.
fn agree<'a>(known: Option<&'a str>, said: Option<&'a str>) -> Result<Option<&'a str>, Obstacle> {
    match (known, said) {
        (Some(known), Some(said)) if known != said => {
            Err(Obstacle("it has more than one memory or allocator"))
        }
        (known, said) => Ok(known.or(said)),
    }
}
