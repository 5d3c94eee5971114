// Package handler logs every request that the server sends by itself, and does not send those of one user.
package handler

import (
	"wit_component/evroute/log"
	tm "wit_component/evroute_tm_local_request"
)

// TmLocalRequest handles tm:local-request. An error is a sentence for the operator, and so is a panic.
func TmLocalRequest(event *tm.LocalRequestEvent) (tm.Verdict, error) {
	message := event.Message()
	log.Info(message.Method() + " from " + message.FromUri() + " to " + message.RequestUri().SomeOr(""))

	if message.FromUser().SomeOr("") == "blocked" {
		return tm.VerdictDrop, nil
	}
	return tm.VerdictSend, nil
}
