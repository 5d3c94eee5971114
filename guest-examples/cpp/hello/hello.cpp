// Says hello when the server starts.
#include "hello_cpp.h"

#include <evroute/log.hpp>

namespace exports::evroute::htable::mod_init {

std::expected<Verdict, wit::string> Handle(ModInitEvent &&event) {
    ::evroute::info("hello, ", event.Tenant());
    return Verdict::kProceed;
}

}  // namespace exports::evroute::htable::mod_init
