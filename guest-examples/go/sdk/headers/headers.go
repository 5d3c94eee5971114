// Package headers has the header fields of the event's message by place and by pattern.
package headers

import (
	"iter"

	"wit_component/evroute_textops_headers"
)

// All are all fields in order, names and values. Each is asked of the server when it is its turn.
func All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for place := uint32(0); ; place++ {
			name := evroute_textops_headers.Name(place)
			if name.Tag() == 0 {
				return
			}
			value := evroute_textops_headers.Value(place)
			if !yield(name.SomeOr(""), string(value.SomeOr(nil))) {
				return
			}
		}
	}
}

// Remove removes the fields whose name is like this, "X-*", and says how many there were. Those of
// the server stay.
func Remove(pattern string) (int, error) {
	done := evroute_textops_headers.RemoveMatching(pattern)
	if done.IsErr() {
		return 0, refused("headers "+pattern, done.Err())
	}
	return int(done.Ok()), nil
}
