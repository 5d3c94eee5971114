/* Says hello when the server starts. */
#include "evroute.h"

bool htable_mod_init(mod_init_event_t event, htable_mod_init_verdict_t *verdict, text_t *sentence)
{
	info("hello, ", mod_init_event_tenant(event));
	*verdict = HTABLE_MOD_INIT_PROCEED;
	return true;
}
