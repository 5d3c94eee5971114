use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{Function, Instruction as Plain};
use wasmparser::{FuncType, Operator};

use crate::code::{Code, Instruction};
use crate::constants::Constants;
use crate::span::Span;

use super::Addresses;
use super::error::Error;
use super::numbers::Numbers;
use super::runtime::{Runtime, RuntimeCallee, RuntimeFunction, RuntimeGlobal};
use super::types::Types;

type Reencoded<T> = Result<T, reencode::Error<Error>>;

/// Puts the numbers of the module in the place of names, and of the runtime's own numbers.
pub(super) struct Relocation<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) numbers: &'a Numbers,
    pub(super) constants: &'a Constants,
    pub(super) addresses: &'a Addresses,
    pub(super) types: Types,
}

impl Reencode for Relocation<'_> {
    type Error = Error;

    fn function_index(&mut self, number: u32) -> Reencoded<u32> {
        match self.runtime.callee(number).map_err(own)? {
            RuntimeCallee::Callee(callee) => self.numbers.function(callee).map_err(own),
            // Only a call can name one, and calls of texts do not come here.
            RuntimeCallee::Text(text) => Err(own(Error::Address(text.to_owned()))),
        }
    }

    fn global_index(&mut self, number: u32) -> Reencoded<u32> {
        match self.runtime.global(number).map_err(own)? {
            RuntimeGlobal::Global(global) => self.numbers.global(global).map_err(own),
            RuntimeGlobal::Address(name) => Err(own(Error::Address(name.to_owned()))),
        }
    }

    fn type_index(&mut self, number: u32) -> Reencoded<u32> {
        let ty = self.runtime.ty(number).map_err(own)?.clone();
        self.function_type(&ty)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Reencoded<Plain<'a>> {
        if let Operator::GlobalGet { global_index } = operator
            && let RuntimeGlobal::Address(name) = self.runtime.global(global_index).map_err(own)?
        {
            return Ok(number(self.address(name).map_err(own)?));
        }
        utils::instruction(self, operator)
    }
}

impl Relocation<'_> {
    /// The number of a type of the runtime in the module.
    pub(super) fn function_type(&mut self, ty: &FuncType) -> Reencoded<u32> {
        let parameters = self.val_types(ty.params().to_vec())?;
        let results = self.val_types(ty.results().to_vec())?;
        Ok(self.types.number(parameters, results))
    }

    fn address(&self, name: &str) -> Result<u32, Error> {
        let address = self.addresses.get(name).copied();
        address.ok_or_else(|| Error::Address(name.to_owned()))
    }

    /// A function of the runtime.
    pub(super) fn function(&mut self, function: &RuntimeFunction) -> Result<Function, Error> {
        let mut linked = self.new_function_with_parsed_locals(&function.body)?;
        for operator in function.body.get_operators_reader()? {
            let operator = operator?;
            if let Operator::Call { function_index } = operator
                && let RuntimeCallee::Text(text) = self.runtime.callee(function_index)?
            {
                let known = self.constants.known_text(text);
                let (at, length) = known.ok_or_else(|| Error::Address(text.to_owned()))?;
                linked.instruction(&number(at)).instruction(&number(length));
                continue;
            }
            linked.instruction(&self.instruction(operator)?);
        }
        Ok(linked)
    }

    /// Code of the blocks. `begin` is told where in the body code of another place begins.
    pub(super) fn code(
        &self,
        code: &Code,
        linked: &mut Function,
        begin: &mut dyn FnMut(u32, Span),
    ) -> Result<(), Error> {
        for (instruction, place) in code.placed() {
            if let Some(place) = place {
                begin(u32::try_from(linked.byte_len()).unwrap_or(u32::MAX), place);
            }
            match instruction {
                Instruction::Call(callee) => {
                    linked.instruction(&Plain::Call(self.numbers.function(*callee)?))
                }
                Instruction::GlobalGet(global) => {
                    linked.instruction(&Plain::GlobalGet(self.numbers.global(*global)?))
                }
                Instruction::GlobalSet(global) => {
                    linked.instruction(&Plain::GlobalSet(self.numbers.global(*global)?))
                }
                Instruction::Plain(plain) => linked.instruction(plain),
            };
        }
        linked.instruction(&Plain::End);
        Ok(())
    }
}

fn own(error: Error) -> reencode::Error<Error> {
    reencode::Error::UserError(error)
}

fn number(number: u32) -> Plain<'static> {
    Plain::I32Const(number.cast_signed())
}
