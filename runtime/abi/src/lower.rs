//! From our values to the guest's.

use wasmtime::component::Resource;
use wasmtime::{Memory, StoreContextMut};

use crate::guest::guest_of;
use crate::layout::{align_to, payload_offset};
use crate::lift::aligned;
use crate::{CoreGuest, Fault, Layout, Realloc};

/// A value that we can give to a guest.
pub trait Lower: Layout + Sized {
    /// Writes it to memory, at an address that is aligned. What it points to is asked of the
    /// guest's allocator.
    ///
    /// # Errors
    /// A [`Fault`], or what the guest's allocator ran into.
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()>;

    /// Writes many in a row.
    ///
    /// # Errors
    /// As [`Lower::store`].
    fn store_many<T: CoreGuest>(
        values: Vec<Self>,
        writer: &mut Writer<'_, T>,
        at: usize,
    ) -> wasmtime::Result<()> {
        for (number, value) in values.into_iter().enumerate() {
            value.store(writer, at + number * Self::SIZE)?;
        }
        Ok(())
    }
}

/// A value that is one core value when it is an answer.
pub trait Single {
    /// That core value.
    type Core;

    /// Turns it into that.
    ///
    /// # Errors
    /// A [`Fault`].
    fn into_core<T: CoreGuest>(self, data: &mut T) -> Result<Self::Core, Fault>;
}

/// A guest's memory, to write to.
pub struct Writer<'a, T: CoreGuest> {
    store: StoreContextMut<'a, T>,
    memory: Memory,
    /// Lent by the guest: copying it would cost as much as a small call.
    realloc: Option<Realloc>,
}

impl<T: CoreGuest> std::fmt::Debug for Writer<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl<'a, T: CoreGuest> Writer<'a, T> {
    pub(crate) fn new(mut store: StoreContextMut<'a, T>) -> Result<Self, Fault> {
        let guest = guest_of(store.data_mut())?;
        let (memory, realloc) = (guest.memory, guest.realloc.take());
        Ok(Self {
            store,
            memory,
            realloc,
        })
    }

    /// Gives the allocator back. A writer that failed need not: its guest is not called again.
    pub(crate) fn end(mut self) -> Result<(), Fault> {
        guest_of(self.store.data_mut())?.realloc = self.realloc;
        Ok(())
    }

    /// Writes bytes that are aligned as what they are.
    ///
    /// # Errors
    /// They would be outside the memory.
    pub fn put(&mut self, at: usize, bytes: &[u8]) -> Result<(), Fault> {
        let outside = Fault::OutsideMemory {
            at,
            bytes: bytes.len(),
        };
        let end = at.checked_add(bytes.len()).ok_or(outside)?;
        let memory = self.memory.data_mut(&mut self.store);
        memory
            .get_mut(at..end)
            .ok_or(outside)?
            .copy_from_slice(bytes);
        Ok(())
    }

    /// Room from the guest's allocator.
    fn allocate(&mut self, bytes: usize, align: usize) -> wasmtime::Result<u32> {
        let realloc = self.realloc.as_ref().ok_or(Fault::NoAllocator)?;
        let (size, alignment) = (word(bytes)?, word(align)?);
        let at = realloc.call(&mut self.store, (0, 0, alignment, size))?;
        aligned(at as usize, align)?;
        self.check(at as usize, bytes)?;
        Ok(at)
    }

    /// Whether so many bytes, which may be none, are in the memory.
    pub(crate) fn check(&self, at: usize, bytes: usize) -> Result<(), Fault> {
        let end = at.checked_add(bytes);
        let is_inside = end.is_some_and(|end| end <= self.memory.data_size(&self.store));
        let outside = Fault::OutsideMemory { at, bytes };
        is_inside.then_some(()).ok_or(outside)
    }

    fn put_reference(&mut self, at: usize, target: u32, count: usize) -> wasmtime::Result<()> {
        self.put(at, &target.to_le_bytes())?;
        self.put(at + 4, &word(count)?.to_le_bytes())?;
        Ok(())
    }
}

/// A number as the guest has it. Whatever is larger has no room in its memory.
fn word(number: usize) -> Result<u32, Fault> {
    u32::try_from(number).map_err(|_| Fault::TooManyBytes)
}

macro_rules! integers {
    ($($ty:ty => $core:ty;)*) => {
        $(
            impl Lower for $ty {
                fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
                    Ok(writer.put(at, &self.to_le_bytes())?)
                }
            }

            impl Single for $ty {
                type Core = $core;

                fn into_core<T: CoreGuest>(self, _: &mut T) -> Result<$core, Fault> {
                    Ok(self.into())
                }
            }
        )*
    };
}

integers! {
    u16 => u32;
    u32 => u32;
    u64 => u64;
    i64 => i64;
}

impl Lower for u8 {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        Ok(writer.put(at, &[self])?)
    }

    fn store_many<T: CoreGuest>(
        values: Vec<Self>,
        writer: &mut Writer<'_, T>,
        at: usize,
    ) -> wasmtime::Result<()> {
        Ok(writer.put(at, &values)?)
    }
}

impl Lower for bool {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        u8::from(self).store(writer, at)
    }
}

impl Single for bool {
    type Core = u32;

    fn into_core<T: CoreGuest>(self, _: &mut T) -> Result<u32, Fault> {
        Ok(self.into())
    }
}

impl Lower for () {
    fn store<T: CoreGuest>(self, _: &mut Writer<'_, T>, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// The guest owns what we give it.
impl<R: 'static> Lower for Resource<R> {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        let handle = self.into_core(writer.store.data_mut())?;
        handle.store(writer, at)
    }
}

impl<R: 'static> Single for Resource<R> {
    type Core = u32;

    fn into_core<T: CoreGuest>(self, data: &mut T) -> Result<u32, Fault> {
        guest_of(data)?.handles.insert::<R>(self.rep())
    }
}

impl Lower for String {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        let target = writer.allocate(self.len(), 1)?;
        writer.put(target as usize, self.as_bytes())?;
        writer.put_reference(at, target, self.len())
    }
}

impl<V: Lower> Lower for Vec<V> {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        let count = self.len();
        let bytes = count.checked_mul(V::SIZE).ok_or(Fault::TooManyBytes)?;
        let target = writer.allocate(bytes, V::ALIGN)?;
        V::store_many(self, writer, target as usize)?;
        writer.put_reference(at, target, count)
    }
}

impl<A: Lower, B: Lower> Lower for (A, B) {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        self.0.store(writer, at)?;
        self.1.store(writer, at + align_to(A::SIZE, B::ALIGN))
    }
}

impl<V: Lower> Lower for Option<V> {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        writer.put(at, &[u8::from(self.is_some())])?;
        match self {
            Some(value) => value.store(writer, at + payload_offset(V::ALIGN)),
            None => Ok(()),
        }
    }
}

impl<V: Lower, E: Lower> Lower for Result<V, E> {
    fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
        writer.put(at, &[u8::from(self.is_err())])?;
        let payload = at + payload_offset(Self::ALIGN);
        match self {
            Ok(value) => value.store(writer, payload),
            Err(error) => error.store(writer, payload),
        }
    }
}
