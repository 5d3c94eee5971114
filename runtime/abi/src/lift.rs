//! From the guest's values to ours.

use wasmtime::component::Resource;

use crate::layout::{align_to, max, payload_offset};
use crate::{Fault, Handles, Layout};

/// A value that a guest can pass to us.
pub trait Lift: Layout + Sized {
    /// From the arguments of a call.
    ///
    /// # Errors
    /// What is wrong with it.
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault>;

    /// From memory, at an address that is aligned.
    ///
    /// # Errors
    /// What is wrong with it.
    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault>;

    /// From memory, many in a row, at an address that is aligned. The caller has checked that they
    /// are all in it.
    ///
    /// # Errors
    /// What is wrong with one of them.
    fn load_many(reader: &mut Reader<'_>, at: usize, count: usize) -> Result<Vec<Self>, Fault> {
        (0..count)
            .map(|number| Self::load(reader, at + number * Self::SIZE))
            .collect()
    }
}

/// The core values of a call, each as 64 bits: a smaller one has zeros above it.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a>(&'a [u64]);

impl<'a> Arguments<'a> {
    pub(crate) fn new(values: &'a [u64]) -> Self {
        Self(values)
    }

    /// The next one. There are as many as the types say; for a mistake of ours it is zero.
    pub fn next_u64(&mut self) -> u64 {
        debug_assert!(!self.0.is_empty(), "a call has as many values as its types");
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// The lower half of the next one.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a 32-bit value passed as 64 bits"
    )]
    pub fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    /// The values of a case's payload. All cases take the same room; this leaves it behind.
    pub fn payload(&mut self, room: usize) -> Self {
        let payload = *self;
        self.0 = self.0.get(room..).unwrap_or_default();
        payload
    }
}

/// A guest's memory and handles, as they are during one call.
#[derive(Debug)]
pub struct Reader<'a> {
    memory: &'a [u8],
    handles: &'a Handles,
    bytes_left: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(memory: &'a [u8], handles: &'a Handles, bytes_max: usize) -> Self {
        Self {
            memory,
            handles,
            bytes_left: bytes_max,
        }
    }

    fn bytes(&self, at: usize, bytes: usize) -> Result<&'a [u8], Fault> {
        let end = at.checked_add(bytes);
        end.and_then(|end| self.memory.get(at..end))
            .ok_or(Fault::OutsideMemory { at, bytes })
    }

    /// Whether so many bytes are in the memory.
    pub(crate) fn check(&self, at: usize, bytes: usize) -> Result<(), Fault> {
        self.bytes(at, bytes).map(drop)
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Fault> {
        let bytes = self.bytes(at, N)?;
        bytes
            .try_into()
            .map_err(|_| Fault::OutsideMemory { at, bytes: N })
    }

    /// One byte: which case a value is.
    ///
    /// # Errors
    /// It is outside the memory.
    pub fn case(&self, at: usize) -> Result<u32, Fault> {
        self.array::<1>(at).map(|[case]| u32::from(case))
    }

    /// Counts what is about to be copied out of the guest, before it is.
    fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        let left = self.bytes_left.checked_sub(bytes);
        self.bytes_left = left.ok_or(Fault::TooManyBytes)?;
        Ok(())
    }

    fn text(&mut self, at: u32, bytes: u32) -> Result<String, Fault> {
        let (at, bytes) = (index(at), index(bytes));
        let text = self.bytes(at, bytes)?;
        self.charge(bytes)?;
        match str::from_utf8(text) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Fault::NotUtf8),
        }
    }

    fn list<T: Lift>(&mut self, at: u32, count: u32) -> Result<Vec<T>, Fault> {
        let (at, count) = (index(at), index(count));
        let outside = Fault::OutsideMemory { at, bytes: count };
        let bytes = count.checked_mul(T::SIZE).ok_or(outside)?;
        aligned(at, T::ALIGN)?;
        self.bytes(at, bytes)?;
        // What the list will take here, which may be more than it takes there.
        let ours = count.checked_mul(size_of::<T>()).ok_or(outside)?;
        self.charge(ours)?;
        T::load_many(self, at, count)
    }
}

/// Everywhere this server runs, a pointer is at least as wide as a guest's.
#[allow(clippy::cast_possible_truncation, reason = "32 bits fit")]
const fn index(number: u32) -> usize {
    number as usize
}

