// Leaves a trace of every start: in a shared table, in a shared counter and in a database.
#include "mod_init_cpp.h"

#include <array>
#include <evroute/refusal.hpp>

namespace pv = evroute::pv;
namespace sql = evroute::sql::sql;
using evroute::htable::htable::Table;

namespace {

// A step: nothing, or a sentence for the operator's log.
using Step = std::expected<void, wit::string>;

// $TS: seconds since 1970, at the time of the event.
std::expected<std::int64_t, wit::string> now() {
    const auto value = pv::pv::Get("$TS");
    if (!value) return evroute::explained("$TS", value.error());
    const auto *number = std::get_if<pv::types::Value::Int>(&value->variants);
    if (!number) return std::unexpected(wit::string::from_view("$TS: not a number"));
    return number->value;
}

// $sht(server=>started) = $TS;
Step remember(std::int64_t now) {
    const auto server = Table::Open("server");
    if (!server) return evroute::explained("table server", server.error());
    pv::types::Value started{pv::types::Value::Int{now}};
    const auto set = server->Set("started", std::move(started), std::nullopt);
    if (!set) return evroute::explained("table server", set.error());
    return {};
}

// $shv(starts) = $shv(starts) + 1;
Step count() {
    const auto starts = pv::shv::Add("starts", 1);
    if (!starts) return evroute::explained("counter starts", starts.error());
    return {};
}

// sql_query("main", "insert into restarts ...");
Step record(std::int64_t now) {
    const auto main = sql::Connection::Open("main");
    if (!main) return evroute::explained("database main", main.error());
    const std::array parameters{sql::Value{sql::Value::Int{now}}};
    const auto made = main->Execute("create table if not exists restarts (started_at integer not null)", {}).and_then([&](auto) {
        return main->Execute("insert into restarts (started_at) values (?)", parameters);
    });
    if (!made) return evroute::explained("database main", made.error());
    return {};
}

}  // namespace

namespace exports::evroute::htable::mod_init {

std::expected<Verdict, wit::string> Handle(ModInitEvent &&) {
    return now().and_then([](std::int64_t now) {
        return remember(now).and_then(count).and_then([now] { return record(now); });
    }).transform([] { return Verdict::kProceed; });
}

}  // namespace exports::evroute::htable::mod_init
