// Package pv has pseudo-variables by Kamailio's spelling.
package pv

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute/value"
	"wit_component/evroute_pv_pv"
)

// Get reads a variable: nil, int64, string or []byte.
func Get(name string) (any, error) {
	got := evroute_pv_pv.Get(name)
	if got.IsErr() {
		return nil, refused(name, got.Err())
	}
	return value.Of(got.Ok()), nil
}

// Int reads a variable that is a number; one that is something else is refused, too.
func Int(name string) (int64, error) {
	got, err := Get(name)
	if err != nil {
		return 0, err
	}
	number, ok := got.(int64)
	if !ok {
		return 0, &refusal.Error{What: name, Case: "not-a-number"}
	}
	return number, nil
}

// Set writes a variable.
func Set(name string, to any) error {
	if set := evroute_pv_pv.Set(name, value.To(to)); set.IsErr() {
		return refused(name, set.Err())
	}
	return nil
}
