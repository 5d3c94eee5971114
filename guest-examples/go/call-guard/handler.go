// Turns away callers that are on a list.
package export_evroute_core_request

import (
	"errors"

	"go.bytecodealliance.org/pkg/wit/types"
	core "wit_component/evroute_core_request"
	"wit_component/evroute_htable_htable"
	"wit_component/evroute_log_log"
)

func Handle(event *core.RequestEvent) types.Result[core.Verdict, string] {
	verdict, err := decide(event)
	if err != nil {
		return types.Err[core.Verdict](err.Error())
	}
	return types.Ok[core.Verdict, string](verdict)
}

func decide(event *core.RequestEvent) (core.Verdict, error) {
	caller := event.Message().FromUser()
	if caller.Tag() == types.OptionNone {
		return core.MakeVerdictPass(), nil
	}
	blocked, err := isBlocked(caller.Some())
	if err != nil || !blocked {
		return core.MakeVerdictPass(), err
	}
	evroute_log_log.Log(evroute_log_log.LevelNotice, caller.Some()+" is blocked")
	return core.MakeVerdictReject(core.Rejection{Code: 403, Reason: types.Some("Blocked")}), nil
}

func isBlocked(user string) (bool, error) {
	table := evroute_htable_htable.TableOpen("blocked")
	if table.IsErr() {
		return false, errors.New("table blocked: it cannot be opened")
	}
	entry := table.Ok().Get(user)
	if entry.IsErr() {
		return false, errors.New("table blocked: it cannot be read")
	}
	return entry.Ok().Tag() == types.OptionSome, nil
}
