// Printed from wit/ by `make sdks`.

package sql

import (
	"wit_component/evroute/refusal"
	"wit_component/evroute_sql_sql"
)

// refused is the error of a call that was refused.
func refused(what string, why evroute_sql_sql.Error) error {
	switch why.Tag() {
	case evroute_sql_sql.ErrorNotGranted:
		return &refusal.Error{What: what, Case: "not-granted"}
	case evroute_sql_sql.ErrorDeadline:
		return &refusal.Error{What: what, Case: "deadline"}
	case evroute_sql_sql.ErrorUnavailable:
		return &refusal.Error{What: what, Case: "unavailable"}
	case evroute_sql_sql.ErrorRefused:
		return &refusal.Error{What: what, Case: "refused", Says: why.Refused()}
	case evroute_sql_sql.ErrorTooLarge:
		return &refusal.Error{What: what, Case: "too-large"}
	case evroute_sql_sql.ErrorOther:
		return &refusal.Error{What: what, Case: "other", Says: why.Other()}
	}
	panic("an error that the WIT does not have")
}
