// Why the server refused a call, as a sentence: return explained("table blocked", table.error()). Include it after the bindings.
#pragma once

#include <algorithm>
#include <array>
#include <expected>
#include <variant>

#include "text.hpp"

namespace evroute {

// The name of a case as C++ writes it: NotGranted.
template <class Case>
consteval std::string_view written() {
    std::string_view name = __PRETTY_FUNCTION__;
    name.remove_suffix(1);
    return name.substr(name.find_last_of(":= ") + 1);
}

constexpr bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }

// The same as people write it, " not granted", and nothing for Other. Made by the compiler, so that no more than this is kept.
template <class Case>
constexpr auto spaced = [] {
    constexpr std::string_view name = written<Case>() == "Other" ? "" : written<Case>();
    std::array<char, name.size() + std::ranges::count_if(name, is_upper)> text{};
    auto at = text.begin();
    for (const char letter : name) {
        if (is_upper(letter)) *at++ = ' ';
        *at++ = is_upper(letter) ? char(letter - 'A' + 'a') : letter;
    }
    return text;
}();

template <class... Cases>
std::string_view case_name(const std::variant<Cases...> &variant) {
    std::string_view name;
    std::size_t index = 0;
    ((variant.index() == index++ ? void(name = {spaced<Cases>.data(), spaced<Cases>.size()}) : void()), ...);
    return name;
}

// What the case says beside its name; all that say something hold a text.
template <class... Cases>
std::string_view case_says(const std::variant<Cases...> &variant) {
    std::string_view says;
    (
        [&] {
            if constexpr (requires(const Cases &one) { one.value; })
                if (const auto *one = std::get_if<Cases>(&variant)) says = one->value.get_view();
        }(),
        ...);
    return says;
}

[[gnu::cold, gnu::noinline]] inline std::string sentence(std::string_view what, std::string_view name, std::string_view says) {
    std::string text{what};
    if (!name.empty()) text += ':';
    text += name;
    if (!says.empty()) {
        text += ": ";
        text += says;
    }
    return text;
}

// "table blocked: not granted"; of the case `other` only what it says.
std::unexpected<wit::string> explained(std::string_view what, const auto &error) {
    return std::unexpected(wit::string::from_view(sentence(what, case_name(error.variants), case_says(error.variants))));
}

}  // namespace evroute
