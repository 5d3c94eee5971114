// What libc++ would bring along with its diagnostics, which print and so would ask for WASI: memory comes from C's arena, and
// what cannot go on ends the run as a trap.
#include <cstdlib>
#include <new>

void *operator new(std::size_t size) {
    void *block = std::malloc(size);
    if (block == nullptr) std::abort();
    return block;
}

void operator delete(void *) noexcept {}
void operator delete(void *, std::size_t) noexcept {}

// libc++ lets a program replace this one.
void std::__libcpp_verbose_abort(const char *, ...) noexcept { std::abort(); }

// Handlers are compiled with -Werror=global-constructors, so there is nothing to call at the beginning. Naming what would
// call it keeps the linker from doing so around every export; and nothing runs at the end either, where the C library would
// flush its streams.
extern "C" void __wasm_call_ctors();
[[gnu::used]] static void (*const no_constructors)() = __wasm_call_ctors;
extern "C" void __wasm_call_dtors() {}
