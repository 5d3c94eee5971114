// Package text has what text goes through on its way to the server.
package text

import "unicode/utf8"

// UTF8 is the text itself where it is UTF-8. The server takes nothing else: any other octets would end the run, and whoever
// chose them would choose what becomes of his call. Each octet that belongs to no character becomes U+FFFD.
func UTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
