/*
 * The server's interfaces under short names: printed from wit/ by `make sdks`, included by evroute.h.
 *
 * Texts and bytes are text_t, and what is absent has no ptr. Functions that may be refused return false, with the reason in
 * *why. Resources are never given back: they end with the run.
 */
#ifndef EVROUTE_WIT_H
#define EVROUTE_WIT_H

#ifdef IMPORTS_EVROUTE_SIP_TYPES

/* The message an event is about: a handler's own copy.

   Edits are visible to later reads in the same run and reach the wire only if the run returns a
   verdict. Octets that are not ASCII come %-escaped from getters that return a string; raw octets come
   from those that return a list. */
typedef evroute_sip_types_own_message_t message_t;

/* Why an edit was refused. Nothing was changed. */

/* This event cannot honour the edit (for example a header of a message that has left already). */
#define EDIT_ERROR_NOT_ALLOWED_HERE EVROUTE_SIP_TYPES_EDIT_ERROR_NOT_ALLOWED_HERE

/* The value would break the message: CR, LF or NUL in it, not a URI, not a header name.
   The text says which, for the log only. */
#define EDIT_ERROR_INVALID EVROUTE_SIP_TYPES_EDIT_ERROR_INVALID

/* The message would grow past the server's size or header count limit. */
#define EDIT_ERROR_TOO_LARGE EVROUTE_SIP_TYPES_EDIT_ERROR_TOO_LARGE

/* For the log only; never branch on the text. */
#define EDIT_ERROR_OTHER EVROUTE_SIP_TYPES_EDIT_ERROR_OTHER

#define EDIT_ERROR_NAMES "\020not allowed here\207invalid\011too large\200"
static_assert(offsetof(evroute_sip_types_edit_error_t, val) == offsetof(refusal_t, says),
		"EDIT_ERROR");

/* True for a request, false for a response. */
static inline bool message_is_request(message_t self)
{
	return evroute_sip_types_method_message_is_request(evroute_sip_types_borrow_message(self));
}

/* The method, case kept; for a response that of its CSeq. `$rm`. */
static inline text_t message_method(message_t self)
{
	text_t it;

	evroute_sip_types_method_message_method(evroute_sip_types_borrow_message(self), &it);
	return it;
}

/* The Request-URI as it would be sent now; none in a response. `$ru`. */
static inline text_t message_request_uri(message_t self)
{
	text_t it;

	return evroute_sip_types_method_message_request_uri(evroute_sip_types_borrow_message(self), &it)
		? (text_t){ it.ptr, it.len } : NOTHING;
}

/* The status code; none in a request. `$rs`. */
static inline bool message_status_code(message_t self, uint16_t *it)
{
	return evroute_sip_types_method_message_status_code(evroute_sip_types_borrow_message(self), it);
}

/* The URI of From. `$fu`. */
static inline text_t message_from_uri(message_t self)
{
	text_t it;

	evroute_sip_types_method_message_from_uri(evroute_sip_types_borrow_message(self), &it);
	return it;
}

/* The user part of From's URI; none when it has none. `$fU`. */
static inline text_t message_from_user(message_t self)
{
	text_t it;

	return evroute_sip_types_method_message_from_user(evroute_sip_types_borrow_message(self), &it)
		? (text_t){ it.ptr, it.len } : NOTHING;
}

/* The tag of From. `$ft`. */
static inline text_t message_from_tag(message_t self)
{
	text_t it;

	return evroute_sip_types_method_message_from_tag(evroute_sip_types_borrow_message(self), &it)
		? (text_t){ it.ptr, it.len } : NOTHING;
}

/* The URI of To. `$tu`. */
static inline text_t message_to_uri(message_t self)
{
	text_t it;

	evroute_sip_types_method_message_to_uri(evroute_sip_types_borrow_message(self), &it);
	return it;
}

/* The user part of To's URI; none when it has none. `$tU`. */
static inline text_t message_to_user(message_t self)
{
	text_t it;

	return evroute_sip_types_method_message_to_user(evroute_sip_types_borrow_message(self), &it)
		? (text_t){ it.ptr, it.len } : NOTHING;
}

/* The tag of To; none outside a dialog. `$tt`. */
static inline text_t message_to_tag(message_t self)
{
	text_t it;

	return evroute_sip_types_method_message_to_tag(evroute_sip_types_borrow_message(self), &it)
		? (text_t){ it.ptr, it.len } : NOTHING;
}

/* Call-ID. `$ci`. */
static inline text_t message_call_id(message_t self)
{
	text_t it;

	evroute_sip_types_method_message_call_id(evroute_sip_types_borrow_message(self), &it);
	return it;
}

/* The number of CSeq. `$cs`. */
static inline uint32_t message_cseq(message_t self)
{
	return evroute_sip_types_method_message_cseq(evroute_sip_types_borrow_message(self));
}

/* The first header field of this name, folded lines joined, outer white space cut. Names are compared
   without case and compact forms count as the long name. `$hdr(name)`. */
static inline text_t message_header(message_t self, text_t name)
{
	bindings_list_u8_t it;

	return evroute_sip_types_method_message_header(evroute_sip_types_borrow_message(self), &name, &it)
		? (text_t){ it.ptr, it.len } : NOTHING;
}

/* All header fields of this name in order, at most `limit` of them. */
static inline bindings_list_list_u8_t message_headers(message_t self, text_t name, uint32_t limit)
{
	bindings_list_list_u8_t it;

	evroute_sip_types_method_message_headers(evroute_sip_types_borrow_message(self), &name, limit,
		&it);
	return it;
}

/* The body, empty when there is none. `$rb`. */
static inline text_t message_body(message_t self)
{
	bindings_list_u8_t it;

	evroute_sip_types_method_message_body(evroute_sip_types_borrow_message(self), &it);
	return (text_t){ it.ptr, it.len };
}

/* Replaces the Request-URI. `$ru = ...`. */
static inline bool message_set_request_uri(message_t self, text_t uri, refusal_t *why)
{
	why->names = (const uint8_t *)EDIT_ERROR_NAMES;
	return evroute_sip_types_method_message_set_request_uri(evroute_sip_types_borrow_message(self),
		&uri, (evroute_sip_types_edit_error_t *)why);
}

/* Adds a header field after the last one. `append_hf`. */
static inline bool message_append_header(message_t self, text_t name, text_t value, refusal_t *why)
{
	bindings_list_u8_t value_octets = { value.ptr, value.len };

	why->names = (const uint8_t *)EDIT_ERROR_NAMES;
	return evroute_sip_types_method_message_append_header(evroute_sip_types_borrow_message(self),
		&name, &value_octets, (evroute_sip_types_edit_error_t *)why);
}

/* Leaves exactly one header field of this name, with this value. */
static inline bool message_set_header(message_t self, text_t name, text_t value, refusal_t *why)
{
	bindings_list_u8_t value_octets = { value.ptr, value.len };

	why->names = (const uint8_t *)EDIT_ERROR_NAMES;
	return evroute_sip_types_method_message_set_header(evroute_sip_types_borrow_message(self), &name,
		&value_octets, (evroute_sip_types_edit_error_t *)why);
}

/* Removes every header field of this name and returns how many there were. Via, From, To, Call-ID, CSeq,
   Max-Forwards, Route, Record-Route and Content-Length belong to the server: not-allowed-here. `remove_hf`. */
static inline bool message_remove_headers(message_t self, text_t name, uint32_t *ret,
		refusal_t *why)
{
	why->names = (const uint8_t *)EDIT_ERROR_NAMES;
	return evroute_sip_types_method_message_remove_headers(evroute_sip_types_borrow_message(self),
		&name, ret, (evroute_sip_types_edit_error_t *)why);
}

