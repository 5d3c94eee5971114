//! A panic ends the run as a trap; the server says which, and the fail policy decides what becomes of the event.
//!
//! With the feature `panic-log` its message and place are a line of the log before that. Their formatting is code that every
//! handler then carries, and the handler's world has to import `evroute:log/log`.

use core::arch::wasm32::unreachable;
use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    #[cfg(feature = "panic-log")]
    reported::tell(info);
    #[cfg(not(feature = "panic-log"))]
    let _ = info;
    unreachable()
}

#[cfg(feature = "panic-log")]
mod reported {
    use core::fmt::{self, Write};
    use core::panic::PanicInfo;

    /// The longest line, in octets; the heap may be what is broken, so it is made on the stack.
    const OCTETS_MAX: usize = 512;

    /// The first level, `evroute:log/log`: error.
    const ERROR: i32 = 0;

    #[link(wasm_import_module = "evroute:log/log@0.1.0")]
    unsafe extern "C" {
        #[link_name = "log"]
        fn log(level: i32, text: *const u8, octets: usize);
    }

    struct Line {
        octets: [u8; OCTETS_MAX],
        used: usize,
    }

    impl Write for Line {
        /// Cuts what is too long, between characters.
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let mut end = text.len().min(OCTETS_MAX - self.used);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            self.octets[self.used..self.used + end].copy_from_slice(&text.as_bytes()[..end]);
            self.used += end;
            if end < text.len() {
                Err(fmt::Error)
            } else {
                Ok(())
            }
        }
    }

    pub(super) fn tell(info: &PanicInfo<'_>) {
        let mut line = Line {
            octets: [0; OCTETS_MAX],
            used: 0,
        };
        // A line that was cut is reported as far as it goes.
        let _ = match info.location() {
            Some(place) => write!(
                line,
                "panicked at {}:{}: {}",
                place.file(),
                place.line(),
                info.message()
            ),
            None => write!(line, "panicked: {}", info.message()),
        };
        // SAFETY: the text is valid for as long as the call takes, and is UTF-8.
        unsafe { log(ERROR, line.octets.as_ptr(), line.used) }
    }
}
