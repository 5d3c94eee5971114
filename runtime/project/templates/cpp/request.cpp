// Logs every request that the server is about to route, and rejects those of one user.
#include <string>

#include "{{snake}}_cpp.h"

using evroute::log::log::Level;
using evroute::log::log::Log;

namespace exports::evroute::core::request {

std::expected<Verdict, wit::string> Handle(RequestEvent &&event) {
    const auto message = event.Message();
    const auto to = message.RequestUri();

    std::string line{message.Method().get_view()};
    line += " from ";
    line += message.FromUri().get_view();
    line += " to ";
    if (to) line += to->get_view();
    Log(Level::kInfo, line);

    const auto user = message.FromUser();
    if (!user || user->get_view() != "blocked") return Verdict{Verdict::Pass{}};
    return Verdict{Verdict::Reject{Rejection{403, wit::string::from_view("Blocked")}}};
}

}  // namespace exports::evroute::core::request
