// Printed from wit/ by `make sdks`.

package pv

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute_pv_pv"
)

// refused is the error of a call that was refused.
func refused(what string, why evroute_pv_pv.Error) error {
	switch why.Tag() {
	case evroute_pv_pv.ErrorUnknownName:
		return &refusal.Error{What: what, Case: "unknown-name"}
	case evroute_pv_pv.ErrorNotAvailableHere:
		return &refusal.Error{What: what, Case: "not-available-here"}
	case evroute_pv_pv.ErrorReadOnly:
		return &refusal.Error{What: what, Case: "read-only"}
	case evroute_pv_pv.ErrorInvalidValue:
		return &refusal.Error{What: what, Case: "invalid-value", Says: why.InvalidValue()}
	case evroute_pv_pv.ErrorOther:
		return &refusal.Error{What: what, Case: "other", Says: why.Other()}
	}
	panic("an error that the WIT does not have")
}
