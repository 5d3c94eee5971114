/* Logs every request that the server sends by itself, and decides by its From user. */
#include "evroute.h"

bool tm_local_request(local_request_event_t event, tm_local_request_verdict_t *verdict,
		      text_t *sentence)
{
	message_t message = local_request_event_message(event);

	info("request [", message_method(message), "] from [", message_from_uri(message), "] to [",
	     message_request_uri(message), "]");
	*verdict = is(message_from_user(message), "blocked") ? TM_LOCAL_REQUEST_DROP :
							       TM_LOCAL_REQUEST_SEND;
	return true;
}
