;; What stands for something that only the linker (src/link) knows. Nothing of it is imported by a
;; component: a call of $text.x becomes the address and the length of that text, and a $link.x a
;; number. The server's functions stand before these, printed from the WIT (build.rs).

(import "link" "memory" (memory 0))

;; Where the memory of a run begins, and how far it reaches at first.
(import "link" "heap-base" (global $link.heap-base i32))
(import "link" "heap-end" (global $link.heap-end i32))

;; Words of the memory that change in every run (src/constants.rs).
(import "link" "state" (global $link.state i32))
(import "link" "odd" (global $link.odd i32))
(import "link" "start" (global $link.start i32))
(import "link" "grown" (global $link.grown i32))

;; The text "<null>", and the cell of the number 0.
(import "link" "null-text" (global $link.null-text i32))
(import "link" "zero-cell" (global $link.zero-cell i32))

(import "text" "$is_myself(sip:" (func $text.is-myself (result i32 i32)))
(import "text" ":" (func $text.colon (result i32 i32)))
(import "text" ")" (func $text.close (result i32 i32)))
(import "text" "is_myself: " (func $text.is-myself-place (result i32 i32)))
(import "text" "no name and colon in it" (func $text.no-name (result i32 i32)))
(import "text" "$sht(" (func $text.sht (result i32 i32)))
(import "text" "=>" (func $text.arrow (result i32 i32)))
(import "text" "$ru" (func $text.ru (result i32 i32)))
(import "text" "$rU" (func $text.rU (result i32 i32)))
(import "text" "$rd" (func $text.rd (result i32 i32)))
(import "text" "$rp" (func $text.rp (result i32 i32)))
(import "text" "$du" (func $text.du (result i32 i32)))
(import "text" "$du: " (func $text.du-place (result i32 i32)))
(import "text" "$rU: " (func $text.rU-place (result i32 i32)))
(import "text" "tag" (func $text.tag (result i32 i32)))
(import "text" "there is none here, or it was not granted" (func $text.not-granted (result i32 i32)))
(import "text" "it cannot be written here" (func $text.not-writable (result i32 i32)))
(import "text" "this server does not know it" (func $text.not-known (result i32 i32)))
(import "text" ", " (func $text.comma (result i32 i32)))
(import "text" "no such database, or not granted" (func $text.no-database (result i32 i32)))
(import "text" "the database did not answer in time" (func $text.too-late (result i32 i32)))
(import "text" "the database cannot be reached" (func $text.unreachable (result i32 i32)))
(import "text" "the result is too large" (func $text.too-large (result i32 i32)))
(import "text" "sip" (func $text.sip (result i32 i32)))
(import "text" "tel" (func $text.tel (result i32 i32)))
(import "text" "urn" (func $text.urn (result i32 i32)))
(import "text" "transport" (func $text.transport (result i32 i32)))
(import "text" "<<xavp>>" (func $text.xavp (result i32 i32)))
