// Logs every request that the server is about to route, and rejects those of one user.
package export_evroute_core_request

import (
	"go.bytecodealliance.org/pkg/wit/types"
	core "wit_component/evroute_core_request"
	"wit_component/evroute_log_log"
)

func Handle(event *core.RequestEvent) types.Result[core.Verdict, string] {
	message := event.Message()
	evroute_log_log.Log(evroute_log_log.LevelInfo,
		message.Method()+" from "+message.FromUri()+" to "+message.RequestUri().SomeOr(""))

	if message.FromUser().SomeOr("") == "blocked" {
		return types.Ok[core.Verdict, string](
			core.MakeVerdictReject(core.Rejection{Code: 403, Reason: types.Some("Blocked")}))
	}
	return types.Ok[core.Verdict, string](core.MakeVerdictPass())
}
