// Package handler logs every request that the server is about to route, and rejects those of one user.
package handler

import (
	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute/log"
	core "wit_component/evroute_core_request"
)

// CoreRequest handles core:request. An error is a sentence for the operator, and so is a panic.
func CoreRequest(event *core.RequestEvent) (core.Verdict, error) {
	message := event.Message()
	log.Info(message.Method() + " from " + message.FromUri() + " to " + message.RequestUri().SomeOr(""))

	if message.FromUser().SomeOr("") == "blocked" {
		return core.MakeVerdictReject(core.Rejection{Code: 403, Reason: types.Some("Blocked")}), nil
	}
	return core.MakeVerdictPass(), nil
}
