//! How large values are in a guest's memory, and how many core values they are when passed.

use wasmtime::component::Resource;

/// How a value looks to a guest.
pub trait Layout {
    /// Bytes in memory.
    const SIZE: usize;
    /// What its address is a multiple of.
    const ALIGN: usize;
    /// Core values, where it is passed as such.
    const FLAT: usize;
}

/// The next multiple of `align`.
#[must_use]
pub const fn align_to(offset: usize, align: usize) -> usize {
    offset.next_multiple_of(align)
}

/// The larger of two, in constants.
pub(crate) const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

macro_rules! scalars {
    ($($ty:ty: $size:literal;)*) => {
        $(impl Layout for $ty {
            const SIZE: usize = $size;
            const ALIGN: usize = $size;
            const FLAT: usize = 1;
        })*
    };
}

scalars! {
    bool: 1;
    u8: 1;
    u16: 2;
    u32: 4;
    u64: 8;
    i64: 8;
}

impl Layout for () {
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const FLAT: usize = 0;
}

impl<R: 'static> Layout for Resource<R> {
    const SIZE: usize = 4;
    const ALIGN: usize = 4;
    const FLAT: usize = 1;
}

impl Layout for String {
    const SIZE: usize = 8;
    const ALIGN: usize = 4;
    const FLAT: usize = 2;
}

impl<T> Layout for Vec<T> {
    const SIZE: usize = 8;
    const ALIGN: usize = 4;
    const FLAT: usize = 2;
}

impl<A: Layout, B: Layout> Layout for (A, B) {
    const SIZE: usize = align_to(align_to(A::SIZE, B::ALIGN) + B::SIZE, Self::ALIGN);
    const ALIGN: usize = max(A::ALIGN, B::ALIGN);
    const FLAT: usize = A::FLAT + B::FLAT;
}

/// Where the payload of a type with up to 256 cases is.
pub(crate) const fn payload_offset(align: usize) -> usize {
    align_to(1, align)
}

impl<T: Layout> Layout for Option<T> {
    const SIZE: usize = align_to(payload_offset(T::ALIGN) + T::SIZE, T::ALIGN);
    const ALIGN: usize = T::ALIGN;
    const FLAT: usize = 1 + T::FLAT;
}

impl<T: Layout, E: Layout> Layout for Result<T, E> {
    const SIZE: usize = align_to(
        payload_offset(Self::ALIGN) + max(T::SIZE, E::SIZE),
        Self::ALIGN,
    );
    const ALIGN: usize = max(T::ALIGN, E::ALIGN);
    const FLAT: usize = 1 + max(T::FLAT, E::FLAT);
}
