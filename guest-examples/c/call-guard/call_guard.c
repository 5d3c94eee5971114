/* Turns away callers that are on a list. */
#include <stdlib.h>
#include <string.h>

#include "call_guard.h"

#define TEXT(literal) { (uint8_t *)(literal), sizeof(literal) - 1 }

/* The second text after the first. */
static call_guard_string_t joined(call_guard_string_t a, call_guard_string_t b)
{
	call_guard_string_t both = { malloc(a.len + b.len), a.len + b.len };

	if (both.ptr == NULL)
		abort();
	memcpy(both.ptr, a.ptr, a.len);
	memcpy(both.ptr + a.len, b.ptr, b.len);
	return both;
}

/* What the operator reads when the table cannot be used. */
static call_guard_string_t sentence(const evroute_htable_htable_error_t *error)
{
	call_guard_string_t begin = TEXT("table blocked: "), why = TEXT("not granted");

	switch (error->tag) {
	case EVROUTE_HTABLE_HTABLE_ERROR_NOT_GRANTED:
		break;
	case EVROUTE_HTABLE_HTABLE_ERROR_QUOTA_EXCEEDED:
		why = (call_guard_string_t)TEXT("it is full");
		break;
	case EVROUTE_HTABLE_HTABLE_ERROR_NOT_A_NUMBER:
		why = (call_guard_string_t)TEXT("not a number");
		break;
	case EVROUTE_HTABLE_HTABLE_ERROR_OTHER:
		why = error->val.other;
		break;
	}
	return joined(begin, why);
}

/* Whether the table has an entry for this user; false with an error when it cannot say. */
static bool is_blocked(call_guard_string_t *user, bool *blocked, evroute_htable_htable_error_t *error)
{
	call_guard_string_t name = TEXT("blocked");
	evroute_htable_htable_own_table_t table;
	evroute_htable_htable_option_value_t entry;

	if (!evroute_htable_htable_static_table_open(&name, &table, error))
		return false;
	if (!evroute_htable_htable_method_table_get(evroute_htable_htable_borrow_table(table), user,
						    &entry, error))
		return false;
	*blocked = entry.is_some;
	return true;
}

/* Handles end with the run; giving them back earlier would cost a call each. */
bool exports_evroute_core_request_handle(exports_evroute_core_request_own_request_event_t event,
					 exports_evroute_core_request_verdict_t *verdict,
					 call_guard_string_t *error)
{
	evroute_sip_types_own_message_t message = evroute_core_types_method_request_event_message(
		evroute_core_types_borrow_request_event(event));
	call_guard_string_t caller, line;
	evroute_htable_htable_error_t refused;
	bool blocked;

	verdict->tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_PASS;
	if (!evroute_sip_types_method_message_from_user(evroute_sip_types_borrow_message(message),
							&caller))
		return true;
	if (!is_blocked(&caller, &blocked, &refused)) {
		*error = sentence(&refused);
		return false;
	}
	if (!blocked)
		return true;

	line = joined(caller, (call_guard_string_t)TEXT(" is blocked"));
	evroute_log_log_log(EVROUTE_LOG_LOG_LEVEL_NOTICE, &line);
	verdict->tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_REJECT;
	verdict->val.reject.code = 403;
	verdict->val.reject.reason.is_some = true;
	call_guard_string_dup(&verdict->val.reject.reason.val, "Blocked");
	return true;
}
