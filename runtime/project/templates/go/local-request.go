// Logs every request that the server sends by itself, and does not send those of one user.
package export_evroute_tm_local_request

import (
	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute_log_log"
	tm "wit_component/evroute_tm_local_request"
)

func Handle(event *tm.LocalRequestEvent) types.Result[tm.Verdict, string] {
	message := event.Message()
	evroute_log_log.Log(evroute_log_log.LevelInfo,
		message.Method()+" from "+message.FromUri()+" to "+message.RequestUri().SomeOr(""))

	if message.FromUser().SomeOr("") == "blocked" {
		return types.Ok[tm.Verdict, string](tm.VerdictDrop)
	}
	return types.Ok[tm.Verdict, string](tm.VerdictSend)
}
