# text.awk: what handlers give the server as text is UTF-8 (text.h), or made so.
#
# wit-bindgen's bindings of C pass on whatever bytes a text has. Here every text that a function of the server takes, and every
# text in a verdict, goes through evroute_utf8.
/^#include <stdlib.h>$/ {
    print
    print "#include \"text.h\""
    print ""
    print "__attribute__((unused)) static inline bindings_string_t *bindings_utf8(const bindings_string_t *text, bindings_string_t *room)"
    print "{"
    print "  *room = *text;"
    print "  room->ptr = evroute_utf8(room->ptr, &room->len);"
    print "  return room;"
    print "}"
    next
}
# A function that a handler calls.
/^(void|bool) evroute_.*\) \{$/ && !/_free\(/ {
    print
    parameters = $0
    sub(/^[^(]*\(/, "", parameters)
    sub(/\) \{$/, "", parameters)
    count = split(parameters, parameter, ", ")
    for (i = 1; i <= count; i++) {
        split(parameter[i], word, " ")
        name = word[2]
        sub(/^\*/, "", name)
        # What is an answer; what may be absent comes below, as a value.
        if (name == "ret" || name == "err" || name ~ /^maybe_/) continue
        if (word[1] == "bindings_string_t")
            print "  bindings_string_t " name "_utf8; " name " = bindings_utf8(" name ", &" name "_utf8);"
        if (word[1] == "evroute_sql_sql_list_value_t")
            print "  for (size_t i = 0; i < " name "->len; i++)\n" \
                "    if (" name "->ptr[i].tag == EVROUTE_SQL_SQL_VALUE_TEXT) bindings_utf8(&" name "->ptr[i].val.text, &" name "->ptr[i].val.text);"
        if (word[1] == "evroute_custom_raise_list_tuple2_string_value_t")
            print "  for (size_t i = 0; i < " name "->len; i++) {\n" \
                "    bindings_utf8(&" name "->ptr[i].f0, &" name "->ptr[i].f0);\n" \
                "    if (" name "->ptr[i].f1.tag == EVROUTE_PV_TYPES_VALUE_TEXT) bindings_utf8(&" name "->ptr[i].f1.val.text, &" name "->ptr[i].f1.val.text);\n" \
                "  }"
    }
    next
}
# A text within a value.
match($0, /const bindings_string_t \*payload[0-9]+ = &[^;]*;/) {
    declared = substr($0, RSTART, RLENGTH)
    rest = substr($0, RSTART + RLENGTH)
    split(declared, word, " ")
    name = substr(word[3], 2)
    value = declared
    sub(/^[^&]*/, "", value)
    sub(/;$/, "", value)
    print "      bindings_string_t " name "_utf8; const bindings_string_t *" name " = bindings_utf8(" value ", &" name "_utf8);" rest
    next
}
{ print }
