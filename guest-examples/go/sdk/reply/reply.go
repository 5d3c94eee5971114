// Package reply has what is added to the answer that a verdict gives.
//
// What the server refuses is missing in the answer and told in the log. A handler that returns the
// error fails, and a run that fails may let the request through.
package reply

import "wit_component/evroute_textops_reply"

// Append adds a header field: reply.Append("Retry-After", "30").
func Append(name, value string) error {
	if done := evroute_textops_reply.AppendHeader(name, []byte(value)); done.IsErr() {
		return refused("header "+name, done.Err())
	}
	return nil
}

// SetBody gives the answer a body.
func SetBody(contentType, body string) error {
	if done := evroute_textops_reply.SetBody(contentType, []byte(body)); done.IsErr() {
		return refused("body", done.Err())
	}
	return nil
}
