use wasm_encoder::{TypeSection, ValType};

/// The types of functions and blocks, each once.
#[derive(Default)]
pub(super) struct Types(Vec<(Vec<ValType>, Vec<ValType>)>);

impl Types {
    /// The number of a type, which is added where it is new.
    pub(super) fn number(&mut self, parameters: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let ty = (parameters, results);
        let known = self.0.iter().position(|own| *own == ty);
        let number = known.unwrap_or_else(|| {
            self.0.push(ty);
            self.0.len() - 1
        });
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    pub(super) fn section(self) -> TypeSection {
        let mut section = TypeSection::new();
        for (parameters, results) in self.0 {
            section.ty().function(parameters, results);
        }
        section
    }
}
