//! Memory for one run: it is handed out from a block and never taken back, because the whole instance is thrown away
//! when the run is over.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

const PAGE_BYTES: usize = 64 * 1024;

struct Arena {
    /// The first free address; 0 before the first allocation.
    next: Cell<usize>,
}

/// # Safety
/// A handler has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0) };

unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe extern "C" {
            /// Set by the linker: what lies above is free.
            static __heap_base: u8;
        }
        let first = match self.next.get() {
            0 => &raw const __heap_base as usize,
            next => next,
        };
        let start = first.next_multiple_of(layout.align());
        let end = start + layout.size();
        let have = memory_size(0) * PAGE_BYTES;
        if end > have && memory_grow(0, (end - have).div_ceil(PAGE_BYTES)) == usize::MAX {
            return ptr::null_mut();
        }
        self.next.set(end);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
