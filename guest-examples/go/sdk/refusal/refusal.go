// Package refusal has the error that a refused call of the server returns.
package refusal

// Error says what was refused, and why.
type Error struct {
	What string // "table blocked"
	Case string // the case's name in the WIT, "not-granted"
	Says string // what the server says beside that, for people
}

// Error is a sentence: "table blocked: not granted". Of the case `other` only what it says is told.
func (e *Error) Error() string {
	text := e.What
	if e.Case != "other" {
		text += ": "
		for _, letter := range e.Case {
			if letter == '-' {
				letter = ' '
			}
			text += string(letter)
		}
	}
	if e.Says != "" {
		text += ": " + e.Says
	}
	return text
}
