//! The operator's log.

use alloc::string::String;

use crate::joined::joined;

pub use crate::bindings::evroute::log::log::Level;

/// Writes a line of parts, each a text or a whole number, at a level. [`info!`](crate::info!) and its like say the level themselves.
///
/// There is no `format!` in it, whose code every run of a handler would pay for.
#[macro_export]
macro_rules! log {
    ($level:expr, $($part:expr),+ $(,)?) => {
        $crate::log::line($level, &[$($crate::log::Part::text(&$part).as_ref()),+])
    };
}

/// Writes a line of parts at `L_ERR`, as [`log!`](crate::log!) does.
#[macro_export]
macro_rules! error {
    ($($part:expr),+ $(,)?) => { $crate::log!($crate::log::Level::Error, $($part),+) };
}

/// Writes a line of parts at `L_WARN`, as [`log!`](crate::log!) does.
#[macro_export]
macro_rules! warning {
    ($($part:expr),+ $(,)?) => { $crate::log!($crate::log::Level::Warning, $($part),+) };
}

/// Writes a line of parts at `L_NOTICE`, as [`log!`](crate::log!) does.
#[macro_export]
macro_rules! notice {
    ($($part:expr),+ $(,)?) => { $crate::log!($crate::log::Level::Notice, $($part),+) };
}

/// Writes a line of parts at `L_INFO`, as [`log!`](crate::log!) does.
#[macro_export]
macro_rules! info {
    ($($part:expr),+ $(,)?) => { $crate::log!($crate::log::Level::Info, $($part),+) };
}

/// Writes a line of parts at `L_DBG`, as [`log!`](crate::log!) does.
#[macro_export]
macro_rules! debug {
    ($($part:expr),+ $(,)?) => { $crate::log!($crate::log::Level::Debug, $($part),+) };
}

/// Writes a line at a level.
#[doc(hidden)]
#[inline]
pub fn line(level: Level, parts: &[&str]) {
    match parts {
        [whole] => crate::bindings::evroute::log::log::log(level, whole),
        _ => crate::bindings::evroute::log::log::log(level, &joined(parts)),
    }
}

/// What a line can be put together from: text, whole numbers, and what may not be there (nothing, then).
pub trait Part {
    /// Its text, or what that is kept in.
    type Text<'a>: AsRef<str>
    where
        Self: 'a;

    /// Its text.
    fn text(&self) -> Self::Text<'_>;
}

impl Part for str {
    type Text<'a> = &'a str;

    #[inline]
    fn text(&self) -> &str {
        self
    }
}

impl Part for String {
    type Text<'a> = &'a str;

    #[inline]
    fn text(&self) -> &str {
        self
    }
}

impl<T: Part + ?Sized> Part for &T {
    type Text<'a>
        = T::Text<'a>
    where
        Self: 'a;

    #[inline]
    fn text(&self) -> T::Text<'_> {
        T::text(self)
    }
}

impl Part for Option<String> {
    type Text<'a> = &'a str;

    #[inline]
    fn text(&self) -> &str {
        self.as_deref().unwrap_or_default()
    }
}

/// The digits of a whole number.
#[doc(hidden)]
pub struct Digits {
    octets: [u8; Self::MAX],
    first: usize,
}

impl Digits {
    /// As many as `i64::MIN` has, with its sign; `u64::MAX` has as many.
    const MAX: usize = 20;

    fn of(number: i64) -> Self {
        Self::signed(number.unsigned_abs(), number < 0)
    }

    fn signed(mut left: u64, is_negative: bool) -> Self {
        let mut digits = Self {
            octets: [b'0'; Self::MAX],
            first: Self::MAX,
        };
        loop {
            #[expect(clippy::cast_possible_truncation)]
            digits.put(b'0' + (left % 10) as u8);
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if is_negative {
            digits.put(b'-');
        }
        digits
    }

    fn put(&mut self, octet: u8) {
        self.first -= 1;
        self.octets[self.first] = octet;
    }
}

impl AsRef<str> for Digits {
    fn as_ref(&self) -> &str {
        str::from_utf8(&self.octets[self.first..]).unwrap_or_default()
    }
}

impl Part for i64 {
    type Text<'a> = Digits;

    fn text(&self) -> Digits {
        Digits::of((*self).into())
    }
}

impl Part for u64 {
    type Text<'a> = Digits;

    fn text(&self) -> Digits {
        Digits::signed(*self, false)
    }
}

impl Part for i32 {
    type Text<'a> = Digits;

    fn text(&self) -> Digits {
        Digits::of((*self).into())
    }
}

impl Part for u32 {
    type Text<'a> = Digits;

    fn text(&self) -> Digits {
        Digits::of((*self).into())
    }
}

impl Part for u16 {
    type Text<'a> = Digits;

    fn text(&self) -> Digits {
        Digits::of((*self).into())
    }
}
