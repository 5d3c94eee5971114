// Printed from wit/ by `make sdks`.

package htable

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute_htable_htable"
)

// refused is the error of a call that was refused.
func refused(what string, why evroute_htable_htable.Error) error {
	switch why.Tag() {
	case evroute_htable_htable.ErrorNotGranted:
		return &refusal.Error{What: what, Case: "not-granted"}
	case evroute_htable_htable.ErrorQuotaExceeded:
		return &refusal.Error{What: what, Case: "quota-exceeded"}
	case evroute_htable_htable.ErrorNotANumber:
		return &refusal.Error{What: what, Case: "not-a-number"}
	case evroute_htable_htable.ErrorOther:
		return &refusal.Error{What: what, Case: "other", Says: why.Other()}
	}
	panic("an error that the WIT does not have")
}
