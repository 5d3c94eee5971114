/* Leaves a trace of every start: in a shared table, in a shared counter and in a database. */
#include "evroute.h"

/* $sht(server=>started) = $TS; */
static bool remember(int64_t seconds, refusal_t *why)
{
	table_t server;

	return table_open(TEXT("server"), &server, why) &&
	       table_set(server, TEXT("started"), value_int(seconds), NULL, why);
}

/* sql_query("main", "insert into restarts ..."); */
static bool record(int64_t seconds, refusal_t *why)
{
	connection_t main;
	sql_value_t started_at = sql_value_int(seconds);
	uint64_t changed;

	return connection_open(TEXT("main"), &main, why) &&
	       connection_execute(
		       main,
		       TEXT("create table if not exists restarts (started_at integer not null)"),
		       NULL, 0, &changed, why) &&
	       connection_execute(main, TEXT("insert into restarts (started_at) values (?)"),
				  &started_at, 1, &changed, why);
}

bool htable_mod_init(mod_init_event_t event, htable_mod_init_verdict_t *verdict, text_t *sentence)
{
	int64_t seconds, starts;
	refusal_t why;

	if (!pv_int("$TS", &seconds, &why)) /* seconds since 1970, at the time of the event */
		return explained(sentence, "$TS", &why);
	if (!remember(seconds, &why))
		return explained(sentence, "table server", &why);
	if (!shv_add(TEXT("starts"), 1, &starts, &why)) /* $shv(starts) = $shv(starts) + 1; */
		return explained(sentence, "counter starts", &why);
	if (!record(seconds, &why))
		return explained(sentence, "database main", &why);
	*verdict = HTABLE_MOD_INIT_PROCEED;
	return true;
}
