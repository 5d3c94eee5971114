// Logs every request that the server sends by itself, and decides by its From user.
#include "local_request_cpp.h"

#include <evroute/log.hpp>

namespace exports::evroute::tm::local_request {

std::expected<Verdict, wit::string> Handle(LocalRequestEvent &&event) {
    const auto message = event.Message();
    ::evroute::info("request [", message.Method(), "] from [", message.FromUri(), "] to [", message.RequestUri(), "]");
    return ::evroute::is(message.FromUser(), "blocked") ? Verdict::kDrop : Verdict::kSend;
}

}  // namespace exports::evroute::tm::local_request
