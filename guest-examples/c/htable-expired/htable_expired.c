/* Gives a table's entries more time: as many seconds as they say. */
#include "evroute.h"

/* Nothing is kept for longer than an hour at a time. */
#define SECONDS_MAX 3600

/* How long an entry with this value stays; what is not a positive number is over. */
static uint32_t seconds_of(value_t value)
{
	int64_t seconds;

	if (!as_int(value, &seconds) || seconds < 0)
		return 0;
	return seconds > SECONDS_MAX ? SECONDS_MAX : (uint32_t)seconds;
}

bool htable_expired(expired_event_t event, htable_expired_verdict_t *verdict, text_t *sentence)
{
	text_t table = expired_event_table(event), key = expired_event_key(event);
	uint32_t seconds = seconds_of(expired_event_value(event));

	if (seconds == 0) {
		info(table, ": ", key, " is over");
		*verdict = HTABLE_EXPIRED_REMOVE;
		return true;
	}
	info(table, ": ", key, " stays for ", seconds, " s");
	*verdict = htable_expired_extend(seconds);
	return true;
}
