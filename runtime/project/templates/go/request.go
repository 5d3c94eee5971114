// Logs every request that the server is about to route, and rejects those of one user.
package export_evroute_core_request

import (
	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute"
	"wit_component/evroute/log"
	core "wit_component/evroute_core_request"
)

func Handle(event *core.RequestEvent) (result evroute.Result[core.Verdict]) {
	defer evroute.Recover(&result)
	message := event.Message()
	log.Info(message.Method() + " from " + message.FromUri() + " to " + message.RequestUri().SomeOr(""))

	if message.FromUser().SomeOr("") == "blocked" {
		return evroute.Verdict(core.MakeVerdictReject(core.Rejection{Code: 403, Reason: types.Some("Blocked")}))
	}
	return evroute.Verdict(core.MakeVerdictPass())
}
