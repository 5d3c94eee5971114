// Turns away callers that are on a list.
#include <string>

#include "call_guard_cpp.h"

namespace htable = evroute::htable::htable;
using evroute::log::log::Level;
using evroute::log::log::Log;

namespace {

// What the operator reads when the table cannot be used.
wit::string sentence(const htable::Error &error) {
    struct Why {
        std::string_view operator()(const htable::Error::NotGranted &) { return "not granted"; }
        std::string_view operator()(const htable::Error::QuotaExceeded &) { return "it is full"; }
        std::string_view operator()(const htable::Error::NotANumber &) { return "not a number"; }
        std::string_view operator()(const htable::Error::Other &other) { return other.value.get_view(); }
    };
    std::string text = "table blocked: ";
    text += std::visit(Why{}, error.variants);
    return wit::string::from_view(text);
}

std::expected<bool, htable::Error> is_blocked(std::string_view user) {
    auto blocked = htable::Table::Open("blocked");
    if (!blocked) return std::unexpected(std::move(blocked.error()));
    auto entry = blocked->Get(user);
    if (!entry) return std::unexpected(std::move(entry.error()));
    return entry->has_value();
}

}  // namespace

namespace exports::evroute::core::request {

std::expected<Verdict, wit::string> Handle(RequestEvent &&event) {
    const auto caller = event.Message().FromUser();
    if (!caller) return Verdict{Verdict::Pass{}};
    const auto blocked = is_blocked(caller->get_view());
    if (!blocked) return std::unexpected(sentence(blocked.error()));
    if (!*blocked) return Verdict{Verdict::Pass{}};

    Log(Level::kNotice, caller->to_string() + " is blocked");
    return Verdict{Verdict::Reject{Rejection{403, wit::string::from_view("Blocked")}}};
}

}  // namespace exports::evroute::core::request
