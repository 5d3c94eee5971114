/* Logs every request that the server is about to route, and rejects those of one user. */
#include "evroute.h"

/* true is a verdict; false gives up with the sentence. */
bool core_request(request_event_t event, core_request_verdict_t *verdict, text_t *sentence)
{
	message_t message = request_event_message(event);

	info(message_method(message), " from ", message_from_uri(message), " to ",
	     message_request_uri(message));
	*verdict = is(message_from_user(message), "blocked") ?
			   core_request_reject(403, TEXT("Blocked")) :
			   CORE_REQUEST_PASS;
	return true;
}
