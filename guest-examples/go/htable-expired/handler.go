// Package handler gives a table's entries more time: as many seconds as they say.
package handler

import (
	"strconv"

	"wit_component/evroute/log"
	"wit_component/evroute/value"
	htable "wit_component/evroute_htable_expired"
)

// Nothing is kept for longer than an hour at a time.
const secondsMax = 3600

func HtableExpired(event *htable.ExpiredEvent) (htable.Verdict, error) {
	entry := event.Table() + ": " + event.Key()
	// What is not a positive number is over.
	number, _ := value.Of(event.Value()).(int64)
	seconds := uint32(min(max(number, 0), secondsMax))
	if seconds == 0 {
		log.Info(entry + " is over")
		return htable.MakeVerdictRemove(), nil
	}
	log.Info(entry + " stays for " + strconv.Itoa(int(seconds)) + " s")
	return htable.MakeVerdictExtend(seconds), nil
}
