//! One call of the guest to us.

use wasmtime::component::Resource;
use wasmtime::{AsContextMut, Caller};

use crate::guest::{caller_of, guest_of};
use crate::lift::aligned;
use crate::{Arguments, CoreGuest, Fault, Lower, Reader, Single, Writer};

/// Reads the arguments of a call.
///
/// # Errors
/// What is wrong with them.
pub fn lift<T: CoreGuest, A>(
    caller: &mut Caller<'_, T>,
    values: &[u64],
    read: impl FnOnce(&mut Arguments<'_>, &mut Reader<'_>) -> Result<A, Fault>,
) -> wasmtime::Result<A> {
    if caller.data_mut().notes_fuel()
        && let Ok(left) = caller.get_fuel()
    {
        caller.data_mut().note_fuel(left);
    }
    let memory = caller_of(caller.data_mut())?.memory;
    let (memory, data) = memory.data_and_store_mut(caller);
    let guest = guest_of(data)?;
    let mut reader = Reader::new(memory, &guest.handles, guest.call_bytes_max);
    Ok(read(&mut Arguments::new(values), &mut reader)?)
}

/// Writes an answer to where the guest wants it.
///
/// # Errors
/// A [`Fault`], or what the guest's allocator ran into.
pub fn lower<T: CoreGuest, V: Lower>(
    caller: &mut Caller<'_, T>,
    answer: V,
    at: u32,
) -> wasmtime::Result<()> {
    let at = at as usize;
    aligned(at, V::ALIGN)?;
    let mut writer = Writer::new(caller.as_context_mut())?;
    // All of it has to be there, whichever case is written.
    writer.check(at, V::SIZE)?;
    answer.store(&mut writer, at)?;
    Ok(writer.end()?)
}

/// An answer that is one core value.
///
/// # Errors
/// A [`Fault`].
pub fn lower_single<T: CoreGuest, V: Single>(
    caller: &mut Caller<'_, T>,
    answer: V,
) -> wasmtime::Result<V::Core> {
    Ok(answer.into_core(caller.data_mut())?)
}

/// Takes a handle that the guest gives back.
///
/// # Errors
/// It is not open, or of another kind.
pub fn give_back<T: CoreGuest, R: 'static>(
    caller: &mut Caller<'_, T>,
    handle: u32,
) -> wasmtime::Result<Resource<R>> {
    let rep = caller_of(caller.data_mut())?.handles.remove::<R>(handle)?;
    Ok(Resource::new_own(rep))
}
