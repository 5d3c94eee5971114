//! One call of us to the guest.

use wasmtime::{AsContextMut, TypedFunc};

use crate::guest::guest_of;
use crate::lift::aligned;
use crate::{CoreGuest, Lift, Reader};

/// A guest's export that takes one handle and answers with an address, and what it wants called
/// when the answer was read.
#[derive(Clone)]
pub struct Answering {
    /// The export.
    pub function: TypedFunc<u32, u32>,
    /// Called with the same address afterwards, where the guest asks for it.
    pub post_return: Option<TypedFunc<u32, ()>>,
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}

/// Calls an export with a new handle of the kind `R`, which the guest owns from then on, and reads
/// what it answers.
///
/// # Errors
/// A trap, or a [`crate::Fault`] in the answer.
pub fn call<T: CoreGuest, R: 'static, A: Lift>(
    mut store: impl AsContextMut<Data = T>,
    export: &Answering,
    rep: u32,
) -> wasmtime::Result<A> {
    let mut store = store.as_context_mut();
    let handle = guest_of(store.data_mut())?.handles.insert::<R>(rep)?;
    let at = export.function.call(&mut store, handle)?;
    let memory = guest_of(store.data_mut())?.memory;
    let (memory, data) = memory.data_and_store_mut(&mut store);
    let guest = guest_of(data)?;
    let mut reader = Reader::new(memory, &guest.handles, guest.call_bytes_max);
    aligned(at as usize, A::ALIGN)?;
    reader.check(at as usize, A::SIZE)?;
    let answer = A::load(&mut reader, at as usize)?;
    if let Some(post_return) = &export.post_return {
        guest_of(store.data_mut())?.may_leave = false;
        post_return.call(&mut store, at)?;
        guest_of(store.data_mut())?.may_leave = true;
    }
    Ok(answer)
}
