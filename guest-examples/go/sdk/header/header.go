// Package header has header fields and bodies as strings. The message's own functions have them as octets.
package header

import (
	"wit_component/evroute/refusal"
	sip "wit_component/evroute_sip_types"
)

// Get is the first field of this name, and whether there is one.
func Get(message *sip.Message, name string) (string, bool) {
	field := message.Header(name)
	return string(field.SomeOr(nil)), field.Tag() != 0
}

// All are the fields of this name in order, at most limit of them.
func All(message *sip.Message, name string, limit uint32) []string {
	var texts []string
	for _, field := range message.Headers(name, limit) {
		texts = append(texts, string(field))
	}
	return texts
}

// Append adds a field after the last one.
func Append(message *sip.Message, name, value string) error {
	if done := message.AppendHeader(name, []byte(value)); done.IsErr() {
		return refused("header "+name, done.Err())
	}
	return nil
}

// Set leaves exactly one field of this name, with this value.
func Set(message *sip.Message, name, value string) error {
	if done := message.SetHeader(name, []byte(value)); done.IsErr() {
		return refused("header "+name, done.Err())
	}
	return nil
}

// Remove removes every field of this name, and says how many there were.
func Remove(message *sip.Message, name string) (int, error) {
	done := message.RemoveHeaders(name)
	if done.IsErr() {
		return 0, refused("header "+name, done.Err())
	}
	return int(done.Ok()), nil
}

// refused is the error of an edit that was refused.
func refused(what string, why sip.EditError) error {
	switch why.Tag() {
	case sip.EditErrorNotAllowedHere:
		return &refusal.Error{What: what, Case: "not-allowed-here"}
	case sip.EditErrorInvalid:
		return &refusal.Error{What: what, Case: "invalid", Says: why.Invalid()}
	case sip.EditErrorTooLarge:
		return &refusal.Error{What: what, Case: "too-large"}
	}
	return &refusal.Error{What: what, Case: "other", Says: why.Other()}
}
