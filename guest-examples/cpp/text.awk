# text.awk: what handlers give the server as text is UTF-8 (../c/bindings/text.h), or made so.
#
# wit-bindgen's bindings of C++ pass on whatever bytes a text has. Here each text and each list that they pass on goes through
# evroute_text, which leaves lists as they are.
/^#include <cstdlib>/ {
    print
    print "#include <concepts>"
    print "#include <string_view>"
    print "#include <type_traits>"
    print "#include \"text.h\""
    print ""
    print "template <class Passed>"
    print "static inline decltype(auto) evroute_text(Passed &&passed) {"
    print "  constexpr bool is_text = requires { { passed.get_view() } -> std::convertible_to<std::string_view>; };"
    print "  if constexpr (is_text || std::is_convertible_v<Passed, std::string_view>) {"
    print "    std::string_view text;"
    print "    if constexpr (is_text) text = passed.get_view(); else text = passed;"
    print "    size_t len = text.size();"
    print "    auto *bytes = evroute_utf8((uint8_t *)text.data(), &len);"
    print "    return std::string_view{(const char *)bytes, len};"
    print "  } else {"
    print "    return static_cast<Passed &&>(passed);"
    print "  }"
    print "}"
    next
}
/^ *auto&& _vec[0-9]+ = .*;$/ {
    sub(/ = /, " = evroute_text(")
    sub(/;$/, ");")
}
{ print }
