//! Memory for one run: it is handed out from a block and never taken back, because the whole instance is thrown away
//! when the run is over.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

/// A page of a memory whose type says nothing else.
const PAGE_OCTETS: usize = 64 * 1024;
/// What a memory with pages of one octet grows by at least: what the server's hardware calls a page.
const STEP_OCTETS: usize = 4 * 1024;

unsafe extern "C" {
    /// Set by the linker: what lies above is free.
    static __heap_base: u8;
}

struct Arena {
    /// The first free address; 0 before the first allocation.
    next: Cell<usize>,
    /// The first address that is not there.
    end: Cell<usize>,
}

/// # Safety
/// A handler has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    next: Cell::new(0),
    end: Cell::new(0),
};

unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.next.get().next_multiple_of(layout.align());
        let end = start + layout.size();
        if end > self.end.get() {
            return self.alloc_beyond(layout);
        }
        self.next.set(end);
        start as *mut u8
    }

    #[inline]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

impl Arena {
    /// The first allocation, and those for which there is not enough memory.
    #[cold]
    #[inline(never)]
    fn alloc_beyond(&self, layout: Layout) -> *mut u8 {
        let heap_base = &raw const __heap_base as usize;
        let size = memory_size(0);
        // A memory reaches to the heap's beginning at least, so a size that does not is counted in pages. The usual
        // memory would have to have 1 GiB for 16 KiB of data to be taken for one with small pages.
        let page = if size >= heap_base { 1 } else { PAGE_OCTETS };
        let have = size * page;
        let free = self.next.get().max(heap_base);
        let start = free.next_multiple_of(layout.align());
        let Some(end) = start.checked_add(layout.size()) else {
            return ptr::null_mut();
        };
        let mut has = have;
        if end > have {
            let wanted = (end - have).next_multiple_of(page.max(STEP_OCTETS));
            if memory_grow(0, wanted / page) == usize::MAX {
                return ptr::null_mut();
            }
            has = have + wanted;
        }
        self.next.set(end);
        self.end.set(has);
        start as *mut u8
    }
}
