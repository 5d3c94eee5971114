// Logs every request that the server sends by itself, and decides by its From user.
package export_evroute_tm_local_request

import (
	"wit_component/evroute"
	"wit_component/evroute/log"
	tm "wit_component/evroute_tm_local_request"
)

func Handle(event *tm.LocalRequestEvent) evroute.Result[tm.Verdict] {
	message := event.Message()
	log.Info("request [" + message.Method() + "] from [" + message.FromUri() + "] to [" + message.RequestUri().SomeOr("") + "]")

	if message.FromUser().SomeOr("") == "blocked" {
		return evroute.Verdict(tm.VerdictDrop)
	}
	return evroute.Verdict(tm.VerdictSend)
}
