// Printed from wit/ by `make sdks`.

package shv

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute_pv_shv"
)

// refused is the error of a call that was refused.
func refused(what string, why evroute_pv_shv.Error) error {
	switch why.Tag() {
	case evroute_pv_shv.ErrorNotGranted:
		return &refusal.Error{What: what, Case: "not-granted"}
	case evroute_pv_shv.ErrorQuotaExceeded:
		return &refusal.Error{What: what, Case: "quota-exceeded"}
	case evroute_pv_shv.ErrorNotANumber:
		return &refusal.Error{What: what, Case: "not-a-number"}
	case evroute_pv_shv.ErrorOther:
		return &refusal.Error{What: what, Case: "other", Says: why.Other()}
	}
	panic("an error that the WIT does not have")
}
