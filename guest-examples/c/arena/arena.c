/*
 * Memory for one run: it is handed out from a block and never taken back, because the whole instance is thrown away when
 * the run is over. In place of the C library's allocator, which a run would pay for.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A page of a memory whose type says nothing else. */
#define PAGE_OCTETS 65536u
/* What a memory with pages of one octet grows by at least: what the server's hardware calls a page. */
#define STEP_OCTETS 4096u
/* Every block begins at a multiple of this, as malloc promises. */
#define ALIGNMENT 16u

/*
 * Leave for the server to run this handler with a memory smaller than a page: how many octets above __heap_base a run
 * starts with. No code here takes the unit of memory.size and memory.grow for granted.
 */
__asm__(".section \".custom_section.evroute-small-memory\",\"\",@\n"
	".int32 3072\n"
	".text\n");

/* Set by the linker: what lies above is free. */
extern unsigned char __heap_base;

static uintptr_t next, end;

/* Makes room up to `wanted`; the first allocation comes here too. */
static int grow(uintptr_t wanted)
{
	uintptr_t heap_base = (uintptr_t)&__heap_base;
	size_t size = __builtin_wasm_memory_size(0);
	/*
	 * A memory reaches to the heap's beginning at least, so a size that does not is counted in pages. The usual memory
	 * would have to have 1 GiB for 16 KiB of data to be taken for one with small pages.
	 */
	size_t page = size >= heap_base ? 1 : PAGE_OCTETS;
	size_t step = page > STEP_OCTETS ? page : STEP_OCTETS;

	end = size * page;
	if (wanted <= end)
		return 1;
	size_t steps = (wanted - end + step - 1) / step;
	if (__builtin_wasm_memory_grow(0, steps * step / page) == SIZE_MAX)
		return 0;
	end += steps * step;
	return 1;
}

void *malloc(size_t size)
{
	if (next == 0)
		next = ((uintptr_t)&__heap_base + ALIGNMENT - 1) & -(uintptr_t)ALIGNMENT;
	uintptr_t start = next, wanted;
	if (__builtin_add_overflow(start, size, &wanted) || wanted > UINT32_MAX - ALIGNMENT)
		return NULL;
	if (wanted > end && !grow(wanted))
		return NULL;
	next = (wanted + ALIGNMENT - 1) & -(uintptr_t)ALIGNMENT;
	return (void *)start;
}

void free(void *block)
{
	(void)block;
}

/* How long the old block was is not known, but all that lies above it was handed out after it and can be read. */
void *realloc(void *old, size_t size)
{
	size_t at_most = old == NULL ? 0 : next - (uintptr_t)old;
	void *block = malloc(size);

	if (block != NULL && at_most != 0)
		memcpy(block, old, at_most < size ? at_most : size);
	return block;
}

/* The end of the run as a trap; the C library's would want WASI. */
void abort(void)
{
	__builtin_trap();
}
