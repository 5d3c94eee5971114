# lists.awk: lists that handlers pass on get room of their own.
#
# wit-bindgen 0.61 writes the elements of a list for the server over the handler's own, before it has read them
# (https://github.com/bytecodealliance/wit-bindgen/issues/1592): numbers in a list of variants arrive changed. The room is
# never given back, as nothing is in a handler.
/^ *for \(size_t i = 0; i < _len[0-9]+; \+\+i\) \{$/ { held = $0; next }
held != "" {
    if (match($0, /_base = _ptr[0-9]+ \+ i \* /)) {
        list = $0
        sub(/^.*_base = _ptr/, "", list)
        sub(/ .*$/, "", list)
        size = substr($0, RSTART + RLENGTH)
        sub(/;$/, "", size)
        print "_ptr" list " = (uint8_t*)malloc(_len" list " * " size ");"
    }
    print held
    held = ""
}
{ print }
