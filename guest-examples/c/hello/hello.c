/* Says hello when the server starts. */
#include <stdlib.h>
#include <string.h>

#include "hello.h"

bool exports_evroute_htable_mod_init_handle(
	exports_evroute_htable_mod_init_own_mod_init_event_t event,
	exports_evroute_htable_mod_init_verdict_t *verdict, hello_string_t *error)
{
	static const char greeting[] = "hello, ";
	hello_string_t tenant, line;

	(void)error;
	evroute_htable_types_method_mod_init_event_tenant(
		evroute_htable_types_borrow_mod_init_event(event), &tenant);
	line.len = strlen(greeting) + tenant.len;
	line.ptr = malloc(line.len);
	if (line.ptr == NULL)
		abort();
	memcpy(line.ptr, greeting, strlen(greeting));
	memcpy(line.ptr + strlen(greeting), tenant.ptr, tenant.len);
	evroute_log_log_log(EVROUTE_LOG_LOG_LEVEL_INFO, &line);
	*verdict = EXPORTS_EVROUTE_HTABLE_MOD_INIT_VERDICT_PROCEED;
	return true;
}
