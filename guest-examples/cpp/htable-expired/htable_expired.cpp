// Gives a table's entries more time: as many seconds as they say.
#include "htable_expired_cpp.h"

#include <algorithm>
#include <evroute/log.hpp>

using evroute::pv::types::Value;

namespace {

// Nothing is kept for longer than an hour at a time.
constexpr std::int64_t kSecondsMax = 3600;

// How long an entry with this value stays; what is not a positive number is over.
std::uint32_t seconds_of(const Value &value) {
    const auto *number = std::get_if<Value::Int>(&value.variants);
    return number ? std::clamp<std::int64_t>(number->value, 0, kSecondsMax) : 0;
}

}  // namespace

namespace exports::evroute::htable::expired {

std::expected<Verdict, wit::string> Handle(ExpiredEvent &&event) {
    const auto seconds = seconds_of(event.Value());
    if (seconds == 0) {
        ::evroute::info(event.Table(), ": ", event.Key(), " is over");
        return Verdict{Verdict::Remove{}};
    }
    ::evroute::info(event.Table(), ": ", event.Key(), " stays for ", seconds, " s");
    return Verdict{Verdict::Extend{seconds}};
}

}  // namespace exports::evroute::htable::expired
