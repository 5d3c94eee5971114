// Gives a table's entries more time: as many seconds as they say.
package export_evroute_htable_expired

import (
	"strconv"

	"go.bytecodealliance.org/pkg/wit/types"
	htable "wit_component/evroute_htable_expired"
	"wit_component/evroute_log_log"
	"wit_component/evroute_pv_types"
)

// Nothing is kept for longer than an hour at a time.
const secondsMax = 3600

func Handle(event *htable.ExpiredEvent) types.Result[htable.Verdict, string] {
	entry := event.Table() + ": " + event.Key()
	seconds := secondsOf(event.Value())
	if seconds == 0 {
		evroute_log_log.Log(evroute_log_log.LevelInfo, entry+" is over")
		return types.Ok[htable.Verdict, string](htable.MakeVerdictRemove())
	}
	evroute_log_log.Log(evroute_log_log.LevelInfo, entry+" stays for "+strconv.Itoa(int(seconds))+" s")
	return types.Ok[htable.Verdict, string](htable.MakeVerdictExtend(seconds))
}

// How long an entry with this value stays; what is not a positive number is over.
func secondsOf(value evroute_pv_types.Value) uint32 {
	if value.Tag() != evroute_pv_types.ValueInt {
		return 0
	}
	return uint32(min(max(value.Int(), 0), secondsMax))
}
