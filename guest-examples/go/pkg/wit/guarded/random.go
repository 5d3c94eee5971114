package guarded

import "unsafe"

// Go draws the seed of its random numbers when a program starts. A handler was started when it was
// built, so that all runs would have the same numbers, and the same keys of maps: each run gives
// Go's generators seeds of its own. The names, and what they stand for, are those of Go 1.27;
// without them the build fails, at the link or in init.

//go:wasmimport wasi_snapshot_preview1 random_get
func randomGet(at unsafe.Pointer, size uint32) uint32

//go:linkname acquirem runtime.acquirem
func acquirem() unsafe.Pointer

//go:linkname releasem runtime.releasem
func releasem(thread unsafe.Pointer)

//go:linkname mrandinit runtime.mrandinit
func mrandinit(thread unsafe.Pointer)

// generator is internal/chacha8rand.State: numbers that are ready, from next on, and of what seed.
type generator struct {
	numbers              [32]uint64
	seed                 [4]uint64
	next, ready, counter uint32
}

// counterStep is by how much the counter grows before numbers are made.
const counterStep = 4

// reseed leaves nothing ready: numbers are made when the first is asked for, which costs 9,000
// units of fuel. They are those of a generator that begins with this seed.
func (g *generator) reseed(seed [4]uint64) {
	g.seed = seed
	g.next, g.ready = 0, 0
	g.counter = 0
	g.counter -= counterStep
}

// globalRand begins as the runtime's: a lock, the seed, the generator of new threads.
//
//go:linkname globalRand runtime.globalRand
var globalRand struct {
	lock  uintptr
	seed  [32]byte
	state generator
}

// random is what runtime.m has of random numbers: those that anybody can ask for, and those that
// decide between the ready cases of a select.
type random struct {
	chacha8     generator
	cheaprand   uint32
	cheaprand64 uint64
}

// own is that of the only thread that there is.
var own *random

// threadSizeMax is where runtime.m has surely ended.
const threadSizeMax = 1 << 13

// init finds it by what mrandinit leaves there. It is run when the handler is built.
func init() {
	thread := acquirem()
	mrandinit(thread)
	for at := uintptr(0); at < threadSizeMax && own == nil; at += unsafe.Alignof(uint64(0)) {
		if found := (*random)(unsafe.Add(thread, at)); found.isNew() {
			own = found
		}
	}
	releasem(thread)
	if own == nil {
		panic("the random numbers of this version of Go are not where those of 1.27 are")
	}
}

// isNew is whether two numbers were asked for, and where they went.
func (r *random) isNew() bool {
	numbers := &r.chacha8
	isFirst := numbers.next == 2 && numbers.ready == uint32(len(numbers.numbers)) && numbers.counter == 0
	return isFirst && r.cheaprand == uint32(numbers.numbers[0]) && r.cheaprand64 == numbers.numbers[1]
}

// seeded is whether this instance has its seeds: it stays as it is from the first event on.
var seeded bool

// seeds are what is drawn. A local variable would be moved to the heap, which costs ten times what
// drawing them does.
var seeds struct {
	own, global [4]uint64
	cheap       uint64
}

func begin() {
	if seeded {
		return
	}
	seeded = true
	randomGet(unsafe.Pointer(&seeds), uint32(unsafe.Sizeof(seeds)))
	own.chacha8.reseed(seeds.own)
	globalRand.state.reseed(seeds.global)
	own.cheaprand, own.cheaprand64 = uint32(seeds.cheap>>32), seeds.cheap
	clear(seeds.own[:])
	clear(seeds.global[:])
}
