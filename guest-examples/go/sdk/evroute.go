// Package evroute has what every handler in Go would repeat. Its other packages are one for each of the server's interfaces,
// with values of Go and with errors that are sentences for the operator: "table blocked: not granted". A handler imports those
// of its world.
package evroute

import "go.bytecodealliance.org/pkg/wit/types"

// Result is what Handle returns: a verdict, or a sentence for the operator's log.
type Result[V any] = types.Result[V, string]

// Return makes it of what Go returns: `return evroute.Return(decide(event))`.
func Return[V any](verdict V, err error) Result[V] {
	if err != nil {
		return types.Err[V](err.Error())
	}
	return types.Ok[V, string](verdict)
}

// Verdict is one that nothing can keep from being returned.
func Verdict[V any](verdict V) Result[V] { return types.Ok[V, string](verdict) }
