// Package handler says hello when the server starts.
package handler

import (
	"wit_component/evroute/log"
	htable "wit_component/evroute_htable_mod_init"
)

func HtableModInit(event *htable.ModInitEvent) (htable.Verdict, error) {
	log.Info("hello, " + event.Tenant())
	return htable.VerdictProceed, nil
}
