// Says hello when the server starts.
package export_evroute_htable_mod_init

import (
	"go.bytecodealliance.org/pkg/wit/types"
	htable "wit_component/evroute_htable_mod_init"
	"wit_component/evroute_log_log"
)

func Handle(event *htable.ModInitEvent) types.Result[htable.Verdict, string] {
	evroute_log_log.Log(evroute_log_log.LevelInfo, "hello, "+event.Tenant())
	return types.Ok[htable.Verdict, string](htable.VerdictProceed)
}
