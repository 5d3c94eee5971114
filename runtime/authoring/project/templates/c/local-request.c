/* Logs every request that the server sends by itself, and does not send those of one user. */
#include "evroute.h"

/* true is a verdict; false gives up with the sentence. */
bool tm_local_request(local_request_event_t event, tm_local_request_verdict_t *verdict, text_t *sentence)
{
	message_t message = local_request_event_message(event);

	info(message_method(message), " from ", message_from_uri(message), " to ",
	     message_request_uri(message));
	*verdict = is(message_from_user(message), "blocked") ? TM_LOCAL_REQUEST_DROP :
							       TM_LOCAL_REQUEST_SEND;
	return true;
}
