//! The functions of one module.

use wasmparser::{
    CompositeInnerType, FunctionBody, FunctionSectionReader, ImportSectionReader, TypeRef,
    TypeSectionReader,
};

use super::flow::Flow;
use super::{Shape, Unfit, fixed, keyed, wide};
use crate::ComponentLimits;

/// How many values pass through each type and function of a module.
#[derive(Default)]
pub(super) struct Functions {
    /// Parameters and results, by type.
    widths: Vec<u16>,
    /// The type, by function.
    types: Vec<u32>,
    /// How many functions have a body, so far.
    bodies: usize,
    imported: usize,
    flow: Flow,
}

impl Functions {
    /// How many parameters and results a type has. What there is not is refused by the compiler.
    pub(super) fn width(&self, ty: u32) -> u64 {
        let width = usize::try_from(ty).ok().and_then(|ty| self.widths.get(ty));
        width.copied().unwrap_or(0).into()
    }

    /// The same of a function.
    pub(super) fn width_of(&self, function: u32) -> u64 {
        let function = usize::try_from(function).ok();
        let ty = function.and_then(|function| self.types.get(function));
        ty.map_or(0, |ty| self.width(*ty))
    }

    pub(super) fn types(
        &mut self,
        section: &TypeSectionReader<'_>,
        shape: &mut Shape,
    ) -> Result<(), Unfit> {
        let more = |shape: &mut Shape, number: u64| {
            shape.types = shape.types.saturating_add(number);
            fixed(
                "types in its modules",
                shape.types,
                ComponentLimits::TYPES_MAX,
            )
        };
        let groups = u64::from(section.count());
        more(shape, groups)?;
        for group in section.clone() {
            let group = group?;
            more(shape, wide(group.types().len()).saturating_sub(1))?;
            for ty in group.types() {
                let width = match &ty.composite_type.inner {
                    CompositeInnerType::Func(ty) => ty.params().len() + ty.results().len(),
                    CompositeInnerType::Array(_)
                    | CompositeInnerType::Struct(_)
                    | CompositeInnerType::Cont(_) => 0,
                };
                self.widths.push(u16::try_from(width).unwrap_or(u16::MAX));
            }
        }
        Ok(())
    }

    pub(super) fn imports(
        &mut self,
        section: &ImportSectionReader<'_>,
        shape: &mut Shape,
    ) -> Result<(), Unfit> {
        for import in section.clone().into_imports() {
            shape.entries(1)?;
            if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import?.ty {
                self.types.push(ty);
                self.imported += 1;
            }
        }
        Ok(())
    }

    pub(super) fn functions(
        &mut self,
        section: &FunctionSectionReader<'_>,
        limits: &ComponentLimits,
        shape: &mut Shape,
    ) -> Result<(), Unfit> {
        shape.functions += u64::from(section.count());
        let (value, limit) = (shape.functions, limits.functions_max.into());
        keyed("functions", value, limit, "component_functions_max")?;
        for ty in section.clone() {
            self.types.push(ty?);
        }
        Ok(())
    }

    /// The body of the next function.
    pub(super) fn body(
        &mut self,
        body: &FunctionBody<'_>,
        limits: &ComponentLimits,
        shape: &mut Shape,
    ) -> Result<(), Unfit> {
        let bytes = wide(body.range().len());
        shape.function_bytes = shape.function_bytes.max(bytes);
        let limit = limits.function_bytes_max.into();
        let what = "bytes in one function";
        keyed(what, bytes, limit, "component_function_bytes_max")?;
        let locals = locals(body)?;
        shape.locals = shape.locals.max(locals);
        fixed(
            "locals in one function",
            locals,
            ComponentLimits::LOCALS_MAX,
        )?;
        let own = self.types.get(self.imported + self.bodies).copied();
        self.bodies += 1;
        let mut flow = std::mem::take(&mut self.flow);
        let measured = flow.measure(body, self);
        shape.block_nesting = shape.block_nesting.max(flow.nesting());
        shape.loop_nesting = shape.loop_nesting.max(flow.loops_nesting());
        self.flow = flow;
        let cost = measured?.saturating_add(own.map_or(0, |own| self.width(own)));
        shape.function_flow = shape.function_flow.max(cost);
        shape.flow = shape.flow.saturating_add(cost);
        let limit = limits.function_flow_max;
        let what = "values on the ways through one function";
        keyed(what, cost, limit, "component_function_flow_max")?;
        let what = "values on the ways through its functions";
        keyed(what, shape.flow, limits.flow_max, "component_flow_max")
    }
}

/// How many locals a function declares.
fn locals(body: &FunctionBody<'_>) -> Result<u64, Unfit> {
    let mut locals = 0_u64;
    for group in body.get_locals_reader()? {
        let (count, _) = group?;
        locals = locals.saturating_add(count.into());
    }
    Ok(locals)
}
