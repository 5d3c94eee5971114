//! Records, enums and variants: what generated code says of them.

/// A record: its fields in their order.
#[macro_export]
macro_rules! record {
    ($ty:ty { $($field:ident: $of:ty),+ $(,)? }) => {
        const _: () = {
            use $crate::{Arguments, CoreGuest, Fault, Layout, Lift, Lower, Reader, Writer, align_to};

            impl Layout for $ty {
                const SIZE: usize = {
                    let mut size = 0;
                    $(size = align_to(size, <$of as Layout>::ALIGN) + <$of as Layout>::SIZE;)+
                    align_to(size, Self::ALIGN)
                };
                const ALIGN: usize = {
                    let mut align = 1;
                    $(if <$of as Layout>::ALIGN > align {
                        align = <$of as Layout>::ALIGN;
                    })+
                    align
                };
                const FLAT: usize = 0 $(+ <$of as Layout>::FLAT)+;
            }

            impl Lift for $ty {
                fn from_arguments(
                    arguments: &mut Arguments<'_>,
                    reader: &mut Reader<'_>,
                ) -> Result<Self, Fault> {
                    Ok(Self { $($field: <$of as Lift>::from_arguments(arguments, reader)?,)+ })
                }

                fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
                    let mut end = 0;
                    $(let $field = {
                        let start = align_to(end, <$of as Layout>::ALIGN);
                        end = start + <$of as Layout>::SIZE;
                        <$of as Lift>::load(reader, at + start)?
                    };)+
                    let _ = end;
                    Ok(Self { $($field,)+ })
                }
            }

            impl Lower for $ty {
                fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
                    let mut end = 0;
                    $({
                        let start = align_to(end, <$of as Layout>::ALIGN);
                        end = start + <$of as Layout>::SIZE;
                        self.$field.store(writer, at + start)?;
                    })+
                    let _ = end;
                    Ok(())
                }
            }
        };
    };
}

/// A variant or an enum of at most 256 cases, in their order.
#[macro_export]
macro_rules! variant {
    ($ty:ty { $($number:literal => $case:ident $(($of:ty))?),+ $(,)? }) => {
        const _: () = {
            use $crate::{Arguments, CoreGuest, Fault, Layout, Lift, Lower, Reader, Writer, align_to};

            impl Layout for $ty {
                const SIZE: usize = {
                    let mut size = 0;
                    $($(if <$of as Layout>::SIZE > size {
                        size = <$of as Layout>::SIZE;
                    })?)+
                    align_to(align_to(1, Self::ALIGN) + size, Self::ALIGN)
                };
                const ALIGN: usize = {
                    #[allow(unused_mut, reason = "an enum has no payload")]
                    let mut align = 1;
                    $($(if <$of as Layout>::ALIGN > align {
                        align = <$of as Layout>::ALIGN;
                    })?)+
                    align
                };
                const FLAT: usize = {
                    #[allow(unused_mut, reason = "an enum has no payload")]
                    let mut flat = 0;
                    $($(if <$of as Layout>::FLAT > flat {
                        flat = <$of as Layout>::FLAT;
                    })?)+
                    1 + flat
                };
            }

            impl Lift for $ty {
                #[allow(unused_variables, unused_mut, reason = "an enum has no payload")]
                fn from_arguments(
                    arguments: &mut Arguments<'_>,
                    reader: &mut Reader<'_>,
                ) -> Result<Self, Fault> {
                    let case = arguments.next_u32();
                    let mut payload = arguments.payload(<Self as Layout>::FLAT - 1);
                    match case {
                        $($number => Ok(Self::$case$((<$of as Lift>::from_arguments(&mut payload, reader)?))?),)+
                        unknown => Err(Fault::UnknownCase(unknown)),
                    }
                }

                #[allow(unused_variables, reason = "an enum has no payload")]
                fn load(reader: &mut Reader<'_>, at: usize) -> Result<Self, Fault> {
                    let payload = at + align_to(1, <Self as Layout>::ALIGN);
                    match reader.case(at)? {
                        $($number => Ok(Self::$case$((<$of as Lift>::load(reader, payload)?))?),)+
                        unknown => Err(Fault::UnknownCase(unknown)),
                    }
                }
            }

            impl Lower for $ty {
                #[allow(unused_variables, reason = "an enum has no payload")]
                fn store<T: CoreGuest>(self, writer: &mut Writer<'_, T>, at: usize) -> wasmtime::Result<()> {
                    let payload = at + align_to(1, <Self as Layout>::ALIGN);
                    match self {
                        $($crate::variant!(@pattern $case value $($of)?) => {
                            writer.put(at, &[$number])?;
                            $crate::variant!(@store value writer payload $($of)?);
                        })+
                    }
                    Ok(())
                }
            }
        };
    };
    (@pattern $case:ident $value:ident) => { Self::$case };
    (@pattern $case:ident $value:ident $of:ty) => { Self::$case($value) };
    (@store $value:ident $writer:ident $payload:ident) => {};
    (@store $value:ident $writer:ident $payload:ident $of:ty) => {
        <$of as Lower>::store($value, $writer, $payload)?
    };
}
