// Leaves a trace of every start: in a shared table, in a shared counter and in a database.
#include <array>

#include "mod_init_cpp.h"

namespace pv = evroute::pv;
namespace sql = evroute::sql::sql;
using evroute::htable::htable::Table;

namespace {

// A step: nothing, or a sentence for the operator's log.
using Step = std::expected<void, wit::string>;

std::unexpected<wit::string> failed(std::string_view sentence) {
    return std::unexpected(wit::string::from_view(sentence));
}

// $TS: seconds since 1970, at the time of the event.
std::expected<std::int64_t, wit::string> now() {
    const auto value = pv::pv::Get("$TS");
    if (!value) return failed("$TS: it cannot be read");
    const auto *number = std::get_if<pv::types::Value::Int>(&value->variants);
    if (!number) return failed("$TS: it is not a number");
    return number->value;
}

// $sht(server=>started) = $TS;
Step remember(std::int64_t now) {
    const auto server = Table::Open("server");
    if (!server) return failed("table server: it cannot be opened");
    pv::types::Value started{pv::types::Value::Int{now}};
    if (!server->Set("started", std::move(started), std::nullopt)) return failed("table server: it cannot be written");
    return {};
}

// $shv(starts) = $shv(starts) + 1;
Step count() {
    if (!pv::shv::Add("starts", 1)) return failed("counter starts: it cannot be added to");
    return {};
}

// sql_query("main", "insert into restarts ...");
Step record(std::int64_t now) {
    const auto main = sql::Connection::Open("main");
    if (!main) return failed("database main: it cannot be opened");
    if (!main->Execute("create table if not exists restarts (started_at integer not null)", {}))
        return failed("database main: the table cannot be made");
    const std::array parameters{sql::Value{sql::Value::Int{now}}};
    if (!main->Execute("insert into restarts (started_at) values (?)", parameters))
        return failed("database main: the row cannot be written");
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
