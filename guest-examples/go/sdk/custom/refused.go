// Printed from wit/ by `make sdks`.

package custom

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute_custom_raise"
)

// refused is the error of a call that was refused.
func refused(what string, why evroute_custom_raise.Error) error {
	switch why.Tag() {
	case evroute_custom_raise.ErrorNotGranted:
		return &refusal.Error{What: what, Case: "not-granted"}
	case evroute_custom_raise.ErrorInvalidName:
		return &refusal.Error{What: what, Case: "invalid-name"}
	case evroute_custom_raise.ErrorQuotaExceeded:
		return &refusal.Error{What: what, Case: "quota-exceeded"}
	case evroute_custom_raise.ErrorOther:
		return &refusal.Error{What: what, Case: "other", Says: why.Other()}
	}
	panic("an error that the WIT does not have")
}
