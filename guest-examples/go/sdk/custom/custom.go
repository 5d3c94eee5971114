// Package custom raises events of the tenant's own.
package custom

import (
	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute/value"
	"wit_component/evroute_custom_raise"
	"wit_component/evroute_pv_types"
)

// Parameter is one of an event.
type Parameter struct {
	Key   string
	Value any
}

// Raise raises `custom:event:<name>` when this run has returned a verdict.
func Raise(name string, parameters ...Parameter) error {
	list := make([]types.Tuple2[string, evroute_pv_types.Value], len(parameters))
	for i, one := range parameters {
		list[i] = types.Tuple2[string, evroute_pv_types.Value]{F0: one.Key, F1: value.To(one.Value)}
	}
	if raised := evroute_custom_raise.Raise(name, list); raised.IsErr() {
		return refused("event "+name, raised.Err())
	}
	return nil
}
