/* Gives a table's entries more time: as many seconds as they say. */
#include <stdlib.h>
#include <string.h>

#include "htable_expired.h"

/* Nothing is kept for longer than an hour at a time. */
#define SECONDS_MAX 3600

#define TEXT(literal) { (uint8_t *)(literal), sizeof(literal) - 1 }

/* One line of the log from its parts. */
static void say(evroute_log_log_level_t level, const htable_expired_string_t *parts, size_t count)
{
	htable_expired_string_t line = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		line.len += parts[i].len;
	line.ptr = malloc(line.len);
	if (line.ptr == NULL)
		abort();
	for (size_t i = 0, at = 0; i < count; at += parts[i++].len)
		memcpy(line.ptr + at, parts[i].ptr, parts[i].len);
	evroute_log_log_log(level, &line);
}

/* How long an entry with this value stays; what is not a positive number is over. */
static uint32_t seconds_of(const evroute_htable_types_value_t *value)
{
	if (value->tag != EVROUTE_PV_TYPES_VALUE_INT || value->val.int_ < 0)
		return 0;
	return value->val.int_ > SECONDS_MAX ? SECONDS_MAX : (uint32_t)value->val.int_;
}

/* A number as text, in a buffer of the caller's that has room for it. */
static htable_expired_string_t decimal(uint32_t number, uint8_t buffer[static 10])
{
	uint8_t *digit = buffer + 10;

	do
		*--digit = '0' + number % 10;
	while ((number /= 10) != 0);
	return (htable_expired_string_t){ digit, buffer + 10 - digit };
}

/* Handles end with the run; giving them back earlier would cost a call each. */
bool exports_evroute_htable_expired_handle(exports_evroute_htable_expired_own_expired_event_t event,
					   exports_evroute_htable_expired_verdict_t *verdict,
					   htable_expired_string_t *error)
{
	evroute_htable_types_borrow_expired_event_t entry =
		evroute_htable_types_borrow_expired_event(event);
	htable_expired_string_t table, key;
	evroute_htable_types_value_t value;
	uint8_t digits[10];
	uint32_t seconds;

	(void)error;
	evroute_htable_types_method_expired_event_table(entry, &table);
	evroute_htable_types_method_expired_event_key(entry, &key);
	evroute_htable_types_method_expired_event_value(entry, &value);
	seconds = seconds_of(&value);
	if (seconds == 0) {
		say(EVROUTE_LOG_LOG_LEVEL_INFO,
		    (const htable_expired_string_t[]){ table, TEXT(": "), key, TEXT(" is over") }, 4);
		verdict->tag = EXPORTS_EVROUTE_HTABLE_EXPIRED_VERDICT_REMOVE;
		return true;
	}
	say(EVROUTE_LOG_LOG_LEVEL_INFO,
	    (const htable_expired_string_t[]){ table, TEXT(": "), key, TEXT(" stays for "),
					       decimal(seconds, digits), TEXT(" s") },
	    6);
	verdict->tag = EXPORTS_EVROUTE_HTABLE_EXPIRED_VERDICT_EXTEND;
	verdict->val.extend = seconds;
	return true;
}
