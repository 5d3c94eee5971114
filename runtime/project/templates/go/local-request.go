// Logs every request that the server sends by itself, and does not send those of one user.
package export_evroute_tm_local_request

import (
	"wit_component/evroute"
	"wit_component/evroute/log"
	tm "wit_component/evroute_tm_local_request"
)

func Handle(event *tm.LocalRequestEvent) (result evroute.Result[tm.Verdict]) {
	defer evroute.Recover(&result)
	message := event.Message()
	log.Info(message.Method() + " from " + message.FromUri() + " to " + message.RequestUri().SomeOr(""))

	if message.FromUser().SomeOr("") == "blocked" {
		return evroute.Verdict(tm.VerdictDrop)
	}
	return evroute.Verdict(tm.VerdictSend)
}
