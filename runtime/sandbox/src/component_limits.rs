//! What a component may have before a compiler sees it.

use crate::ComponentRefusal;
use crate::shape::Shape;

/// Limits of a component's shape. Each bounds something that the compiler's time or memory grows
/// with; all are checked in one linear pass. ADR 0025 has what real handlers have, and what a
/// component at the limit costs.
#[derive(Clone, Debug)]
pub struct ComponentLimits {
    /// The component's size, in bytes. `component_bytes_max`.
    pub bytes_max: usize,
    /// Functions of all its modules together. `component_functions_max`.
    pub functions_max: u32,
    /// One function's body, in bytes. `component_function_bytes_max`.
    pub function_bytes_max: u32,
    /// What the control flow of one function may cost a compiler: for each of the ways it can go,
    /// the locals that the function uses, times one and the loops around it.
    /// `component_function_flow_max`.
    pub function_flow_max: u64,
    /// The same, of all functions together.
    pub flow_max: u64,
}

impl ComponentLimits {
    /// How deep components may lie in each other.
    pub const NESTING_MAX: u64 = 8;
    /// Modules, nested components included.
    pub const MODULES_MAX: u64 = 64;
    /// Components that are nested in it, at all levels.
    pub const COMPONENTS_MAX: u64 = 512;
    /// Instances of modules and components that one start makes, those of nested components counted
    /// as often as they are made.
    pub const INSTANCES_MAX: u64 = 10_000;
    /// What its components say beside their modules, in bytes: types, imports, exports and what
    /// leads from one to another.
    pub const DESCRIPTION_BYTES_MAX: u64 = 1 << 20;
    /// Types of all its modules together.
    pub const TYPES_MAX: u64 = 50_000;
    /// Tables of all its modules together.
    pub const TABLES_MAX: u64 = 64;
    /// Imports, exports, globals, segments and elements of segments of all its modules together.
    pub const ENTRIES_MAX: u64 = 500_000;
    /// Locals that one function declares.
    pub const LOCALS_MAX: u64 = 10_000;
    /// How deep blocks may lie in each other in one function.
    pub const BLOCK_NESTING_MAX: u64 = 2_000;
    /// How deep loops may lie in each other in one function.
    pub const LOOP_NESTING_MAX: u64 = 64;

    /// Reads a component once and holds it against these limits, as it is done before it is
    /// compiled. What it means is not looked at: one that is within them may still be invalid.
    ///
    /// # Errors
    /// [`ComponentRefusal::TooLarge`] names the first limit that it exceeds,
    /// [`ComponentRefusal::NotAComponent`] where it cannot be read.
    pub fn check(&self, component: &[u8]) -> Result<(), ComponentRefusal> {
        Shape::measure(component, self)?;
        Ok(())
    }
}

impl Default for ComponentLimits {
    fn default() -> Self {
        Self {
            bytes_max: 32 << 20,
            functions_max: 60_000,
            function_bytes_max: 1 << 20,
            function_flow_max: 5_000_000,
            flow_max: 50_000_000,
        }
    }
}
