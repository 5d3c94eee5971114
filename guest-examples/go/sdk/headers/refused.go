// Printed from wit/ by `make sdks`.

package headers

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute_textops_headers"
)

// refused is the error of a call that was refused.
func refused(what string, why evroute_textops_headers.Error) error {
	switch why.Tag() {
	case evroute_textops_headers.ErrorNotAllowedHere:
		return &refusal.Error{What: what, Case: "not-allowed-here"}
	case evroute_textops_headers.ErrorInvalid:
		return &refusal.Error{What: what, Case: "invalid", Says: why.Invalid()}
	case evroute_textops_headers.ErrorOther:
		return &refusal.Error{What: what, Case: "other", Says: why.Other()}
	}
	panic("an error that the WIT does not have")
}
