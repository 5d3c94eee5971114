package guarded

import "unsafe"

// Go draws the seed of its random numbers when a program starts. A handler was started when it was
// built, so that all runs would have the same numbers, and the same keys of maps: each run does
// again what the runtime does for a new thread, with a seed of the run. The names are those of Go
// 1.27; without them the link fails.

//go:wasmimport wasi_snapshot_preview1 random_get
func randomGet(at unsafe.Pointer, size uint32) uint32

//go:linkname acquirem runtime.acquirem
func acquirem() unsafe.Pointer

//go:linkname releasem runtime.releasem
func releasem(thread unsafe.Pointer)

//go:linkname mrandinit runtime.mrandinit
func mrandinit(thread unsafe.Pointer)

//go:linkname stateInit internal/chacha8rand.(*State).Init
func stateInit(state unsafe.Pointer, seed [32]byte)

// globalRand begins as the runtime's: a lock, the seed, the generator.
//
//go:linkname globalRand runtime.globalRand
var globalRand struct {
	lock  uintptr
	seed  [32]byte
	state [1]uint64
}

// seeded is whether this instance has its seed: it stays as it is from the first event on.
var seeded bool

func begin() {
	if seeded {
		return
	}
	seeded = true
	var seed [32]byte
	randomGet(unsafe.Pointer(&seed), uint32(len(seed)))
	stateInit(unsafe.Pointer(&globalRand.state), seed)
	thread := acquirem()
	mrandinit(thread)
	releasem(thread)
}
