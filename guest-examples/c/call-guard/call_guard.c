/* Turns away callers that are on a list. */
#include "evroute.h"

bool core_request(request_event_t event, core_request_verdict_t *verdict, text_t *sentence)
{
	text_t caller = message_from_user(request_event_message(event));
	refusal_t why;
	table_t table;
	value_t entry;

	*verdict = CORE_REQUEST_PASS;
	if (caller.ptr == NULL)
		return true;
	if (!table_open(TEXT("blocked"), &table, &why) || !table_get(table, caller, &entry, &why))
		return explained(sentence, "table blocked", &why);
	if (is_null(entry))
		return true;
	notice(caller, " is blocked");
	*verdict = core_request_reject(403, TEXT("Blocked"));
	return true;
}
