// Logs every request that the server sends by itself, and does not send those of one user.
#include "{{snake}}_cpp.h"

#include "evroute/log.hpp"

namespace exports::evroute::tm::local_request {

std::expected<Verdict, wit::string> Handle(LocalRequestEvent &&event) {
    const auto message = event.Message();
    ::evroute::info(message.Method(), " from ", message.FromUri(), " to ", message.RequestUri());
    return ::evroute::is(message.FromUser(), "blocked") ? Verdict::kDrop : Verdict::kSend;
}

}  // namespace exports::evroute::tm::local_request