pub(crate) fn aligned(at: usize, align: usize) -> Result<(), Fault> {
    if at.is_multiple_of(align) {
        Ok(())
    } else {
        Err(Fault::NotAligned(at))
    }
}

macro_rules! integers {
    ($($ty:ty)*) => {
        $(impl Lift for $ty {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                trivial_numeric_casts,
                reason = "a narrow value is passed in a wide one, and a signed one as its bits"
            )]
            fn from_arguments(
                arguments: &mut Arguments<'_>,
                _: &mut Reader<'_>,
            ) -> Result<Self, Fault> {
                Ok(arguments.next_u64() as Self)
            }

            fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
                reader.array(at).map(Self::from_le_bytes)
            }
        })*
    };
}

integers!(u16 u32 u64 i64);

impl Lift for u8 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a narrow value is passed in a wide one"
    )]
    fn from_arguments(arguments: &mut Arguments<'_>, _: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(arguments.next_u64() as Self)
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        reader.array(at).map(|[byte]| byte)
    }

    fn load_many(reader: &mut Reader<'_>, at: usize, count: usize) -> Result<Vec<Self>, Fault> {
        reader.bytes(at, count).map(<[u8]>::to_vec)
    }
}

impl Lift for bool {
    fn from_arguments(arguments: &mut Arguments<'_>, _: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(arguments.next_u32() != 0)
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        reader.case(at).map(|case| case != 0)
    }
}

impl Lift for () {
    fn from_arguments(_: &mut Arguments<'_>, _: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(())
    }

    fn load(_: &mut Reader<'_>, _: usize) -> Result<Self, Fault> {
        Ok(())
    }
}

/// A handle that the guest lends for the length of a call: the only way in which guests pass
/// handles to us.
impl<R: 'static> Lift for Resource<R> {
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault> {
        let rep = reader.handles.lend::<R>(arguments.next_u32())?;
        Ok(Self::new_borrow(rep))
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        let rep = reader.handles.lend::<R>(u32::load(reader, at)?)?;
        Ok(Self::new_borrow(rep))
    }
}

impl Lift for String {
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault> {
        let (at, bytes) = (arguments.next_u32(), arguments.next_u32());
        reader.text(at, bytes)
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        let (text, bytes) = <(u32, u32)>::load(reader, at)?;
        reader.text(text, bytes)
    }
}

impl<T: Lift> Lift for Vec<T> {
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault> {
        let (at, count) = (arguments.next_u32(), arguments.next_u32());
        reader.list(at, count)
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        let (list, count) = <(u32, u32)>::load(reader, at)?;
        reader.list(list, count)
    }
}

impl<A: Lift, B: Lift> Lift for (A, B) {
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault> {
        let first = A::from_arguments(arguments, reader)?;
        Ok((first, B::from_arguments(arguments, reader)?))
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        let first = A::load(reader, at)?;
        Ok((first, B::load(reader, at + align_to(A::SIZE, B::ALIGN))?))
    }
}

impl<T: Lift> Lift for Option<T> {
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault> {
        let case = arguments.next_u32();
        let mut payload = arguments.payload(T::FLAT);
        match case {
            0 => Ok(None),
            1 => T::from_arguments(&mut payload, reader).map(Some),
            unknown => Err(Fault::UnknownCase(unknown)),
        }
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        match reader.case(at)? {
            0 => Ok(None),
            1 => T::load(reader, at + payload_offset(T::ALIGN)).map(Some),
            unknown => Err(Fault::UnknownCase(unknown)),
        }
    }
}

impl<T: Lift, E: Lift> Lift for Result<T, E> {
    fn from_arguments(
        arguments: &mut Arguments<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Fault> {
        let case = arguments.next_u32();
        let mut payload = arguments.payload(max(T::FLAT, E::FLAT));
        match case {
            0 => T::from_arguments(&mut payload, reader).map(Ok),
            1 => E::from_arguments(&mut payload, reader).map(Err),
            unknown => Err(Fault::UnknownCase(unknown)),
        }
    }

    fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
        let payload = at + payload_offset(Self::ALIGN);
        match reader.case(at)? {
            0 => T::load(reader, payload).map(Ok),
            1 => E::load(reader, payload).map(Err),
            unknown => Err(Fault::UnknownCase(unknown)),
        }
    }
}
