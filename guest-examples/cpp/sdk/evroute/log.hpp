// The operator's log: info("request [", message.Method(), "]"). Include it after the bindings of a world that imports the log.
#pragma once

#include "text.hpp"

namespace evroute {

void error(const auto &...parts) { log::log::Log(log::log::Level::kError, joined(parts...)); }
void warning(const auto &...parts) { log::log::Log(log::log::Level::kWarning, joined(parts...)); }
void notice(const auto &...parts) { log::log::Log(log::log::Level::kNotice, joined(parts...)); }
void info(const auto &...parts) { log::log::Log(log::log::Level::kInfo, joined(parts...)); }
void debug(const auto &...parts) { log::log::Log(log::log::Level::kDebug, joined(parts...)); }

}  // namespace evroute
