// Logs every request that the server is about to route, and rejects those of one user.
#include "{{snake}}_cpp.h"

#include "evroute/log.hpp"

namespace exports::evroute::core::request {

std::expected<Verdict, wit::string> Handle(RequestEvent &&event) {
    const auto message = event.Message();
    ::evroute::info(message.Method(), " from ", message.FromUri(), " to ", message.RequestUri());
    if (!::evroute::is(message.FromUser(), "blocked")) return Verdict{Verdict::Pass{}};
    return Verdict{Verdict::Reject{Rejection{403, wit::string::from_view("Blocked")}}};
}

}  // namespace exports::evroute::core::request
