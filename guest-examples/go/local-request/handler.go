// Package handler logs every request that the server sends by itself, and decides by its From user.
package handler

import (
	"wit_component/evroute/log"
	tm "wit_component/evroute_tm_local_request"
)

func TmLocalRequest(event *tm.LocalRequestEvent) (tm.Verdict, error) {
	message := event.Message()
	log.Info("request [" + message.Method() + "] from [" + message.FromUri() + "] to [" + message.RequestUri().SomeOr("") + "]")

	if message.FromUser().SomeOr("") == "blocked" {
		return tm.VerdictDrop, nil
	}
	return tm.VerdictSend, nil
}
