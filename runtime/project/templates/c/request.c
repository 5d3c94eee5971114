/* Logs every request that the server is about to route, and rejects those of one user. */
#include <stdlib.h>
#include <string.h>

#include "{{snake}}.h"

#define TEXT(literal) { (uint8_t *)(literal), sizeof(literal) - 1 }

typedef {{snake}}_string_t text;

/* One line of the log from its parts. */
static void say(evroute_log_log_level_t level, const text *parts, size_t count)
{
	text line = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		line.len += parts[i].len;
	line.ptr = malloc(line.len);
	if (line.ptr == NULL)
		abort();
	for (size_t i = 0, at = 0; i < count; at += parts[i++].len)
		memcpy(line.ptr + at, parts[i].ptr, parts[i].len);
	evroute_log_log_log(level, &line);
}

static bool is(const text *written, const char *word)
{
	return written->len == strlen(word) && memcmp(written->ptr, word, written->len) == 0;
}

/* true is a verdict; false gives up with the sentence in *error. Handles end with the run. */
bool exports_evroute_core_request_handle(exports_evroute_core_request_own_request_event_t event,
					 exports_evroute_core_request_verdict_t *verdict, text *error)
{
	evroute_sip_types_borrow_message_t message = evroute_sip_types_borrow_message(
		evroute_core_types_method_request_event_message(
			evroute_core_types_borrow_request_event(event)));
	text method, from, to = TEXT(""), user;

	(void)error;
	evroute_sip_types_method_message_method(message, &method);
	evroute_sip_types_method_message_from_uri(message, &from);
	(void)evroute_sip_types_method_message_request_uri(message, &to);
	say(EVROUTE_LOG_LOG_LEVEL_INFO,
	    (const text[]){ method, TEXT(" from "), from, TEXT(" to "), to }, 5);

	verdict->tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_PASS;
	if (evroute_sip_types_method_message_from_user(message, &user) && is(&user, "blocked")) {
		verdict->tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_REJECT;
		verdict->val.reject.code = 403;
		verdict->val.reject.reason.is_some = true;
		{{snake}}_string_dup(&verdict->val.reject.reason.val, "Blocked");
	}
	return true;
}
