// Package runtime has what wit-bindgen's bindings need of memory and handles. They import it under this path; it is here
// so that handlers are built without a module proxy.
package runtime

import (
	"runtime"
	"unsafe"
)

// What the server hands over stays where it is until the run is over, and the whole instance with it.
var received runtime.Pinner

// Allocate is memory that the garbage collector leaves alone as long as it is pinned.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return unsafe.Pointer(align)
	}
	words := make([]uint64, (size+7)/8)
	block := unsafe.Pointer(unsafe.SliceData(words))
	pinner.Pin(block)
	return block
}

//go:wasmexport cabi_realloc
func cabiRealloc(old uintptr, oldSize, align, size uint32) uintptr {
	if oldSize != 0 {
		panic("cabi_realloc: the server does not let blocks grow")
	}
	return uintptr(Allocate(&received, uintptr(size), uintptr(align)))
}

// Handle is a handle of the server's, used up when it is given away.
type Handle struct {
	value int32
}

// MakeHandle is a handle that was received.
func MakeHandle(value int32) *Handle { return &Handle{value} }

// Use is its number.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("the handle was given away")
	}
	return h.value
}

// Take is its number, for the last time.
func (h *Handle) Take() int32 {
	value := h.Use()
	h.value = 0
	return value
}

// Set makes it usable again.
func (h *Handle) Set(value int32) { h.value = value }

// TakeOrNil is as Take, and 0 for a handle that was given away.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}
