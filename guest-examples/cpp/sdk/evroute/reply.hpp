// What is added to the answer that a verdict gives: reply("Retry-After", "30"). Include it after
// the bindings of a world that imports evroute:textops/reply.
#pragma once

#include "text.hpp"

namespace evroute {

// Adds a header field. False when the server refuses it, which the log says; the answer is given
// without it.
inline bool reply(std::string_view name, std::string_view value) {
    return textops::reply::AppendHeader(name, octets(value)).has_value();
}

// Gives the answer a body.
inline bool reply_body(std::string_view content_type, std::string_view body) {
    return textops::reply::SetBody(content_type, octets(body)).has_value();
}

}  // namespace evroute
