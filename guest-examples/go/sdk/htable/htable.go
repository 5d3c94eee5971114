// Package htable has the tables that a tenant's handlers share.
package htable

import (
	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute/value"
	"wit_component/evroute_htable_htable"
)

// Table is one of them.
type Table struct {
	what string
	raw  *evroute_htable_htable.Table
}

// Open opens a table by the name it has in the tenant's configuration.
func Open(name string) (*Table, error) {
	what := "table " + name
	opened := evroute_htable_htable.TableOpen(name)
	if opened.IsErr() {
		return nil, refused(what, opened.Err())
	}
	return &Table{what, opened.Ok()}, nil
}

// Get returns the entry's value, int64, string or []byte; nil where there is none.
func (t *Table) Get(key string) (any, error) {
	got := t.raw.Get(key)
	if got.IsErr() {
		return nil, refused(t.what, got.Err())
	}
	if got.Ok().Tag() == types.OptionNone {
		return nil, nil
	}
	return value.Of(got.Ok().Some()), nil
}

// Set writes an entry, for as long as the table says.
func (t *Table) Set(key string, to any) error { return t.set(key, to, types.None[uint32]()) }

// SetFor writes an entry for so many seconds; 0 is for good. Package time would bring files along.
func (t *Table) SetFor(key string, to any, seconds uint32) error {
	return t.set(key, to, types.Some(seconds))
}

func (t *Table) set(key string, to any, ttl types.Option[uint32]) error {
	if set := t.raw.Set(key, value.To(to), ttl); set.IsErr() {
		return refused(t.what, set.Err())
	}
	return nil
}

// Remove removes an entry and says whether there was one.
func (t *Table) Remove(key string) (bool, error) {
	removed := t.raw.Remove(key)
	if removed.IsErr() {
		return false, refused(t.what, removed.Err())
	}
	return removed.Ok(), nil
}

// Add adds to a number and returns what this run now sees.
func (t *Table) Add(key string, delta int64) (int64, error) {
	sum := t.raw.Add(key, delta)
	if sum.IsErr() {
		return 0, refused(t.what, sum.Err())
	}
	return sum.Ok(), nil
}
