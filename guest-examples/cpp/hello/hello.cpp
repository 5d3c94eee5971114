// Says hello when the server starts.
#include <string>

#include "hello_cpp.h"

using evroute::log::log::Level;
using evroute::log::log::Log;

namespace exports::evroute::htable::mod_init {

std::expected<Verdict, wit::string> Handle(ModInitEvent &&event) {
    Log(Level::kInfo, "hello, " + event.Tenant().to_string());
    return Verdict::kProceed;
}

}  // namespace exports::evroute::htable::mod_init
