// Package shv has the variables that all of a tenant's handlers share.
package shv

import (
	"wit_component/evroute/value"
	"wit_component/evroute_pv_shv"
)

// Get reads a variable: nil, int64, string or []byte.
func Get(name string) (any, error) {
	got := evroute_pv_shv.Get(name)
	if got.IsErr() {
		return nil, refused("counter "+name, got.Err())
	}
	return value.Of(got.Ok()), nil
}

// Set writes a variable.
func Set(name string, to any) error {
	if set := evroute_pv_shv.Set(name, value.To(to)); set.IsErr() {
		return refused("counter "+name, set.Err())
	}
	return nil
}

// Add adds to a number and returns what this run now sees.
func Add(name string, delta int64) (int64, error) {
	sum := evroute_pv_shv.Add(name, delta)
	if sum.IsErr() {
		return 0, refused("counter "+name, sum.Err())
	}
	return sum.Ok(), nil
}
