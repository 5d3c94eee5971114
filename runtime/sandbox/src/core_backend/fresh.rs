//! Debug builds hold each instance that was reset against one that was just made.

use std::sync::Arc;

use evroute_event::{Cause, EventName};
use evroute_module_api::RunState;
use wasmtime::{Func, FuncType, PoolConcurrencyLimitError, Ref, Table, Val};

use super::{CoreBackend, PooledInstance};
use crate::Handler;

impl CoreBackend {
    /// What of a reset instance is not as in a new one; none as well when there is no place for a
    /// new one.
    pub(super) fn difference(
        &self,
        handler: &Handler,
        pooled: &mut PooledInstance,
    ) -> Option<String> {
        let handler_context = Arc::clone(handler.handler_context());
        let cause = Cause::outside(handler_context.tenant.index);
        let state = RunState::new(handler_context, EventName::new("reset"), cause, None);
        match self.start(handler, handler.store(state)) {
            Ok(mut fresh) => pooled.difference(&mut fresh),
            Err((_, error)) if error.is::<PoolConcurrencyLimitError>() => None,
            Err((_, error)) => Some(format!("a new one cannot be made: {error:#}")),
        }
    }
}

impl PooledInstance {
    fn difference(&mut self, fresh: &mut Self) -> Option<String> {
        let memories = (
            self.memory.data(&self.store),
            fresh.memory.data(&fresh.store),
        );
        if memories.0 != memories.1 {
            return Some("its memory".to_owned());
        }
        let globals = self.globals_now();
        for (number, pair) in globals.iter().zip(&fresh.globals_now()).enumerate() {
            if bits(pair.0) != bits(pair.1) {
                return Some(format!("its global {number}"));
            }
        }
        let tables: Vec<(Table, Table)> = self
            .tables
            .iter()
            .copied()
            .zip(fresh.tables.iter().copied())
            .collect();
        for (own, new) in tables {
            if own.size(&self.store) != new.size(&fresh.store) {
                return Some("the size of its table".to_owned());
            }
            for at in 0..own.size(&self.store) {
                let one = own.get(&mut self.store, at);
                let other = new.get(&mut fresh.store, at);
                if !is_alike(&one, &self.store, &other, &fresh.store) {
                    return Some(format!("element {at} of its table"));
                }
            }
        }
        None
    }
}

/// A number as it stands in memory.
fn bits(value: &Val) -> Option<u64> {
    match *value {
        Val::I32(bits) => Some(u64::from(bits.cast_unsigned())),
        Val::I64(bits) => Some(bits.cast_unsigned()),
        Val::F32(bits) => Some(bits.into()),
        Val::F64(bits) => Some(bits),
        _ => None,
    }
}

/// Whether two elements are both empty, or functions of one type: those of two instances are never
/// the same.
fn is_alike<T: 'static>(
    one: &Option<Ref>,
    of_one: &wasmtime::Store<T>,
    other: &Option<Ref>,
    of_other: &wasmtime::Store<T>,
) -> bool {
    match (one, other) {
        (Some(Ref::Func(one)), Some(Ref::Func(other))) => {
            let ty = |function: &Option<Func>, store| function.map(|function| function.ty(store));
            match (ty(one, of_one), ty(other, of_other)) {
                (Some(one), Some(other)) => FuncType::eq(&one, &other),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
        }
        _ => false,
    }
}
