// Says hello when the server starts.
package export_evroute_htable_mod_init

import (
	"wit_component/evroute"
	"wit_component/evroute/log"
	htable "wit_component/evroute_htable_mod_init"
)

func Handle(event *htable.ModInitEvent) evroute.Result[htable.Verdict] {
	log.Info("hello, " + event.Tenant())
	return evroute.Verdict(htable.VerdictProceed)
}
