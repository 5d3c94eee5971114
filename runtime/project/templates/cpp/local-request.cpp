// Logs every request that the server sends by itself, and does not send those of one user.
#include <string>

#include "{{snake}}_cpp.h"

using evroute::log::log::Level;
using evroute::log::log::Log;

namespace exports::evroute::tm::local_request {

std::expected<Verdict, wit::string> Handle(LocalRequestEvent &&event) {
    const auto message = event.Message();
    const auto to = message.RequestUri();

    std::string line{message.Method().get_view()};
    line += " from ";
    line += message.FromUri().get_view();
    line += " to ";
    if (to) line += to->get_view();
    Log(Level::kInfo, line);

    const auto user = message.FromUser();
    return user && user->get_view() == "blocked" ? Verdict::kDrop : Verdict::kSend;
}

}  // namespace exports::evroute::tm::local_request
