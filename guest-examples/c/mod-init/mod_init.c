/* Leaves a trace of every start: in a shared table, in a shared counter and in a database. */
#include <string.h>

#include "mod_init.h"

#define TEXT(literal) { (uint8_t *)(literal), sizeof(literal) - 1 }

/* A step that failed: a sentence for the operator's log. */
static bool failed(mod_init_string_t *error, const char *sentence)
{
	mod_init_string_dup(error, sentence);
	return false;
}

/* $TS: seconds since 1970, at the time of the event. */
static bool now(int64_t *seconds, mod_init_string_t *error)
{
	mod_init_string_t name = TEXT("$TS");
	evroute_pv_pv_value_t value;
	evroute_pv_pv_error_t refused;

	if (!evroute_pv_pv_get(&name, &value, &refused))
		return failed(error, "$TS: it cannot be read");
	if (value.tag != EVROUTE_PV_TYPES_VALUE_INT)
		return failed(error, "$TS: it is not a number");
	*seconds = value.val.int_;
	return true;
}

/* $sht(server=>started) = $TS; */
static bool remember(int64_t seconds, mod_init_string_t *error)
{
	mod_init_string_t name = TEXT("server"), key = TEXT("started");
	evroute_htable_htable_value_t value = { .tag = EVROUTE_PV_TYPES_VALUE_INT,
						.val.int_ = seconds };
	evroute_htable_htable_own_table_t table;
	evroute_htable_htable_error_t refused;

	if (!evroute_htable_htable_static_table_open(&name, &table, &refused))
		return failed(error, "table server: it cannot be opened");
	if (!evroute_htable_htable_method_table_set(evroute_htable_htable_borrow_table(table), &key,
						    &value, NULL, &refused))
		return failed(error, "table server: it cannot be written");
	return true;
}

/* $shv(starts) = $shv(starts) + 1; */
static bool count(mod_init_string_t *error)
{
	mod_init_string_t name = TEXT("starts");
	evroute_pv_shv_error_t refused;
	int64_t starts;

	if (!evroute_pv_shv_add(&name, 1, &starts, &refused))
		return failed(error, refused.tag == EVROUTE_PV_SHV_ERROR_NOT_A_NUMBER ?
					     "counter starts: it is not a number" :
					     "counter starts: it cannot be written");
	return true;
}

/* sql_query("main", "insert into restarts ..."); */
static bool record(int64_t seconds, mod_init_string_t *error)
{
	mod_init_string_t label = TEXT("main");
	mod_init_string_t create =
		TEXT("create table if not exists restarts (started_at integer not null)");
	mod_init_string_t insert = TEXT("insert into restarts (started_at) values (?)");
	evroute_sql_sql_value_t started_at = { .tag = EVROUTE_SQL_SQL_VALUE_INT, .val.int_ = seconds };
	evroute_sql_sql_list_value_t none = { NULL, 0 }, parameters = { &started_at, 1 };
	evroute_sql_sql_own_connection_t database;
	evroute_sql_sql_error_t refused;
	uint64_t changed;

	if (!evroute_sql_sql_static_connection_open(&label, &database, &refused))
		return failed(error, "database main: it cannot be opened");
	evroute_sql_sql_borrow_connection_t main = evroute_sql_sql_borrow_connection(database);
	if (!evroute_sql_sql_method_connection_execute(main, &create, &none, &changed, &refused) ||
	    !evroute_sql_sql_method_connection_execute(main, &insert, &parameters, &changed, &refused))
		return failed(error, "database main: a statement was refused");
	return true;
}

/* Handles end with the run; giving them back earlier would cost a call each. */
bool exports_evroute_htable_mod_init_handle(
	exports_evroute_htable_mod_init_own_mod_init_event_t event,
	exports_evroute_htable_mod_init_verdict_t *verdict, mod_init_string_t *error)
{
	int64_t seconds;

	(void)event;
	*verdict = EXPORTS_EVROUTE_HTABLE_MOD_INIT_VERDICT_PROCEED;
	return now(&seconds, error) && remember(seconds, error) && count(error) &&
	       record(seconds, error);
}
