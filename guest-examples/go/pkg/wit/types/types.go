// Package types has what WIT has and Go has not. wit-bindgen's bindings import it under this path; it is here so that
// handlers are built without a module proxy.
package types

// Unit is nothing at all.
type Unit struct{}

// Cases of an Option.
const (
	OptionNone uint8 = iota
	OptionSome
)

// Option is a value that may be absent.
type Option[T any] struct {
	tag   uint8
	value T
}

// Some is a value.
func Some[T any](value T) Option[T] { return Option[T]{OptionSome, value} }

// None is no value.
func None[T any]() Option[T] { return Option[T]{} }

// Tag is OptionNone or OptionSome.
func (o Option[T]) Tag() uint8 { return o.tag }

// Some is the value of an option that has one.
func (o Option[T]) Some() T {
	if o.tag != OptionSome {
		panic("tag mismatch")
	}
	return o.value
}

// SomeOr is the value, or another where there is none.
func (o Option[T]) SomeOr(other T) T {
	if o.tag != OptionSome {
		return other
	}
	return o.value
}

// Cases of a Result.
const (
	ResultOk uint8 = iota
	ResultErr
)

// Result is a value or an error.
type Result[T, E any] struct {
	tag uint8
	ok  T
	err E
}

// Ok is a value.
func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{tag: ResultOk, ok: value} }

// Err is an error.
func Err[T, E any](value E) Result[T, E] { return Result[T, E]{tag: ResultErr, err: value} }

// Tag is ResultOk or ResultErr.
func (r Result[T, E]) Tag() uint8 { return r.tag }

// IsErr says whether it is an error.
func (r Result[T, E]) IsErr() bool { return r.tag == ResultErr }

// Ok is the value of a result that has one.
func (r Result[T, E]) Ok() T {
	if r.tag != ResultOk {
		panic("tag mismatch")
	}
	return r.ok
}

// Err is the error of a result that has one.
func (r Result[T, E]) Err() E {
	if r.tag != ResultErr {
		panic("tag mismatch")
	}
	return r.err
}

// Tuple2 is two values.
type Tuple2[A, B any] struct {
	F0 A
	F1 B
}
