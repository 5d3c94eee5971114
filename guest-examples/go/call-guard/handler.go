// Package handler turns away callers that are on a list.
package handler

import (
	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute/htable"
	"wit_component/evroute/log"
	core "wit_component/evroute_core_request"
)

func CoreRequest(event *core.RequestEvent) (core.Verdict, error) {
	caller := event.Message().FromUser().SomeOr("")
	if caller == "" {
		return core.MakeVerdictPass(), nil
	}
	blocked, err := isBlocked(caller)
	if err != nil || !blocked {
		return core.MakeVerdictPass(), err
	}
	log.Notice(caller + " is blocked")
	return core.MakeVerdictReject(core.Rejection{Code: 403, Reason: types.Some("Blocked")}), nil
}

func isBlocked(user string) (bool, error) {
	table, err := htable.Open("blocked")
	if err != nil {
		return false, err
	}
	entry, err := table.Get(user)
	return entry != nil, err
}
