# text.awk FILE FILE: what handlers give the server as text is UTF-8 (pkg/wit/text), or made so.
#
# wit-bindgen's bindings of Go pass on whatever octets a string has. The file is read twice: what imports a package has to use it.
NR == FNR {
    if (/unsafe.StringData\(/) has_text = 1
    next
}
has_text && /^ *"unsafe"$/ {
    print
    print "witText \"go.bytecodealliance.org/pkg/wit/text\""
    next
}
/ := unsafe.Pointer\(unsafe.StringData\(.*\)\)$/ {
    text = $0
    sub(/^.*unsafe.StringData\(/, "", text)
    sub(/\)\)$/, "", text)
    print text " = witText.UTF8(" text ")"
}
{ print }
