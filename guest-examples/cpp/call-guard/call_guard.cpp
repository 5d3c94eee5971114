// Turns away callers that are on a list.
#include "call_guard_cpp.h"

#include <evroute/log.hpp>
#include <evroute/refusal.hpp>

namespace ev = evroute;
using evroute::htable::htable::Table;

namespace {

std::expected<bool, wit::string> is_blocked(std::string_view user) {
    const auto blocked = Table::Open("blocked");
    if (!blocked) return ev::explained("table blocked", blocked.error());
    const auto entry = blocked->Get(user);
    if (!entry) return ev::explained("table blocked", entry.error());
    return entry->has_value();
}

}  // namespace

namespace exports::evroute::core::request {

std::expected<Verdict, wit::string> Handle(RequestEvent &&event) {
    const auto caller = event.Message().FromUser();
    if (!caller) return Verdict{Verdict::Pass{}};
    return is_blocked(caller->get_view()).transform([&](bool blocked) {
        if (!blocked) return Verdict{Verdict::Pass{}};
        ev::notice(*caller, " is blocked");
        return Verdict{Verdict::Reject{Rejection{403, wit::string::from_view("Blocked")}}};
    });
}

}  // namespace exports::evroute::core::request
