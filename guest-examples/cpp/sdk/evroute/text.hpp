// A line from its parts: text of any kind, options that may be absent, whole numbers.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
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

// Header fields and bodies are octets, since nobody promises that they are UTF-8. As text: text(message.Header(...)), empty
// where there is none.
std::string_view text(const auto &octets)
    requires requires { octets.data() + octets.size(); }
{
    return {reinterpret_cast<const char *>(octets.data()), octets.size()};
}

template <class Octets>
std::string_view text(const std::optional<Octets> &octets) {
    return octets ? text(*octets) : std::string_view{};
}

// The octets of a text, which the message's functions take.
inline std::span<const uint8_t> octets(std::string_view text) {
    return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

}  // namespace evroute