/* Replaces the body; Content-Length follows. An absent content type keeps the header as it is. `set_body`. */
static inline bool message_set_body(message_t self, text_t content_type, text_t body,
		refusal_t *why)
{
	bindings_list_u8_t body_octets = { body.ptr, body.len };

	why->names = (const uint8_t *)EDIT_ERROR_NAMES;
	return evroute_sip_types_method_message_set_body(evroute_sip_types_borrow_message(self),
		content_type.ptr == NULL ? NULL : &content_type, &body_octets,
		(evroute_sip_types_edit_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_CORE_TYPES

/* What `event_route[core:pre-routing]` carries. */
typedef evroute_core_types_own_pre_routing_event_t pre_routing_event_t;

/* What `core:request` carries. */
typedef evroute_core_types_own_request_event_t request_event_t;

/* What `core:reply` carries. */
typedef evroute_core_types_own_reply_event_t reply_event_t;

/* What `event_route[core:receive-parse-error]` carries. */
typedef evroute_core_types_own_receive_parse_error_event_t receive_parse_error_event_t;

/* What `core:source-blocked` carries. */
typedef evroute_core_types_own_source_blocked_event_t source_blocked_event_t;

/* The message as it came in; edits are carried on. */
static inline message_t pre_routing_event_message(pre_routing_event_t self)
{
	return evroute_core_types_method_pre_routing_event_message(evroute_core_types_borrow_pre_routing_event(self));
}

/* The request; edits reach the next hop. */
static inline message_t request_event_message(request_event_t self)
{
	return evroute_core_types_method_request_event_message(evroute_core_types_borrow_request_event(self));
}

/* The response, before the server's Via is taken off; edits to other headers and the body reach the caller. */
static inline message_t reply_event_message(reply_event_t self)
{
	return evroute_core_types_method_reply_event_message(evroute_core_types_borrow_reply_event(self));
}

/* True when `drop` is a legal verdict: for provisional responses only. Dropping a final response would leave
   the caller's transaction waiting. */
static inline bool reply_event_can_drop(reply_event_t self)
{
	return evroute_core_types_method_reply_event_can_drop(evroute_core_types_borrow_reply_event(self));
}

/* What is wrong with it, for people. */
static inline text_t receive_parse_error_event_reason(receive_parse_error_event_t self)
{
	text_t it;

	evroute_core_types_method_receive_parse_error_event_reason(evroute_core_types_borrow_receive_parse_error_event(self),
		&it);
	return it;
}

/* The octets as received, at most `limit` of them. `$mb`. */
static inline text_t receive_parse_error_event_raw(receive_parse_error_event_t self, uint32_t limit)
{
	bindings_list_u8_t it;

	evroute_core_types_method_receive_parse_error_event_raw(evroute_core_types_borrow_receive_parse_error_event(self),
		limit, &it);
	return (text_t){ it.ptr, it.len };
}

/* How many octets were received. `$ml`. */
static inline uint32_t receive_parse_error_event_length(receive_parse_error_event_t self)
{
	return evroute_core_types_method_receive_parse_error_event_length(evroute_core_types_borrow_receive_parse_error_event(self));
}

/* The source that sent too much: an IPv4 address, or the first address of a /64. */
static inline text_t source_blocked_event_address(source_blocked_event_t self)
{
	text_t it;

	evroute_core_types_method_source_blocked_event_address(evroute_core_types_borrow_source_blocked_event(self),
		&it);
	return it;
}

/* The user who is blocked, by the name of his password; none where the source is blocked. */
static inline text_t source_blocked_event_user(source_blocked_event_t self)
{
	text_t it;

	return evroute_core_types_method_source_blocked_event_user(evroute_core_types_borrow_source_blocked_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* How many seconds the block lasts. */
static inline uint32_t source_blocked_event_seconds(source_blocked_event_t self)
{
	return evroute_core_types_method_source_blocked_event_seconds(evroute_core_types_borrow_source_blocked_event(self));
}

#endif

#ifdef EVROUTE_PV_TYPES_VALUE_NULL

/* A value. Frozen. The literal `<null>` of Kamailio's string building never appears. */
typedef evroute_pv_types_value_t value_t;

/* Known, but without a value here, for example `$hdr(X)` where there is no such header. */
#define VALUE_NULL ((value_t){ .tag = EVROUTE_PV_TYPES_VALUE_NULL })

/* A number. */
static inline value_t value_int(int64_t number)
{
	value_t it = { .tag = EVROUTE_PV_TYPES_VALUE_INT };

	it.val.int_ = number;
	return it;
}

/* Text: valid UTF-8. */
static inline value_t value_text(text_t text)
{
	value_t it = { .tag = EVROUTE_PV_TYPES_VALUE_TEXT };

	it.val.text = text;
	return it;
}

/* Octets that are not valid UTF-8. */
static inline value_t value_octets(text_t octets)
{
	value_t it = { .tag = EVROUTE_PV_TYPES_VALUE_OCTETS };

	it.val.octets = (bindings_list_u8_t){ octets.ptr, octets.len };
	return it;
}

#endif

#ifdef IMPORTS_EVROUTE_CUSTOM_TYPES

/* What `custom:event:<name>` carries. */
typedef evroute_custom_types_own_custom_event_t custom_event_t;

/* The event's name, as raised. */
static inline text_t custom_event_name(custom_event_t self)
{
	text_t it;

	evroute_custom_types_method_custom_event_name(evroute_custom_types_borrow_custom_event(self), &it);
	return it;
}

/* The names of its parameters in the order given. */
static inline bindings_list_string_t custom_event_keys(custom_event_t self)
{
	bindings_list_string_t it;

	evroute_custom_types_method_custom_event_keys(evroute_custom_types_borrow_custom_event(self), &it);
	return it;
}

/* A parameter by name; `null` when it was not given. Of two with the same name the first. */
static inline value_t custom_event_get(custom_event_t self, text_t key)
{
	value_t it;

	evroute_custom_types_method_custom_event_get(evroute_custom_types_borrow_custom_event(self), &key,
		&it);
	return it;
}

#endif

#ifdef IMPORTS_EVROUTE_DEPLOY_TYPES

/* What `deploy:activated:<handler>` carries. */
typedef evroute_deploy_types_own_activated_event_t activated_event_t;

/* What `deploy:rolled-back:<handler>` carries. */
typedef evroute_deploy_types_own_rolled_back_event_t rolled_back_event_t;

/* What `deploy:breaker-open:<handler>` carries. */
typedef evroute_deploy_types_own_breaker_open_event_t breaker_open_event_t;

/* The handler that was deployed to. */
static inline text_t activated_event_handler(activated_event_t self)
{
	text_t it;

	evroute_deploy_types_method_activated_event_handler(evroute_deploy_types_borrow_activated_event(self),
		&it);
	return it;
}

/* The revision that is in force from now on. */
static inline uint32_t activated_event_revision(activated_event_t self)
{
	return evroute_deploy_types_method_activated_event_revision(evroute_deploy_types_borrow_activated_event(self));
}

/* The revision that was in force until now; none when there was none. */
static inline bool activated_event_previous(activated_event_t self, uint32_t *it)
{
	return evroute_deploy_types_method_activated_event_previous(evroute_deploy_types_borrow_activated_event(self),
		it);
}

/* Who did it: the name of a token, or of the server where it promotes a canary by itself. */
static inline text_t activated_event_who(activated_event_t self)
{
	text_t it;

	evroute_deploy_types_method_activated_event_who(evroute_deploy_types_borrow_activated_event(self),
		&it);
	return it;
}

/* Why, in the words of whoever did it; empty when they gave none. */
static inline text_t activated_event_why(activated_event_t self)
{
	text_t it;

	evroute_deploy_types_method_activated_event_why(evroute_deploy_types_borrow_activated_event(self),
		&it);
	return it;
}

/* The handler of which a revision was taken back. */
static inline text_t rolled_back_event_handler(rolled_back_event_t self)
{
	text_t it;

	evroute_deploy_types_method_rolled_back_event_handler(evroute_deploy_types_borrow_rolled_back_event(self),
		&it);
	return it;
}

/* The revision that is in force from now on. */
static inline uint32_t rolled_back_event_revision(rolled_back_event_t self)
{
	return evroute_deploy_types_method_rolled_back_event_revision(evroute_deploy_types_borrow_rolled_back_event(self));
}

/* The revision that gets no events any more: the canary, where it was one that was stopped; none when the handler
   had been drained. */
static inline bool rolled_back_event_taken_back(rolled_back_event_t self, uint32_t *it)
{
	return evroute_deploy_types_method_rolled_back_event_taken_back(evroute_deploy_types_borrow_rolled_back_event(self),
		it);
}

/* Who did it: the name of a token, or of the server where it stops a canary by itself. */
static inline text_t rolled_back_event_who(rolled_back_event_t self)
{
	text_t it;

	evroute_deploy_types_method_rolled_back_event_who(evroute_deploy_types_borrow_rolled_back_event(self),
		&it);
	return it;
}

/* Why, in the words of whoever did it; empty when they gave none. */
static inline text_t rolled_back_event_why(rolled_back_event_t self)
{
	text_t it;

	evroute_deploy_types_method_rolled_back_event_why(evroute_deploy_types_borrow_rolled_back_event(self),
		&it);
	return it;
}

/* The handler whose runs failed. */
static inline text_t breaker_open_event_handler(breaker_open_event_t self)
{
	text_t it;

	evroute_deploy_types_method_breaker_open_event_handler(evroute_deploy_types_borrow_breaker_open_event(self),
		&it);
	return it;
}

/* The revision that is not asked any more. */
static inline uint32_t breaker_open_event_revision(breaker_open_event_t self)
{
	return evroute_deploy_types_method_breaker_open_event_revision(evroute_deploy_types_borrow_breaker_open_event(self));
}

/* What its runs failed of: `traps`, `exhausted`, `deadlines` or `refused_effects`, and more in time. */
static inline text_t breaker_open_event_reason(breaker_open_event_t self)
{
	text_t it;

	evroute_deploy_types_method_breaker_open_event_reason(evroute_deploy_types_borrow_breaker_open_event(self),
		&it);
	return it;
}

/* How many runs ended in the stretch that opened it; after a probe that failed, those that were tried. */
static inline uint64_t breaker_open_event_runs(breaker_open_event_t self)
{
	return evroute_deploy_types_method_breaker_open_event_runs(evroute_deploy_types_borrow_breaker_open_event(self));
}

/* How many of them failed of the reason. */
static inline uint64_t breaker_open_event_failures(breaker_open_event_t self)
{
	return evroute_deploy_types_method_breaker_open_event_failures(evroute_deploy_types_borrow_breaker_open_event(self));
}

/* How often it has opened, this time included, since the revision was made ready. */
static inline uint64_t breaker_open_event_openings(breaker_open_event_t self)
{
	return evroute_deploy_types_method_breaker_open_event_openings(evroute_deploy_types_borrow_breaker_open_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_TM_TYPES

/* What `event_route[tm:local-request]` carries. */
typedef evroute_tm_types_own_local_request_event_t local_request_event_t;

/* What `event_route[tm:local-response]` carries. */
typedef evroute_tm_types_own_local_response_event_t local_response_event_t;

/* The request about to be sent. Edits of headers, body and Request-URI are honoured; the next hop is chosen
   after the run, so a new Request-URI changes where it goes. */
static inline message_t local_request_event_message(local_request_event_t self)
{
	return evroute_tm_types_method_local_request_event_message(evroute_tm_types_borrow_local_request_event(self));
}

/* The response that was sent. It has left: edits answer not-allowed-here. */
static inline message_t local_response_event_message(local_response_event_t self)
{
	return evroute_tm_types_method_local_response_event_message(evroute_tm_types_borrow_local_response_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_HTABLE_TYPES

/* What `event_route[htable:mod-init]` carries: nothing yet. The tenant's tables exist. */
typedef evroute_htable_types_own_mod_init_event_t mod_init_event_t;

/* What `event_route[htable:expired:<table>]` carries. */
typedef evroute_htable_types_own_expired_event_t expired_event_t;

/* The tenant's name. */
static inline text_t mod_init_event_tenant(mod_init_event_t self)
{
	text_t it;

	evroute_htable_types_method_mod_init_event_tenant(evroute_htable_types_borrow_mod_init_event(self),
		&it);
	return it;
}

/* The table. */
static inline text_t expired_event_table(expired_event_t self)
{
	text_t it;

	evroute_htable_types_method_expired_event_table(evroute_htable_types_borrow_expired_event(self),
		&it);
	return it;
}

/* The entry's key. `$shtrecord(key)`. */
static inline text_t expired_event_key(expired_event_t self)
{
	text_t it;

	evroute_htable_types_method_expired_event_key(evroute_htable_types_borrow_expired_event(self),
		&it);
	return it;
}

/* The entry's value. `$shtrecord(value)`. */
static inline value_t expired_event_value(expired_event_t self)
{
	value_t it;

	evroute_htable_types_method_expired_event_value(evroute_htable_types_borrow_expired_event(self),
		&it);
	return it;
}

#endif

#ifdef IMPORTS_EVROUTE_USRLOC_TYPES

/* What `usrloc:contact-added` carries: a copy of the contact, as it is registered. */
typedef evroute_usrloc_types_own_contact_added_event_t contact_added_event_t;

/* What `usrloc:contact-updated` carries: a copy of the contact, as it is registered from now on. */
typedef evroute_usrloc_types_own_contact_updated_event_t contact_updated_event_t;

/* What `usrloc:contact-removed` carries: a copy of the contact, as it was registered. */
typedef evroute_usrloc_types_own_contact_removed_event_t contact_removed_event_t;

/* What `event_route[usrloc:contact-expired]` carries: a copy of the contact. `$ulc(exp=>...)`. */
typedef evroute_usrloc_types_own_contact_expired_event_t contact_expired_event_t;

/* The address of record, `user@domain`. */
static inline text_t contact_added_event_aor(contact_added_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_added_event_aor(evroute_usrloc_types_borrow_contact_added_event(self),
		&it);
	return it;
}

/* The contact's URI. */
static inline text_t contact_added_event_contact(contact_added_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_added_event_contact(evroute_usrloc_types_borrow_contact_added_event(self),
		&it);
	return it;
}

/* Where the registration came from, `proto:address:port`. */
static inline text_t contact_added_event_received(contact_added_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_added_event_received(evroute_usrloc_types_borrow_contact_added_event(self),
		&it);
	return it;
}

/* The User-Agent that registered, octets as received. */
static inline text_t contact_added_event_user_agent(contact_added_event_t self)
{
	bindings_list_u8_t it;

	return evroute_usrloc_types_method_contact_added_event_user_agent(evroute_usrloc_types_borrow_contact_added_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* Call-ID of the registration. */
static inline text_t contact_added_event_call_id(contact_added_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_added_event_call_id(evroute_usrloc_types_borrow_contact_added_event(self),
		&it);
	return it;
}

/* When it ends unless it is refreshed, seconds since 1970. */
static inline uint64_t contact_added_event_expires_at(contact_added_event_t self)
{
	return evroute_usrloc_types_method_contact_added_event_expires_at(evroute_usrloc_types_borrow_contact_added_event(self));
}

/* Why: `register` (a phone did), `rpc` (the operator did), and more in time. */
static inline text_t contact_added_event_cause(contact_added_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_added_event_cause(evroute_usrloc_types_borrow_contact_added_event(self),
		&it);
	return it;
}

/* The address of record, `user@domain`. */
static inline text_t contact_updated_event_aor(contact_updated_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_updated_event_aor(evroute_usrloc_types_borrow_contact_updated_event(self),
		&it);
	return it;
}

/* The contact's URI. */
static inline text_t contact_updated_event_contact(contact_updated_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_updated_event_contact(evroute_usrloc_types_borrow_contact_updated_event(self),
		&it);
	return it;
}

/* Where the registration came from, `proto:address:port`. */
static inline text_t contact_updated_event_received(contact_updated_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_updated_event_received(evroute_usrloc_types_borrow_contact_updated_event(self),
		&it);
	return it;
}

/* The User-Agent that registered, octets as received. */
static inline text_t contact_updated_event_user_agent(contact_updated_event_t self)
{
	bindings_list_u8_t it;

	return evroute_usrloc_types_method_contact_updated_event_user_agent(evroute_usrloc_types_borrow_contact_updated_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* Call-ID of the registration. */
static inline text_t contact_updated_event_call_id(contact_updated_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_updated_event_call_id(evroute_usrloc_types_borrow_contact_updated_event(self),
		&it);
	return it;
}

/* When it ends unless it is refreshed, seconds since 1970. */
static inline uint64_t contact_updated_event_expires_at(contact_updated_event_t self)
{
	return evroute_usrloc_types_method_contact_updated_event_expires_at(evroute_usrloc_types_borrow_contact_updated_event(self));
}

/* Why: `register` (a phone did), `rpc` (the operator did), and more in time. */
static inline text_t contact_updated_event_cause(contact_updated_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_updated_event_cause(evroute_usrloc_types_borrow_contact_updated_event(self),
		&it);
	return it;
}

/* The address of record, `user@domain`. */
static inline text_t contact_removed_event_aor(contact_removed_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_removed_event_aor(evroute_usrloc_types_borrow_contact_removed_event(self),
		&it);
	return it;
}

/* The contact's URI. */
static inline text_t contact_removed_event_contact(contact_removed_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_removed_event_contact(evroute_usrloc_types_borrow_contact_removed_event(self),
		&it);
	return it;
}

/* Where the registration came from, `proto:address:port`. */
static inline text_t contact_removed_event_received(contact_removed_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_removed_event_received(evroute_usrloc_types_borrow_contact_removed_event(self),
		&it);
	return it;
}

/* The User-Agent that registered, octets as received. */
static inline text_t contact_removed_event_user_agent(contact_removed_event_t self)
{
	bindings_list_u8_t it;

	return evroute_usrloc_types_method_contact_removed_event_user_agent(evroute_usrloc_types_borrow_contact_removed_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* Call-ID of the registration. */
static inline text_t contact_removed_event_call_id(contact_removed_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_removed_event_call_id(evroute_usrloc_types_borrow_contact_removed_event(self),
		&it);
	return it;
}

/* When it would have ended, or when nobody was there any more; seconds since 1970. */
static inline uint64_t contact_removed_event_expires_at(contact_removed_event_t self)
{
	return evroute_usrloc_types_method_contact_removed_event_expires_at(evroute_usrloc_types_borrow_contact_removed_event(self));
}

/* Why: `register` (the phone took it back), `replaced` (its address of record had as
   many as it may), `rpc` (the operator did), `connection-closed`, `pings-missed`
   (nobody is there), and more in time. */
static inline text_t contact_removed_event_cause(contact_removed_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_removed_event_cause(evroute_usrloc_types_borrow_contact_removed_event(self),
		&it);
	return it;
}

/* The address of record, `user@domain`. */
static inline text_t contact_expired_event_aor(contact_expired_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_expired_event_aor(evroute_usrloc_types_borrow_contact_expired_event(self),
		&it);
	return it;
}

/* The contact's URI. */
static inline text_t contact_expired_event_contact(contact_expired_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_expired_event_contact(evroute_usrloc_types_borrow_contact_expired_event(self),
		&it);
	return it;
}

/* Where the registration came from, `proto:address:port`. */
static inline text_t contact_expired_event_received(contact_expired_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_expired_event_received(evroute_usrloc_types_borrow_contact_expired_event(self),
		&it);
	return it;
}

/* The User-Agent that registered, octets as received. */
static inline text_t contact_expired_event_user_agent(contact_expired_event_t self)
{
	bindings_list_u8_t it;

	return evroute_usrloc_types_method_contact_expired_event_user_agent(evroute_usrloc_types_borrow_contact_expired_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* Call-ID of the registration. */
static inline text_t contact_expired_event_call_id(contact_expired_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_expired_event_call_id(evroute_usrloc_types_borrow_contact_expired_event(self),
		&it);
	return it;
}

/* When it expired, seconds since 1970. */
static inline uint64_t contact_expired_event_expired_at(contact_expired_event_t self)
{
	return evroute_usrloc_types_method_contact_expired_event_expired_at(evroute_usrloc_types_borrow_contact_expired_event(self));
}

/* Why it is gone: `expired`, and more in time. */
static inline text_t contact_expired_event_cause(contact_expired_event_t self)
{
	text_t it;

	evroute_usrloc_types_method_contact_expired_event_cause(evroute_usrloc_types_borrow_contact_expired_event(self),
		&it);
	return it;
}

#endif

#ifdef IMPORTS_EVROUTE_TIMER_TYPES

/* What `timer:<name>` carries. */
typedef evroute_timer_types_own_timer_event_t timer_event_t;

/* The timer's name in the tenant's configuration. */
static inline text_t timer_event_name(timer_event_t self)
{
	text_t it;

	evroute_timer_types_method_timer_event_name(evroute_timer_types_borrow_timer_event(self), &it);
	return it;
}

/* How many ticks were skipped because the run before took too long. */
static inline uint32_t timer_event_missed(timer_event_t self)
{
	return evroute_timer_types_method_timer_event_missed(evroute_timer_types_borrow_timer_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_TLS_TYPES

/* What `tls:certificate-expiring` carries. */
typedef evroute_tls_types_own_certificate_expiring_event_t certificate_expiring_event_t;

/* What `event_route[tls:connection-out]` carries. */
typedef evroute_tls_types_own_connection_out_event_t connection_out_event_t;

/* The names that the certificate is for, in lower case; `*.example.com` among them. */
static inline bindings_list_string_t certificate_expiring_event_names(certificate_expiring_event_t self)
{
	bindings_list_string_t it;

	evroute_tls_types_method_certificate_expiring_event_names(evroute_tls_types_borrow_certificate_expiring_event(self),
		&it);
	return it;
}

/* Its last second, since 1970. */
static inline uint64_t certificate_expiring_event_not_after(certificate_expiring_event_t self)
{
	return evroute_tls_types_method_certificate_expiring_event_not_after(evroute_tls_types_borrow_certificate_expiring_event(self));
}

/* How many whole days are left; 0 on the last day, and when it has ended. */
static inline uint32_t certificate_expiring_event_days_left(certificate_expiring_event_t self)
{
	return evroute_tls_types_method_certificate_expiring_event_days_left(evroute_tls_types_borrow_certificate_expiring_event(self));
}

/* Whom the connection has to be to: the host that the way began with, before DNS. It is asked
   for, and verified. */
static inline text_t connection_out_event_name(connection_out_event_t self)
{
	text_t it;

	evroute_tls_types_method_connection_out_event_name(evroute_tls_types_borrow_connection_out_event(self),
		&it);
	return it;
}

/* Where that is, as in `203.0.113.5:5061`. `$sndto(ip)`, `$sndto(port)`. */
static inline text_t connection_out_event_address(connection_out_event_t self)
{
	text_t it;

	evroute_tls_types_method_connection_out_event_address(evroute_tls_types_borrow_connection_out_event(self),
		&it);
	return it;
}

#endif

#ifdef IMPORTS_EVROUTE_REGISTRAR_TYPES

/* What `registrar:auth-failed` carries. There is no hash and no nonce in it, and nothing that
   says whether the user exists. */
typedef evroute_registrar_types_own_auth_failed_event_t auth_failed_event_t;

/* The user name as it was sent. */
static inline text_t auth_failed_event_user_name(auth_failed_event_t self)
{
	text_t it;

	evroute_registrar_types_method_auth_failed_event_user_name(evroute_registrar_types_borrow_auth_failed_event(self),
		&it);
	return it;
}

/* What it would have to be known in: the tenant's realm, or the domain that was called. */
static inline text_t auth_failed_event_realm(auth_failed_event_t self)
{
	text_t it;

	evroute_registrar_types_method_auth_failed_event_realm(evroute_registrar_types_borrow_auth_failed_event(self),
		&it);
	return it;
}

/* Address and port of whoever sent the request, as in `203.0.113.5:5060`. */
static inline text_t auth_failed_event_source(auth_failed_event_t self)
{
	text_t it;

	evroute_registrar_types_method_auth_failed_event_source(evroute_registrar_types_borrow_auth_failed_event(self),
		&it);
	return it;
}

/* The method of the request. */
static inline text_t auth_failed_event_method(auth_failed_event_t self)
{
	text_t it;

	evroute_registrar_types_method_auth_failed_event_method(evroute_registrar_types_borrow_auth_failed_event(self),
		&it);
	return it;
}

/* Its Call-ID. */
static inline text_t auth_failed_event_call_id(auth_failed_event_t self)
{
	text_t it;

	evroute_registrar_types_method_auth_failed_event_call_id(evroute_registrar_types_borrow_auth_failed_event(self),
		&it);
	return it;
}

/* `wrong`: no such user, or another password; `replayed`: an answer that was used before;
   `forbidden`: right, but for somebody else's address. There may be more of them later. */
static inline text_t auth_failed_event_reason(auth_failed_event_t self)
{
	text_t it;

	evroute_registrar_types_method_auth_failed_event_reason(evroute_registrar_types_borrow_auth_failed_event(self),
		&it);
	return it;
}

/* How many wrong passwords this source has sent for this name, without a right one between;
   0 for other reasons. */
static inline uint32_t auth_failed_event_failures(auth_failed_event_t self)
{
	return evroute_registrar_types_method_auth_failed_event_failures(evroute_registrar_types_borrow_auth_failed_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_XHTTP_TYPES

/* What `event_route[xhttp:request]` carries: a request of HTTP/1.1 or 1.0 with its whole body. */
typedef evroute_xhttp_types_own_http_request_event_t http_request_event_t;

/* The method, case kept: `GET`. `$rm`. */
static inline text_t http_request_event_method(http_request_event_t self)
{
	text_t it;

	evroute_xhttp_types_method_http_request_event_method(evroute_xhttp_types_borrow_http_request_event(self),
		&it);
	return it;
}

/* What was asked for as it was written, path and query: `/calls?limit=5`. `$hu`. */
static inline text_t http_request_event_target(http_request_event_t self)
{
	text_t it;

	evroute_xhttp_types_method_http_request_event_target(evroute_xhttp_types_borrow_http_request_event(self),
		&it);
	return it;
}

/* The path alone, still %-escaped: `/calls`. */
static inline text_t http_request_event_path(http_request_event_t self)
{
	text_t it;

	evroute_xhttp_types_method_http_request_event_path(evroute_xhttp_types_borrow_http_request_event(self),
		&it);
	return it;
}

/* What stands behind the first `?`, still %-escaped; none where there is no `?`. */
static inline text_t http_request_event_query(http_request_event_t self)
{
	text_t it;

	return evroute_xhttp_types_method_http_request_event_query(evroute_xhttp_types_borrow_http_request_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* The first header field of this name, outer white space cut; names are compared without case. `$hdr(name)`. */
static inline text_t http_request_event_header(http_request_event_t self, text_t name)
{
	bindings_list_u8_t it;

	return evroute_xhttp_types_method_http_request_event_header(evroute_xhttp_types_borrow_http_request_event(self),
		&name, &it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* All header fields of this name in order, at most `limit` of them. */
static inline bindings_list_list_u8_t http_request_event_headers(http_request_event_t self,
		text_t name, uint32_t limit)
{
	bindings_list_list_u8_t it;

	evroute_xhttp_types_method_http_request_event_headers(evroute_xhttp_types_borrow_http_request_event(self),
		&name, limit, &it);
	return it;
}

/* The names of all header fields in their order, as they were written, at most `limit` of them. */
static inline bindings_list_string_t http_request_event_header_names(http_request_event_t self,
		uint32_t limit)
{
	bindings_list_string_t it;

	evroute_xhttp_types_method_http_request_event_header_names(evroute_xhttp_types_borrow_http_request_event(self),
		limit, &it);
	return it;
}

/* The body, empty when there is none. `$rb`. */
static inline text_t http_request_event_body(http_request_event_t self)
{
	bindings_list_u8_t it;

	evroute_xhttp_types_method_http_request_event_body(evroute_xhttp_types_borrow_http_request_event(self),
		&it);
	return (text_t){ it.ptr, it.len };
}

/* Address and port of whoever sent it, as in `203.0.113.5:40112`. `$si`, `$sp`. */
static inline text_t http_request_event_source(http_request_event_t self)
{
	text_t it;

	evroute_xhttp_types_method_http_request_event_source(evroute_xhttp_types_borrow_http_request_event(self),
		&it);
	return it;
}

/* How it came: `tcp`, or `tls` for HTTPS. There may be more later. `$proto`. */
static inline text_t http_request_event_transport(http_request_event_t self)
{
	text_t it;

	evroute_xhttp_types_method_http_request_event_transport(evroute_xhttp_types_borrow_http_request_event(self),
		&it);
	return it;
}

#endif

#ifdef IMPORTS_EVROUTE_WEBSOCKET_TYPES

/* What `event_route[websocket:closed]` carries. */
typedef evroute_websocket_types_own_closed_event_t closed_event_t;

/* Address and port of the other side, as in `203.0.113.5:40112`. `$si`, `$sp`. */
static inline text_t closed_event_source(closed_event_t self)
{
	text_t it;

	evroute_websocket_types_method_closed_event_source(evroute_websocket_types_borrow_closed_event(self),
		&it);
	return it;
}

/* Our address and port. `$Ri`, `$Rp`. */
static inline text_t closed_event_local(closed_event_t self)
{
	text_t it;

	evroute_websocket_types_method_closed_event_local(evroute_websocket_types_borrow_closed_event(self),
		&it);
	return it;
}

/* `ws`, or `wss` over TLS. `$proto`. */
static inline text_t closed_event_transport(closed_event_t self)
{
	text_t it;

	evroute_websocket_types_method_closed_event_transport(evroute_websocket_types_borrow_closed_event(self),
		&it);
	return it;
}

/* What its handshake asked for, path and query: `/sip`. */
static inline text_t closed_event_target(closed_event_t self)
{
	text_t it;

	evroute_websocket_types_method_closed_event_target(evroute_websocket_types_borrow_closed_event(self),
		&it);
	return it;
}

/* The page that asked for it, as its browser said; none from what is no browser. */
static inline text_t closed_event_origin(closed_event_t self)
{
	text_t it;

	return evroute_websocket_types_method_closed_event_origin(evroute_websocket_types_borrow_closed_event(self),
		&it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* When its handshake was done, seconds since 1970. */
static inline uint64_t closed_event_opened_at(closed_event_t self)
{
	return evroute_websocket_types_method_closed_event_opened_at(evroute_websocket_types_borrow_closed_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_UAC_TYPES

/* What `uac:registered` carries. */
typedef evroute_uac_types_own_registered_event_t registered_event_t;

/* What `uac:failed` carries. */
typedef evroute_uac_types_own_failed_event_t failed_event_t;

/* The trunk's name, as in `[[tenant.trunk]]`. */
static inline text_t registered_event_trunk(registered_event_t self)
{
	text_t it;

	evroute_uac_types_method_registered_event_trunk(evroute_uac_types_borrow_registered_event(self),
		&it);
	return it;
}

/* Whom it is registered with, as in `sip:sip.carrier.example`. */
static inline text_t registered_event_registrar(registered_event_t self)
{
	text_t it;

	evroute_uac_types_method_registered_event_registrar(evroute_uac_types_borrow_registered_event(self),
		&it);
	return it;
}

/* Who is registered there. */
static inline text_t registered_event_user(registered_event_t self)
{
	text_t it;

	evroute_uac_types_method_registered_event_user(evroute_uac_types_borrow_registered_event(self),
		&it);
	return it;
}

/* What the peer granted, in seconds. It is refreshed before they are over, which raises
   nothing. */
static inline uint32_t registered_event_expires(registered_event_t self)
{
	return evroute_uac_types_method_registered_event_expires(evroute_uac_types_borrow_registered_event(self));
}

/* The trunk's name, as in `[[tenant.trunk]]`. */
static inline text_t failed_event_trunk(failed_event_t self)
{
	text_t it;

	evroute_uac_types_method_failed_event_trunk(evroute_uac_types_borrow_failed_event(self), &it);
	return it;
}

/* Whom it is to be registered with, as in `sip:sip.carrier.example`. */
static inline text_t failed_event_registrar(failed_event_t self)
{
	text_t it;

	evroute_uac_types_method_failed_event_registrar(evroute_uac_types_borrow_failed_event(self), &it);
	return it;
}

/* Who is to be registered there. */
static inline text_t failed_event_user(failed_event_t self)
{
	text_t it;

	evroute_uac_types_method_failed_event_user(evroute_uac_types_borrow_failed_event(self), &it);
	return it;
}

/* The status code of the answer; 408 where none came, 503 where nothing was sent. */
static inline uint16_t failed_event_code(failed_event_t self)
{
	return evroute_uac_types_method_failed_event_code(evroute_uac_types_borrow_failed_event(self));
}

/* What the peer said, or what this server says of it: `the password is wrong`. */
static inline text_t failed_event_reason(failed_event_t self)
{
	text_t it;

	evroute_uac_types_method_failed_event_reason(evroute_uac_types_borrow_failed_event(self), &it);
	return it;
}

/* The how manyth attempt in a row it is that failed, from 1. */
static inline uint32_t failed_event_failures(failed_event_t self)
{
	return evroute_uac_types_method_failed_event_failures(evroute_uac_types_borrow_failed_event(self));
}

/* When the next attempt is, in seconds from now. */
static inline uint32_t failed_event_retry_seconds(failed_event_t self)
{
	return evroute_uac_types_method_failed_event_retry_seconds(evroute_uac_types_borrow_failed_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_TCP_TYPES

/* What `event_route[tcp:closed]` carries. */
typedef evroute_tcp_types_own_tcp_closed_event_t tcp_closed_event_t;

/* Address and port of the other side, as in `203.0.113.5:40112`. `$si`, `$sp`. */
static inline text_t tcp_closed_event_source(tcp_closed_event_t self)
{
	text_t it;

	evroute_tcp_types_method_tcp_closed_event_source(evroute_tcp_types_borrow_tcp_closed_event(self),
		&it);
	return it;
}

/* Our address and port. `$Ri`, `$Rp`. */
static inline text_t tcp_closed_event_local(tcp_closed_event_t self)
{
	text_t it;

	evroute_tcp_types_method_tcp_closed_event_local(evroute_tcp_types_borrow_tcp_closed_event(self),
		&it);
	return it;
}

/* `tcp`, `tls`, `ws` or `wss`. `$proto`. */
static inline text_t tcp_closed_event_transport(tcp_closed_event_t self)
{
	text_t it;

	evroute_tcp_types_method_tcp_closed_event_transport(evroute_tcp_types_borrow_tcp_closed_event(self),
		&it);
	return it;
}

/* Why: `peer` (the other side closed it), `reset` (it broke), `idle` (nothing came for too
   long), `server` (this server closed it: what came was no SIP or too slow, its place was
   needed for another), and more in time. */
static inline text_t tcp_closed_event_cause(tcp_closed_event_t self)
{
	text_t it;

	evroute_tcp_types_method_tcp_closed_event_cause(evroute_tcp_types_borrow_tcp_closed_event(self),
		&it);
	return it;
}

/* How long it was there, in whole seconds. */
static inline uint64_t tcp_closed_event_lasted_seconds(tcp_closed_event_t self)
{
	return evroute_tcp_types_method_tcp_closed_event_lasted_seconds(evroute_tcp_types_borrow_tcp_closed_event(self));
}

#endif

#ifdef IMPORTS_EVROUTE_PV_PV

/* Why a variable could not be read or written. The three first are different mistakes. */

/* No such variable in this server. */
#define PV_ERROR_UNKNOWN_NAME EVROUTE_PV_PV_ERROR_UNKNOWN_NAME

/* The variable exists, but this event has none (`$rs` in a request), or its capability was not granted. A write
   says so, too, before it says read-only. */
#define PV_ERROR_NOT_AVAILABLE_HERE EVROUTE_PV_PV_ERROR_NOT_AVAILABLE_HERE

/* The variable exists here and cannot be written. */
#define PV_ERROR_READ_ONLY EVROUTE_PV_PV_ERROR_READ_ONLY

/* The value does not fit the variable; the text is for the log. */
#define PV_ERROR_INVALID_VALUE EVROUTE_PV_PV_ERROR_INVALID_VALUE

/* For the log only; never branch on the text. */
#define PV_ERROR_OTHER EVROUTE_PV_PV_ERROR_OTHER

#define PV_ERROR_NAMES "\014unknown name\022not available here\011read only\215invalid value\200"
static_assert(offsetof(evroute_pv_pv_error_t, val) == offsetof(refusal_t, says), "PV_ERROR");

/* Reads a variable. */
static inline bool pv_get(text_t name, value_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)PV_ERROR_NAMES;
	return evroute_pv_pv_get(&name, ret, (evroute_pv_pv_error_t *)why);
}

/* Writes a variable. `null` removes where removing makes sense (`$sht`, `$du`). */
static inline bool pv_set(text_t name, value_t value, refusal_t *why)
{
	why->names = (const uint8_t *)PV_ERROR_NAMES;
	return evroute_pv_pv_set(&name, &value, (evroute_pv_pv_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_PV_SHV

/* Why a shared variable could not be used. */

/* The handler was not granted shared variables. */
#define SHV_ERROR_NOT_GRANTED EVROUTE_PV_SHV_ERROR_NOT_GRANTED

/* The tenant's number or size quota is used up. */
#define SHV_ERROR_QUOTA_EXCEEDED EVROUTE_PV_SHV_ERROR_QUOTA_EXCEEDED

/* `add` on a variable that holds text. */
#define SHV_ERROR_NOT_A_NUMBER EVROUTE_PV_SHV_ERROR_NOT_A_NUMBER

/* For the log only; never branch on the text. */
#define SHV_ERROR_OTHER EVROUTE_PV_SHV_ERROR_OTHER

#define SHV_ERROR_NAMES "\013not granted\016quota exceeded\014not a number\200"
static_assert(offsetof(evroute_pv_shv_error_t, val) == offsetof(refusal_t, says), "SHV_ERROR");

/* Reads a variable, with this run's own changes. */
static inline bool shv_get(text_t name, value_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)SHV_ERROR_NAMES;
	return evroute_pv_shv_get(&name, ret, (evroute_pv_shv_error_t *)why);
}

/* Writes a variable; takes effect when the run returns a verdict. */
static inline bool shv_set(text_t name, value_t value, refusal_t *why)
{
	why->names = (const uint8_t *)SHV_ERROR_NAMES;
	return evroute_pv_shv_set(&name, &value, (evroute_pv_shv_error_t *)why);
}

/* Adds to a number and returns what this run now sees. Applied as an addition when the run returns a verdict, so
   that runs at the same time lose nothing. */
static inline bool shv_add(text_t name, int64_t delta, int64_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)SHV_ERROR_NAMES;
	return evroute_pv_shv_add(&name, delta, ret, (evroute_pv_shv_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_CUSTOM_RAISE

/* Why an event could not be raised. */

/* The handler was not granted it. */
#define RAISE_ERROR_NOT_GRANTED EVROUTE_CUSTOM_RAISE_ERROR_NOT_GRANTED

/* Not a name: letters, digits, `-`, `_`, `.` and `:`, 1 to 64 of them. */
#define RAISE_ERROR_INVALID_NAME EVROUTE_CUSTOM_RAISE_ERROR_INVALID_NAME

/* More than 32 parameters; a key that has not 1 to 64 octets; a value over 8 KiB, or 16 KiB together; no place
   left in the tenant's queue; events raised by events too deep. A run that raises more events than it may ends as
   QuotaExceeded instead. */
#define RAISE_ERROR_QUOTA_EXCEEDED EVROUTE_CUSTOM_RAISE_ERROR_QUOTA_EXCEEDED

/* For the log only; never branch on the text. */
#define RAISE_ERROR_OTHER EVROUTE_CUSTOM_RAISE_ERROR_OTHER

#define RAISE_ERROR_NAMES "\013not granted\014invalid name\016quota exceeded\200"
static_assert(offsetof(evroute_custom_raise_error_t, val) == offsetof(refusal_t, says),
		"RAISE_ERROR");

/* Raises an event for the own tenant's handlers, after this run has returned a verdict; never if it returns none. What
   waits when the server stops is not raised any more. */
static inline bool raise_raise(text_t name, evroute_custom_raise_tuple2_string_value_t *parameters,
		size_t parameters_count, refusal_t *why)
{
	evroute_custom_raise_list_tuple2_string_value_t parameters_list = { parameters, parameters_count };

	why->names = (const uint8_t *)RAISE_ERROR_NAMES;
	return evroute_custom_raise_raise(&name, &parameters_list, (evroute_custom_raise_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_HTABLE_HTABLE

/* One table. */
typedef evroute_htable_htable_own_table_t table_t;

/* Why a table could not be used. */

/* No such table, or this handler was not granted it. The two look alike on purpose. */
#define HTABLE_ERROR_NOT_GRANTED EVROUTE_HTABLE_HTABLE_ERROR_NOT_GRANTED

/* The table's entry or octet limit is used up. */
#define HTABLE_ERROR_QUOTA_EXCEEDED EVROUTE_HTABLE_HTABLE_ERROR_QUOTA_EXCEEDED

/* `add` on an entry that holds text. */
#define HTABLE_ERROR_NOT_A_NUMBER EVROUTE_HTABLE_HTABLE_ERROR_NOT_A_NUMBER

/* For the log only; never branch on the text. */
#define HTABLE_ERROR_OTHER EVROUTE_HTABLE_HTABLE_ERROR_OTHER

#define HTABLE_ERROR_NAMES "\013not granted\016quota exceeded\014not a number\200"
static_assert(offsetof(evroute_htable_htable_error_t, val) == offsetof(refusal_t, says),
		"HTABLE_ERROR");

/* Opens a table by the name it has in the tenant's configuration. */
static inline bool table_open(text_t name, table_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)HTABLE_ERROR_NAMES;
	return evroute_htable_htable_static_table_open(&name, ret, (evroute_htable_htable_error_t *)why);
}

/* The entry's value; none when there is no entry. */
static inline bool table_get(table_t self, text_t key, value_t *ret, refusal_t *why)
{
	evroute_htable_htable_option_value_t it;

	why->names = (const uint8_t *)HTABLE_ERROR_NAMES;
	if (!evroute_htable_htable_method_table_get(evroute_htable_htable_borrow_table(self), &key, &it,
		(evroute_htable_htable_error_t *)why))
		return false;
	*ret = it.is_some ? it.val : VALUE_NULL;
	return true;
}

/* Writes an entry. An absent time to live means the table's own; 0 means for good. `null` removes. A key has 1 to 256
   octets and a value at most 64 KiB; others are refused as `other`. */
static inline bool table_set(table_t self, text_t key, value_t value, uint32_t *ttl_seconds,
		refusal_t *why)
{
	why->names = (const uint8_t *)HTABLE_ERROR_NAMES;
	return evroute_htable_htable_method_table_set(evroute_htable_htable_borrow_table(self), &key,
		&value, ttl_seconds, (evroute_htable_htable_error_t *)why);
}

/* Removes an entry and says whether there was one. */
static inline bool table_remove(table_t self, text_t key, bool *ret, refusal_t *why)
{
	why->names = (const uint8_t *)HTABLE_ERROR_NAMES;
	return evroute_htable_htable_method_table_remove(evroute_htable_htable_borrow_table(self), &key,
		ret, (evroute_htable_htable_error_t *)why);
}

/* Adds to a number (a missing entry counts as 0) and returns what this run now sees. Applied as an addition
   when the run returns a verdict, so that runs at the same time lose nothing: the sum is another by then if others
   have added meanwhile. `$shtinc`. */
static inline bool table_add(table_t self, text_t key, int64_t delta, int64_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)HTABLE_ERROR_NAMES;
	return evroute_htable_htable_method_table_add(evroute_htable_htable_borrow_table(self), &key,
		delta, ret, (evroute_htable_htable_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_LOG_LOG

/* Writes one line. Lines of a failed run are written too: they say why. Control characters are escaped. A run that
   writes more lines or octets than its limits ends as QuotaExceeded. */
static inline void log_log(evroute_log_log_level_t level, text_t text)
{
	evroute_log_log_log(level, &text);
}

#endif

#ifdef IMPORTS_EVROUTE_SQL_SQL

/* One database. */
typedef evroute_sql_sql_own_connection_t connection_t;

/* A cursor over a result. */
typedef evroute_sql_sql_own_rows_t rows_t;

/* A column's or parameter's value. Frozen. */
typedef evroute_sql_sql_value_t sql_value_t;

/* NULL. */
#define SQL_VALUE_NULL ((sql_value_t){ .tag = EVROUTE_SQL_SQL_VALUE_NULL })

/* A whole number. */
static inline sql_value_t sql_value_int(int64_t number)
{
	sql_value_t it = { .tag = EVROUTE_SQL_SQL_VALUE_INT };

	it.val.int_ = number;
	return it;
}

/* A floating point number. */
static inline sql_value_t sql_value_real(double real)
{
	sql_value_t it = { .tag = EVROUTE_SQL_SQL_VALUE_REAL };

	it.val.real = real;
	return it;
}

/* Text. */
static inline sql_value_t sql_value_text(text_t text)
{
	sql_value_t it = { .tag = EVROUTE_SQL_SQL_VALUE_TEXT };

	it.val.text = text;
	return it;
}

/* Octets. */
static inline sql_value_t sql_value_octets(text_t octets)
{
	sql_value_t it = { .tag = EVROUTE_SQL_SQL_VALUE_OCTETS };

	it.val.octets = (bindings_list_u8_t){ octets.ptr, octets.len };
	return it;
}

/* Why a statement did not run to its end. */

/* No such database, or this handler was not granted it. The two look alike on purpose. */
#define SQL_ERROR_NOT_GRANTED EVROUTE_SQL_SQL_ERROR_NOT_GRANTED

/* It took longer than the database's deadline. */
#define SQL_ERROR_DEADLINE EVROUTE_SQL_SQL_ERROR_DEADLINE

/* No connection was free, or the database cannot be reached. */
#define SQL_ERROR_UNAVAILABLE EVROUTE_SQL_SQL_ERROR_UNAVAILABLE

/* The database refused it. The text is for the log only; never branch on it. */
#define SQL_ERROR_REFUSED EVROUTE_SQL_SQL_ERROR_REFUSED

/* The result is larger than the configured limit. */
#define SQL_ERROR_TOO_LARGE EVROUTE_SQL_SQL_ERROR_TOO_LARGE

/* For the log only; never branch on the text. */
#define SQL_ERROR_OTHER EVROUTE_SQL_SQL_ERROR_OTHER

#define SQL_ERROR_NAMES "\013not granted\010deadline\013unavailable\207refused\011too large\200"
static_assert(offsetof(evroute_sql_sql_error_t, val) == offsetof(refusal_t, says), "SQL_ERROR");

/* Opens a database by its label. An empty label stands for the tenant's only database; where there are several,
   the error (`other`) says so. */
static inline bool connection_open(text_t label, connection_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)SQL_ERROR_NAMES;
	return evroute_sql_sql_static_connection_open(&label, ret, (evroute_sql_sql_error_t *)why);
}

/* Runs one statement that returns no rows and says how many it changed. Parameters are bound, `?` in the text. */
static inline bool connection_execute(connection_t self, text_t statement, sql_value_t *parameters,
		size_t parameters_count, uint64_t *ret, refusal_t *why)
{
	evroute_sql_sql_list_value_t parameters_list = { parameters, parameters_count };

	why->names = (const uint8_t *)SQL_ERROR_NAMES;
	return evroute_sql_sql_method_connection_execute(evroute_sql_sql_borrow_connection(self),
		&statement, &parameters_list, ret, (evroute_sql_sql_error_t *)why);
}

/* Runs one statement that returns rows. Parameters are bound, `?` in the text. */
static inline bool connection_query(connection_t self, text_t statement, sql_value_t *parameters,
		size_t parameters_count, rows_t *ret, refusal_t *why)
{
	evroute_sql_sql_list_value_t parameters_list = { parameters, parameters_count };

	why->names = (const uint8_t *)SQL_ERROR_NAMES;
	return evroute_sql_sql_method_connection_query(evroute_sql_sql_borrow_connection(self), &statement,
		&parameters_list, ret, (evroute_sql_sql_error_t *)why);
}

/* The names of the columns. */
static inline bindings_list_string_t rows_columns(rows_t self)
{
	bindings_list_string_t it;

	evroute_sql_sql_method_rows_columns(evroute_sql_sql_borrow_rows(self), &it);
	return it;
}

/* The next rows, at most `limit` of them, which is to be more than 0; empty at the end. */
static inline bool rows_next(rows_t self, uint32_t limit, evroute_sql_sql_list_list_value_t *ret,
		refusal_t *why)
{
	why->names = (const uint8_t *)SQL_ERROR_NAMES;
	return evroute_sql_sql_method_rows_next(evroute_sql_sql_borrow_rows(self), limit, ret,
		(evroute_sql_sql_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_TEXTOPS_HEADERS

/* Why nothing was removed. */

/* This event cannot honour the edit. */
#define HEADERS_ERROR_NOT_ALLOWED_HERE EVROUTE_TEXTOPS_HEADERS_ERROR_NOT_ALLOWED_HERE

/* It is no pattern. The text says why, for the log only. */
#define HEADERS_ERROR_INVALID EVROUTE_TEXTOPS_HEADERS_ERROR_INVALID

/* For the log only; never branch on the text. */
#define HEADERS_ERROR_OTHER EVROUTE_TEXTOPS_HEADERS_ERROR_OTHER

#define HEADERS_ERROR_NAMES "\020not allowed here\207invalid\200"
static_assert(offsetof(evroute_textops_headers_error_t, val) == offsetof(refusal_t, says),
		"HEADERS_ERROR");

/* How many header fields the message has now, edits counted in. */
static inline uint32_t headers_count()
{
	return evroute_textops_headers_count();
}

/* The name of the field at this place, from 0, as it was written; none behind the last one. */
static inline text_t headers_name(uint32_t place)
{
	text_t it;

	return evroute_textops_headers_name(place, &it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* The value of the field at this place, folded lines joined, outer white space cut; none behind the last one. */
static inline text_t headers_value(uint32_t place)
{
	bindings_list_u8_t it;

	return evroute_textops_headers_value(place, &it) ? (text_t){ it.ptr, it.len } : NOTHING;
}

/* Removes every header field whose name this pattern matches, and returns how many there were. `*` stands for any
   characters, `?` for one; letters of both cases are the same, and compact forms count as the long name. Fields that
   belong to the server, as for a message's remove-headers, stay whatever the pattern is. Invalid is what is empty,
   longer than 64 octets, has more than 8 `*`, or what no name has. `remove_hf_re`. */
static inline bool headers_remove_matching(text_t pattern, uint32_t *ret, refusal_t *why)
{
	why->names = (const uint8_t *)HEADERS_ERROR_NAMES;
	return evroute_textops_headers_remove_matching(&pattern, ret,
		(evroute_textops_headers_error_t *)why);
}

#endif

#ifdef IMPORTS_EVROUTE_TEXTOPS_REPLY

/* Why something was refused. Nothing was changed. */

/* The field belongs to the server, or this event gives no answer. */
#define REPLY_ERROR_NOT_ALLOWED_HERE EVROUTE_TEXTOPS_REPLY_ERROR_NOT_ALLOWED_HERE

/* CR, LF or NUL in it, no header name, or a Contact that is no list of addresses. The text says which, for the log
   only. */
#define REPLY_ERROR_INVALID EVROUTE_TEXTOPS_REPLY_ERROR_INVALID

/* The answer has `run_reply_headers_max` fields already, or would have more than `run_reply_bytes_max` octets. */
#define REPLY_ERROR_TOO_LARGE EVROUTE_TEXTOPS_REPLY_ERROR_TOO_LARGE

/* For the log only; never branch on the text. */
#define REPLY_ERROR_OTHER EVROUTE_TEXTOPS_REPLY_ERROR_OTHER

#define REPLY_ERROR_NAMES "\020not allowed here\207invalid\011too large\200"
static_assert(offsetof(evroute_textops_reply_error_t, val) == offsetof(refusal_t, says),
		"REPLY_ERROR");

/* Adds a header field: Contact to a 3xx, Retry-After to a 503, WWW-Authenticate to a 401. Via, From, To, Call-ID,
   CSeq, Max-Forwards, Route, Record-Route, Content-Length and Content-Type belong to the server: not-allowed-here.
   `append_to_reply`. */
static inline bool reply_append_header(text_t name, text_t value, refusal_t *why)
{
	bindings_list_u8_t value_octets = { value.ptr, value.len };

	why->names = (const uint8_t *)REPLY_ERROR_NAMES;
	return evroute_textops_reply_append_header(&name, &value_octets,
		(evroute_textops_reply_error_t *)why);
}

/* Gives the answer this body, in the place of one that was given before. An empty one takes it away.
   `set_reply_body`. */
static inline bool reply_set_body(text_t content_type, text_t body, refusal_t *why)
{
	bindings_list_u8_t body_octets = { body.ptr, body.len };

	why->names = (const uint8_t *)REPLY_ERROR_NAMES;
	return evroute_textops_reply_set_body(&content_type, &body_octets,
		(evroute_textops_reply_error_t *)why);
}

#endif

#ifdef EXPORTS_EVROUTE_CORE_PRE_ROUTING

/* `event_route[core:pre-routing]`: a message was read and parsed and nothing has been decided yet.

   Raised for requests and responses alike, before transactions are looked up, so once per datagram,
   retransmissions included. On failure: open continues, closed drops. */
#define core_pre_routing exports_evroute_core_pre_routing_handle
typedef exports_evroute_core_pre_routing_verdict_t core_pre_routing_verdict_t;

/* Carry on. */
#define CORE_PRE_ROUTING_CONTINUE EXPORTS_EVROUTE_CORE_PRE_ROUTING_VERDICT_CONTINUE

/* Forget it; nothing is answered. */
#define CORE_PRE_ROUTING_DROP EXPORTS_EVROUTE_CORE_PRE_ROUTING_VERDICT_DROP

#endif

#ifdef EXPORTS_EVROUTE_CORE_REQUEST

/* `core:request`: a new request reached the server and will be routed. Kamailio's `request_route`.

   Raised once per transaction (a retransmission does not raise it again) and for ACK to a 2xx, which has no
   transaction. On failure: open passes, closed answers 500 (an ACK is dropped). */
#define core_request exports_evroute_core_request_handle
typedef exports_evroute_core_request_verdict_t core_request_verdict_t;

/* Route it as the server would without a handler. */
#define CORE_REQUEST_PASS ((core_request_verdict_t){ .tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_PASS })

/* Answer it here and now. An ACK is dropped instead, since it cannot be answered. */
static inline core_request_verdict_t core_request_reject(uint16_t code, text_t reason)
{
	core_request_verdict_t it = { .tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_REJECT };

	it.val.reject.code = code;
	it.val.reject.reason.is_some = reason.ptr != NULL;
	it.val.reject.reason.val = reason;
	return it;
}

/* Absorb it without an answer; the sender will time out. */
#define CORE_REQUEST_DROP ((core_request_verdict_t){ .tag = EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_DROP })

#endif

#ifdef EXPORTS_EVROUTE_CORE_REPLY

/* `core:reply`: a response came back for a request that the server forwarded. Kamailio's `reply_route`.

   On failure: forwarded as without a handler, whatever the policy, since the caller waits for it. */
#define core_reply exports_evroute_core_reply_handle
typedef exports_evroute_core_reply_verdict_t core_reply_verdict_t;

/* Carry on. */
#define CORE_REPLY_FORWARD EXPORTS_EVROUTE_CORE_REPLY_VERDICT_FORWARD

/* Absorb it; legal where `can-drop` is true, elsewhere it is forwarded, and the log says so. */
#define CORE_REPLY_DROP EXPORTS_EVROUTE_CORE_REPLY_VERDICT_DROP

#endif

#ifdef EXPORTS_EVROUTE_CORE_RECEIVE_PARSE_ERROR

/* `event_route[core:receive-parse-error]`: something arrived that is not a SIP message.

   There is nothing to decide: it is answered (400, 505) or dropped already. */
#define core_receive_parse_error exports_evroute_core_receive_parse_error_handle

#endif

#ifdef EXPORTS_EVROUTE_CORE_SOURCE_BLOCKED

/* `core:source-blocked`: a source, or a user, sends the tenant more than `[tenant.pike]` allows, and is blocked from
   now on. Raised once for each block, after the fact. Kamailio's pike has no such event.

   There is nothing to decide. */
#define core_source_blocked exports_evroute_core_source_blocked_handle

#endif

#ifdef EXPORTS_EVROUTE_CUSTOM_EVENT

/* `custom:event:<name>`: raised by `evroute raise`, by the RPC `custom.raise`, or by another handler.

   There is nothing to decide. */
#define custom_event exports_evroute_custom_event_handle

#endif

#ifdef EXPORTS_EVROUTE_DEPLOY_ACTIVATED

/* `deploy:activated:<handler>`: a revision of a deployed handler is in force, put there or promoted from a canary.

   Not raised when a canary begins, by a rollback, and when the server starts. There is nothing to decide. */
#define deploy_activated exports_evroute_deploy_activated_handle

#endif

#ifdef EXPORTS_EVROUTE_DEPLOY_ROLLED_BACK

/* `deploy:rolled-back:<handler>`: a revision of a deployed handler was taken back, by a rollback or as a canary that was
   stopped.

   There is nothing to decide. */
#define deploy_rolled_back exports_evroute_deploy_rolled_back_handle

#endif

#ifdef EXPORTS_EVROUTE_DEPLOY_BREAKER_OPEN

/* `deploy:breaker-open:<handler>`: the circuit breaker of a revision has opened, and its fallback counts.

   Raised by the run that opened it, one event deeper, and not where that is deeper than the handler's
   `event_depth_max`. There is nothing to decide. */
#define deploy_breaker_open exports_evroute_deploy_breaker_open_handle

#endif

#ifdef EXPORTS_EVROUTE_TM_LOCAL_REQUEST

/* `event_route[tm:local-request]`: the server is about to send a request of its own.

   Raised once, before the first send, for every method. On failure: open sends, closed drops. */
#define tm_local_request exports_evroute_tm_local_request_handle
typedef exports_evroute_tm_local_request_verdict_t tm_local_request_verdict_t;

/* Send it, as edited. */
#define TM_LOCAL_REQUEST_SEND EXPORTS_EVROUTE_TM_LOCAL_REQUEST_VERDICT_SEND

/* Do not send it; whoever asked for it is told so. */
#define TM_LOCAL_REQUEST_DROP EXPORTS_EVROUTE_TM_LOCAL_REQUEST_VERDICT_DROP

#endif

#ifdef EXPORTS_EVROUTE_TM_LOCAL_RESPONSE

/* `event_route[tm:local-response]`: the server has sent a response that it made itself.

   There is nothing to decide. */
#define tm_local_response exports_evroute_tm_local_response_handle

#endif

#ifdef EXPORTS_EVROUTE_HTABLE_MOD_INIT

/* `event_route[htable:mod-init]`: the tenant's tables are ready; raised once at start, before calls are taken.

   On failure: open proceeds, closed aborts the tenant's start. */
#define htable_mod_init exports_evroute_htable_mod_init_handle
typedef exports_evroute_htable_mod_init_verdict_t htable_mod_init_verdict_t;

/* Start. */
#define HTABLE_MOD_INIT_PROCEED EXPORTS_EVROUTE_HTABLE_MOD_INIT_VERDICT_PROCEED

/* Do not start this tenant; the reason belongs into the log. Its requests are answered 503. A server whose only tenant
   does not start does not start either. */
#define HTABLE_MOD_INIT_ABORT_STARTUP EXPORTS_EVROUTE_HTABLE_MOD_INIT_VERDICT_ABORT_STARTUP

#endif

#ifdef EXPORTS_EVROUTE_HTABLE_EXPIRED

/* `event_route[htable:expired:<table>]`: an entry's time is over and nothing has removed it yet.

   No lock is held: if the entry was written meanwhile, the verdict changes nothing. On failure: removed, whatever the
   policy. */
#define htable_expired exports_evroute_htable_expired_handle
typedef exports_evroute_htable_expired_verdict_t htable_expired_verdict_t;

/* Remove it. */
#define HTABLE_EXPIRED_REMOVE ((htable_expired_verdict_t){ .tag = EXPORTS_EVROUTE_HTABLE_EXPIRED_VERDICT_REMOVE })

/* Keep it for this many seconds from now; 0 removes. */
static inline htable_expired_verdict_t htable_expired_extend(uint32_t extend)
{
	htable_expired_verdict_t it = { .tag = EXPORTS_EVROUTE_HTABLE_EXPIRED_VERDICT_EXTEND };

	it.val.extend = extend;
	return it;
}

#endif

#ifdef EXPORTS_EVROUTE_USRLOC_CONTACT_ADDED

/* `usrloc:contact-added`: a contact is registered that was not before. Kamailio has no such event.

   Raised when the registration is on the disk, where it is kept there. There is nothing to decide. */
#define usrloc_contact_added exports_evroute_usrloc_contact_added_handle

#endif

#ifdef EXPORTS_EVROUTE_USRLOC_CONTACT_UPDATED

/* `usrloc:contact-updated`: a contact that was registered is registered again. Kamailio
   has no such event.

   Raised when the registration is on the disk, where it is kept there. There is nothing to decide. */
#define usrloc_contact_updated exports_evroute_usrloc_contact_updated_handle

#endif

#ifdef EXPORTS_EVROUTE_USRLOC_CONTACT_REMOVED

/* `usrloc:contact-removed`: a contact is not registered any more, before its time was over.
   Kamailio has no such event.

   Raised when the registration is on the disk, where it is kept there. There is nothing to decide. */
#define usrloc_contact_removed exports_evroute_usrloc_contact_removed_handle

#endif

#ifdef EXPORTS_EVROUTE_USRLOC_CONTACT_EXPIRED

/* `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone already.

   There is nothing to decide. */
#define usrloc_contact_expired exports_evroute_usrloc_contact_expired_handle

#endif

#ifdef EXPORTS_EVROUTE_TIMER_TIMER

/* `timer:<name>`: a configured interval is over. A timer never overlaps itself. Kamailio's `rtimer` and `timer` modules.

   There is nothing to decide. */
#define timer_timer exports_evroute_timer_timer_handle

#endif

#ifdef EXPORTS_EVROUTE_TLS_CERTIFICATE_EXPIRING

/* `tls:certificate-expiring`: the tenant's own certificate ends within the days of `expiring_days`; raised when that
   begins, and once for each day that is left. Kamailio has no such event.

   There is nothing to decide. */
#define tls_certificate_expiring exports_evroute_tls_certificate_expiring_handle

#endif

#ifdef EXPORTS_EVROUTE_TLS_CONNECTION_OUT

/* `event_route[tls:connection-out]`: a connection over TLS is about to be dialled for the tenant;
   nothing was sent yet, and the dial waits, as long as a handshake may take. Not raised where a
   connection is used that is there.

   On failure: open continues, closed drops. */
#define tls_connection_out exports_evroute_tls_connection_out_handle
typedef exports_evroute_tls_connection_out_verdict_t tls_connection_out_verdict_t;

/* It is dialled. */
#define TLS_CONNECTION_OUT_CONTINUE EXPORTS_EVROUTE_TLS_CONNECTION_OUT_VERDICT_CONTINUE

/* It is not; what was to be sent over it is undeliverable. */
#define TLS_CONNECTION_OUT_DROP EXPORTS_EVROUTE_TLS_CONNECTION_OUT_VERDICT_DROP

#endif

#ifdef EXPORTS_EVROUTE_REGISTRAR_AUTH_FAILED

/* `registrar:auth-failed`: somebody answered a challenge and was not let in. Raised after the
   refusal has been decided, which no handler can change. Requests that are not looked at, since
   too many wrong passwords came before them, raise nothing. Kamailio has no such event.

   There is nothing to decide. */
#define registrar_auth_failed exports_evroute_registrar_auth_failed_handle

#endif

#ifdef EXPORTS_EVROUTE_XHTTP_REQUEST

/* `event_route[xhttp:request]`: a request of HTTP came, on a port of SIP or on one of HTTP alone.

   Handshakes of WebSocket are requests of HTTP, too. On failure: open passes, closed answers 500. */
#define xhttp_request exports_evroute_xhttp_request_handle
typedef exports_evroute_xhttp_request_verdict_t xhttp_request_verdict_t;

/* What the server does without a handler: a handshake at the path of `[websocket]` becomes a WebSocket, everything
   else is answered 404. */
#define XHTTP_REQUEST_PASS ((xhttp_request_verdict_t){ .tag = EXPORTS_EVROUTE_XHTTP_REQUEST_VERDICT_PASS })

/* Answer it. The connection stays as long as the client wants it to. `xhttp_reply`. */
static inline xhttp_request_verdict_t xhttp_request_reply(uint16_t status, text_t reason,
		evroute_xhttp_types_header_field_t *headers, size_t headers_count, text_t body)
{
	xhttp_request_verdict_t it = { .tag = EXPORTS_EVROUTE_XHTTP_REQUEST_VERDICT_REPLY };

	it.val.reply.status = status;
	it.val.reply.reason.is_some = reason.ptr != NULL;
	it.val.reply.reason.val = reason;
	it.val.reply.headers = (evroute_xhttp_types_list_header_field_t){ headers, headers_count };
	it.val.reply.body = (bindings_list_u8_t){ body.ptr, body.len };
	return it;
}

/* Answer it, and close the connection. `set_reply_close`. */
static inline xhttp_request_verdict_t xhttp_request_reply_and_close(uint16_t status, text_t reason,
		evroute_xhttp_types_header_field_t *headers, size_t headers_count, text_t body)
{
	xhttp_request_verdict_t it = { .tag = EXPORTS_EVROUTE_XHTTP_REQUEST_VERDICT_REPLY_AND_CLOSE };

	it.val.reply_and_close.status = status;
	it.val.reply_and_close.reason.is_some = reason.ptr != NULL;
	it.val.reply_and_close.reason.val = reason;
	it.val.reply_and_close.headers = (evroute_xhttp_types_list_header_field_t){ headers,
		headers_count };
	it.val.reply_and_close.body = (bindings_list_u8_t){ body.ptr, body.len };
	return it;
}

/* Make the connection a WebSocket, whatever the path: `ws_handle_handshake`. What is no proper handshake, or comes
   from a page that `[websocket]` does not name, is refused by the server. */
#define XHTTP_REQUEST_UPGRADE ((xhttp_request_verdict_t){ .tag = EXPORTS_EVROUTE_XHTTP_REQUEST_VERDICT_UPGRADE })

/* Close the connection without an answer. */
#define XHTTP_REQUEST_DROP ((xhttp_request_verdict_t){ .tag = EXPORTS_EVROUTE_XHTTP_REQUEST_VERDICT_DROP })

#endif

#ifdef EXPORTS_EVROUTE_WEBSOCKET_CLOSED

/* `event_route[websocket:closed]`: a connection of WebSocket is gone, whoever has closed it; what
   was registered over it is, too. Not raised for those that end with the server.

   There is nothing to decide. */
#define websocket_closed exports_evroute_websocket_closed_handle

#endif

#ifdef EXPORTS_EVROUTE_UAC_REGISTERED

/* `uac:registered`: a trunk is registered that was not before. Kamailio's `uac` raises nothing.

   There is nothing to decide. */
#define uac_registered exports_evroute_uac_registered_handle

#endif

#ifdef EXPORTS_EVROUTE_UAC_FAILED

/* `uac:failed`: an attempt to register with a trunk failed. It may be registered still, by an
   attempt before. Raised for every attempt; they become rarer, half an hour apart at last.

   There is nothing to decide. */
#define uac_failed exports_evroute_uac_failed_handle

#endif

#ifdef EXPORTS_EVROUTE_TCP_CLOSED

/* `event_route[tcp:closed]`: a connection is gone over which requests of the tenant came since it
   handles this event. Kamailio's `tcpops` raises `tcp:closed`, `tcp:reset` and `tcp:timeout`; here
   the cause says which. A connection tells eight tenants at most, those whose requests came first.
   Not raised for those that end with the server.

   There is nothing to decide. */
#define tcp_closed exports_evroute_tcp_closed_handle

#endif

#endif
