// A line from its parts: text of any kind, options that may be absent, whole numbers.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace evroute {

inline void append(std::string &line, std::string_view text) { line += text; }

void append(std::string &line, const auto &text)
    requires requires { text.get_view(); }
{
    line += text.get_view();
}

void append(std::string &line, std::integral auto number) {
    char digits[20];
    line.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <class Text>
void append(std::string &line, const std::optional<Text> &text) {
    if (text) append(line, *text);
}

std::string joined(const auto &...parts) {
    std::string line;
    (append(line, parts), ...);
    return line;
}

// Whether a text is there and reads so: is(message.FromUser(), "blocked").
bool is(const auto &text, std::string_view word) { return text && text->get_view() == word; }

}  // namespace evroute
