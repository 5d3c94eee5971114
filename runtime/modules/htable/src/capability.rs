//! What guests may call: `evroute:htable/types`, `evroute:htable/htable`, `evroute:pv/shv`.

use evroute_bindings::evroute::htable::{htable, types};
use evroute_bindings::evroute::pv::shv;
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, RunState, Value, run_view};
use wasmtime::component::Resource;

use crate::events::{Expired, ModInit};
use crate::value::to_value;
use crate::write_batch::WriteBatch;
use crate::{Stored, TableId, WriteError};

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[
    Capability::of::<import::HtableTypes, HtableView<'static>>(),
    Capability::of::<import::HtableHtable, HtableView<'static>>().granted_by("htable"),
    Capability::of::<import::PvShv, HtableView<'static>>().granted_by("shv"),
];

run_view!(HtableView);

/// How many bytes a value moves between guest and server.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Int(_) => 0,
        Value::Text(text) => text.len(),
        Value::Octets(bytes) => bytes.len(),
    }
}

/// A handle's number is the position of its table.
fn place(table: &Resource<handle::Table>) -> TableId {
    TableId::Table(usize::try_from(table.rep()).unwrap_or(usize::MAX))
}

impl types::Host for HtableView<'_> {}

impl types::HostModInitEvent for HtableView<'_> {
    fn tenant(&mut self, _: Resource<handle::ModInitEvent>) -> wasmtime::Result<String> {
        self.0.payload::<ModInit>()?;
        let tenant = self.0.handler_context.tenant.id.as_str().to_owned();
        self.0.charge(tenant.len())?;
        Ok(tenant)
    }

    fn drop(&mut self, _: Resource<handle::ModInitEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl types::HostExpiredEvent for HtableView<'_> {
    fn table(&mut self, _: Resource<handle::ExpiredEvent>) -> wasmtime::Result<String> {
        let table = self.0.payload::<Expired>()?.table.as_ref().to_owned();
        self.0.charge(table.len())?;
        Ok(table)
    }

    fn key(&mut self, _: Resource<handle::ExpiredEvent>) -> wasmtime::Result<String> {
        let key = self.0.payload::<Expired>()?.key.as_ref().to_owned();
        self.0.charge(key.len())?;
        Ok(key)
    }

    fn value(&mut self, _: Resource<handle::ExpiredEvent>) -> wasmtime::Result<Value> {
        let value = Value::from(&self.0.payload::<Expired>()?.value);
        self.0.charge(size(&value))?;
        Ok(value)
    }

    fn drop(&mut self, _: Resource<handle::ExpiredEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl htable::Host for HtableView<'_> {}

impl htable::HostTable for HtableView<'_> {
    fn open(
        &mut self,
        name: String,
    ) -> wasmtime::Result<Result<Resource<handle::Table>, htable::Error>> {
        self.0.charge(name.len())?;
        let position = match WriteBatch::open(self.0, &name)? {
            Some(TableId::Table(position)) => u32::try_from(position).ok(),
            Some(TableId::Shared) | None => None,
        };
        Ok(position
            .map(Resource::new_own)
            .ok_or(htable::Error::NotGranted))
    }

    fn get(
        &mut self,
        table: Resource<handle::Table>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Value>, htable::Error>> {
        let seen = WriteBatch::of(self.0)?.get(place(&table), &key);
        let value = seen.map(|seen| Value::from(&seen.value));
        self.0.charge(key.len() + value.as_ref().map_or(0, size))?;
        Ok(Ok(value))
    }

    fn set(
        &mut self,
        table: Resource<handle::Table>,
        key: String,
        value: Value,
        ttl_seconds: Option<u32>,
    ) -> wasmtime::Result<Result<(), htable::Error>> {
        self.0.charge(key.len() + size(&value))?;
        let value = Stored::from_value(value);
        let written = WriteBatch::to_write(self.0, place(&table))?
            .and_then(|batch| batch.set(place(&table), &key, value, ttl_seconds));
        Ok(written.map_err(htable::Error::from))
    }

    fn remove(
        &mut self,
        table: Resource<handle::Table>,
        key: String,
    ) -> wasmtime::Result<Result<bool, htable::Error>> {
        self.0.charge(key.len())?;
        let removed = WriteBatch::to_write(self.0, place(&table))?
            .and_then(|batch| batch.remove(place(&table), &key));
        Ok(removed.map_err(htable::Error::from))
    }

    fn add(
        &mut self,
        table: Resource<handle::Table>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, htable::Error>> {
        self.0.charge(key.len())?;
        let sum = WriteBatch::to_write(self.0, place(&table))?
            .and_then(|batch| batch.add(place(&table), &key, delta));
        Ok(sum.map_err(htable::Error::from))
    }

    fn drop(&mut self, _: Resource<handle::Table>) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// Leave is asked at deploy and again here: an import alone is never enough.
fn may_share(run: &RunState) -> Result<(), shv::Error> {
    if run.handler_context.grants.may("shv", None) {
        Ok(())
    } else {
        Err(shv::Error::NotGranted)
    }
}

impl shv::Host for HtableView<'_> {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<Value, shv::Error>> {
        if let Err(refused) = may_share(self.0) {
            self.0.charge(name.len())?;
            return Ok(Err(refused));
        }
        let seen = WriteBatch::of(self.0)?.get(TableId::Shared, &name);
        let value = to_value(seen.as_ref().map(|seen| &seen.value));
        self.0.charge(name.len() + size(&value))?;
        Ok(Ok(value))
    }

    fn set(&mut self, name: String, value: Value) -> wasmtime::Result<Result<(), shv::Error>> {
        self.0.charge(name.len() + size(&value))?;
        if let Err(refused) = may_share(self.0) {
            return Ok(Err(refused));
        }
        let value = Stored::from_value(value);
        let written = WriteBatch::to_write(self.0, TableId::Shared)?
            .and_then(|batch| batch.set(TableId::Shared, &name, value, None));
        Ok(written.map_err(shv::Error::from))
    }

    fn add(&mut self, name: String, delta: i64) -> wasmtime::Result<Result<i64, shv::Error>> {
        self.0.charge(name.len())?;
        if let Err(refused) = may_share(self.0) {
            return Ok(Err(refused));
        }
        let sum = WriteBatch::to_write(self.0, TableId::Shared)?
            .and_then(|batch| batch.add(TableId::Shared, &name, delta));
        Ok(sum.map_err(shv::Error::from))
    }
}

/// Both interfaces have the same errors, under names of their own.
macro_rules! from_write_error {
    ($($error:ty)*) => { $(
        impl From<WriteError> for $error {
            fn from(error: WriteError) -> Self {
                match error {
                    WriteError::NoTable | WriteError::ReadOnly => Self::NotGranted,
                    WriteError::Full => Self::QuotaExceeded,
                    WriteError::NotANumber => Self::NotANumber,
                    WriteError::KeyLength
                    | WriteError::ValueLength
                    | WriteError::Overflow
                    | WriteError::NoEntry => Self::Other(error.to_string()),
                }
            }
        }
    )* };
}
from_write_error!(htable::Error shv::Error);

#[cfg(test)]
mod tests;
