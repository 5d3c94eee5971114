/* Logs every request that the server sends by itself, and decides by its From user. */
#include <stdlib.h>
#include <string.h>

#include "local_request.h"

#define TEXT(literal) { (uint8_t *)(literal), sizeof(literal) - 1 }

/* One line of the log from its parts. */
static void say(evroute_log_log_level_t level, const local_request_string_t *parts, size_t count)
{
	local_request_string_t line = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		line.len += parts[i].len;
	line.ptr = malloc(line.len);
	if (line.ptr == NULL)
		abort();
	for (size_t i = 0, at = 0; i < count; at += parts[i++].len)
		memcpy(line.ptr + at, parts[i].ptr, parts[i].len);
	evroute_log_log_log(level, &line);
}

static bool is(const local_request_string_t *text, const char *word)
{
	return text->len == strlen(word) && memcmp(text->ptr, word, text->len) == 0;
}

/* Handles end with the run; giving them back earlier would cost a call each. */
bool exports_evroute_tm_local_request_handle(
	exports_evroute_tm_local_request_own_local_request_event_t event,
	exports_evroute_tm_local_request_verdict_t *verdict, local_request_string_t *error)
{
	evroute_sip_types_borrow_message_t message = evroute_sip_types_borrow_message(
		evroute_tm_types_method_local_request_event_message(
			evroute_tm_types_borrow_local_request_event(event)));
	local_request_string_t method, from, to = TEXT(""), user;

	(void)error;
	evroute_sip_types_method_message_method(message, &method);
	evroute_sip_types_method_message_from_uri(message, &from);
	(void)evroute_sip_types_method_message_request_uri(message, &to);
	say(EVROUTE_LOG_LOG_LEVEL_INFO,
	    (const local_request_string_t[]){ TEXT("request ["), method, TEXT("] from ["), from,
					      TEXT("] to ["), to, TEXT("]") },
	    7);

	*verdict = EXPORTS_EVROUTE_TM_LOCAL_REQUEST_VERDICT_SEND;
	if (evroute_sip_types_method_message_from_user(message, &user) && is(&user, "blocked"))
		*verdict = EXPORTS_EVROUTE_TM_LOCAL_REQUEST_VERDICT_DROP;
	return true;
}
