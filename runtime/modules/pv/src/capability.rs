//! What guests may call: `evroute:pv/pv`.

use evroute_bindings::evroute::pv::{pv, types};
use evroute_bindings::import;
use evroute_module_api::{Capability, Value, Variable, VariableError, VariableName, run_view};

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[
    Capability::of::<import::PvTypes, PvView<'static>>(),
    Capability::of::<import::PvPv, PvView<'static>>().granted_by("pv"),
];

run_view!(PvView);

impl types::Host for PvView<'_> {}

impl PvView<'_> {
    fn row(&self, name: &VariableName<'_>) -> Result<Variable, VariableError> {
        let row = self
            .0
            .handler_context
            .variables
            .find(name.name)
            .ok_or(VariableError::UnknownName)?;
        match row.grant {
            Some(grant) if !self.0.handler_context.grants.may(grant, None) => {
                Err(VariableError::NotAvailableHere)
            }
            _ => Ok(*row),
        }
    }

    fn read(&mut self, name: &str) -> Result<Value, VariableError> {
        let name = VariableName::parse(name).map_err(|_| VariableError::UnknownName)?;
        let row = self.row(&name)?;
        (row.get)(self.0, &name)
    }

    fn write(&mut self, name: &str, value: Value) -> Result<(), VariableError> {
        let name = VariableName::parse(name).map_err(|_| VariableError::UnknownName)?;
        let row = self.row(&name)?;
        let Some(set) = row.set else {
            // A variable that this event does not have is that first, and read-only second.
            if !row.counts {
                (row.get)(self.0, &name)?;
            }
            return Err(VariableError::ReadOnly);
        };
        set(self.0, &name, value)
    }
}

impl pv::Host for PvView<'_> {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<Value, VariableError>> {
        let value = self.read(&name);
        self.0.charge(name.len() + value.as_ref().map_or(0, size))?;
        Ok(value)
    }

    fn set(&mut self, name: String, value: Value) -> wasmtime::Result<Result<(), VariableError>> {
        self.0.charge(name.len() + size(&value))?;
        Ok(self.write(&name, value))
    }
}

/// How many bytes a value moves between guest and server.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Int(_) => 0,
        Value::Text(text) => text.len(),
        Value::Octets(bytes) => bytes.len(),
    }
}
