//! A panic ends the run as a trap; the server says which, and the fail policy decides what becomes of the event.

use core::arch::wasm32::unreachable;
use core::panic::PanicInfo;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unreachable()
}
