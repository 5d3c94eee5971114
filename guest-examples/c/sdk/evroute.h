/*
 * What every handler in C would repeat: texts, the log, refusals, pseudo-variables. The server's interfaces under short names
 * are in evroute_wit.h; both are over bindings.h, which is made of wit/ at every build, and all of it can be used beside them.
 */
#ifndef EVROUTE_H
#define EVROUTE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bindings.h"
#include "world.h"

/* Text or octets, not closed with a zero. What is absent has no ptr; what is empty has one. */
typedef bindings_string_t text_t;

#define TEXT(literal) ((text_t){ (uint8_t *)("" literal), sizeof(literal) - 1 })
#define NOTHING ((text_t){ NULL, 0 })

static inline text_t text_of_chars(const char *chars)
{
	return (text_t){ (uint8_t *)chars, strlen(chars) };
}

/* Whether a text is there and reads so: is(user, "blocked"). */
static inline bool is(text_t text, const char *chars)
{
	return text.len == strlen(chars) && text.ptr != NULL && memcmp(text.ptr, chars, text.len) == 0;
}

/* Memory that the run has; there is no end of it that a handler could go on after. */
static inline void *allocated(size_t size)
{
	void *block = malloc(size);

	if (block == NULL)
		abort();
	return block;
}

/*
 * Why the server refused a call: the number of the case in wit/, and what it says beside that. The bindings' errors begin so,
 * all of them, and are written over it.
 */
typedef struct __attribute__((may_alias)) {
	uint8_t tag;
	text_t says;
	/* The names of the cases, each after an octet with its length, to which 128 is added where the case says more. */
	const uint8_t *names;
} refusal_t;

/* Parts of a line: texts, literals, numbers, refusals. `room` is where a number's digits go. */

static inline text_t text_of_text(uint8_t *room, text_t text)
{
	(void)room;
	return text;
}

static inline text_t text_of_literal(uint8_t *room, const char *chars)
{
	(void)room;
	return text_of_chars(chars);
}

/* The longest number and its sign. */
#define DIGITS_MAX 20

/* Room that is not cleared first. */
typedef union {
	uint8_t nothing;
	uint8_t digits[DIGITS_MAX];
} room_t;

static inline text_t text_of_unsigned(uint8_t *room, unsigned long long number)
{
	uint8_t *digit = room + DIGITS_MAX;

	do
		*--digit = '0' + number % 10;
	while ((number /= 10) != 0);
	return (text_t){ digit, room + DIGITS_MAX - digit };
}

static inline text_t text_of_signed(uint8_t *room, long long number)
{
	if (number >= 0)
		return text_of_unsigned(room, number);
	text_t digits = text_of_unsigned(room, -(unsigned long long)number);

	*--digits.ptr = '-';
	digits.len++;
	return digits;
}

/* One text of many. */
static inline text_t joined(const text_t *parts, size_t count)
{
	text_t line = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		line.len += parts[i].len;
	line.ptr = allocated(line.len);
	for (size_t i = 0, at = 0; i < count; at += parts[i++].len)
		memcpy(line.ptr + at, parts[i].ptr, parts[i].len);
	return line;
}

static inline uint8_t *put(uint8_t *at, const void *from, size_t len)
{
	return (uint8_t *)memcpy(at, from, len) + len;
}

/* What the server allocates with, which is there in any case: fit for what seldom runs. */
void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size);

/* The case's name and what it says, of `other` only that; after the name of what was asked for, where there is one. */
__attribute__((cold, minsize, noinline, unused)) static text_t text_after(text_t what, const refusal_t *why)
{
	const uint8_t *name = why->names;

	for (uint8_t i = 0; i < why->tag; i++)
		name += (*name & 127) + 1;
	size_t name_len = *name & 127, says_len = *name & 128 ? why->says.len : 0;
	uint8_t *begin = cabi_realloc(NULL, 0, 1, what.len + 2 + name_len + 2 + says_len), *at = begin;

	if (what.len != 0)
		at = put(put(at, what.ptr, what.len), ": ", 2);
	at = put(at, name + 1, name_len);
	if (*name > 128)
		at = put(at, ": ", 2);
	at = put(at, why->says.ptr, says_len);
	return (text_t){ begin, at - begin };
}

static inline text_t text_of_refusal(uint8_t *room, refusal_t why)
{
	(void)room;
	return text_after(NOTHING, &why);
}

/* No verdict, but a sentence for the operator's log: return explained(sentence, "table blocked", &why). */
#define explained(sentence, what, why) (*(sentence) = text_after(TEXT(what), why), false)

/* clang-format off */
#define TEXT_OF(part) _Generic((part), \
	text_t: text_of_text, refusal_t: text_of_refusal, char *: text_of_literal, const char *: text_of_literal, \
	bool: text_of_unsigned, unsigned char: text_of_unsigned, unsigned short: text_of_unsigned, unsigned: text_of_unsigned, \
	unsigned long: text_of_unsigned, unsigned long long: text_of_unsigned, \
	short: text_of_signed, int: text_of_signed, long: text_of_signed, long long: text_of_signed) \
	(_Generic((part), text_t: NULL, refusal_t: NULL, char *: NULL, const char *: NULL, \
	default: (room_t){ .nothing = 0 }.digits), part)

#define PARTS_1(a) TEXT_OF(a)
#define PARTS_2(a, ...) TEXT_OF(a), PARTS_1(__VA_ARGS__)
#define PARTS_3(a, ...) TEXT_OF(a), PARTS_2(__VA_ARGS__)
#define PARTS_4(a, ...) TEXT_OF(a), PARTS_3(__VA_ARGS__)
#define PARTS_5(a, ...) TEXT_OF(a), PARTS_4(__VA_ARGS__)
#define PARTS_6(a, ...) TEXT_OF(a), PARTS_5(__VA_ARGS__)
#define PARTS_7(a, ...) TEXT_OF(a), PARTS_6(__VA_ARGS__)
#define PARTS_8(a, ...) TEXT_OF(a), PARTS_7(__VA_ARGS__)
#define PARTS_9(a, ...) TEXT_OF(a), PARTS_8(__VA_ARGS__)
#define PARTS_10(a, ...) TEXT_OF(a), PARTS_9(__VA_ARGS__)
#define PARTS_11(a, ...) TEXT_OF(a), PARTS_10(__VA_ARGS__)
#define PARTS_12(a, ...) TEXT_OF(a), PARTS_11(__VA_ARGS__)
#define PARTS_NAMED(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, name, ...) name
#define PARTS(...) PARTS_NAMED(__VA_ARGS__, PARTS_12, PARTS_11, PARTS_10, PARTS_9, PARTS_8, PARTS_7, PARTS_6, PARTS_5, \
	PARTS_4, PARTS_3, PARTS_2, PARTS_1, 0)(__VA_ARGS__)
/* clang-format on */

/* A text of up to twelve parts: join(user, " is blocked"). Longer ones are joined of joined ones. */
#define join(...) \
	joined((const text_t[]){ PARTS(__VA_ARGS__) }, \
	       sizeof((const text_t[]){ PARTS(__VA_ARGS__) }) / sizeof(text_t))

/* A line of the operator's log from its parts: info("request [", method, "]"). */
#define error(...) log_log(EVROUTE_LOG_LOG_LEVEL_ERROR, join(__VA_ARGS__))
#define warning(...) log_log(EVROUTE_LOG_LOG_LEVEL_WARNING, join(__VA_ARGS__))
#define notice(...) log_log(EVROUTE_LOG_LOG_LEVEL_NOTICE, join(__VA_ARGS__))
#define info(...) log_log(EVROUTE_LOG_LOG_LEVEL_INFO, join(__VA_ARGS__))
#define debug(...) log_log(EVROUTE_LOG_LOG_LEVEL_DEBUG, join(__VA_ARGS__))

/* No verdict, but a sentence of parts: return give_up(sentence, user, " has no entry"). */
#define give_up(sentence, ...) (*(sentence) = join(__VA_ARGS__), false)

#include "evroute_wit.h"

#ifdef EVROUTE_PV_TYPES_VALUE_NULL

/* No value, which is what a table has where it has no entry. */
static inline bool is_null(value_t value)
{
	return value.tag == EVROUTE_PV_TYPES_VALUE_NULL;
}

/* The number, where it is one. */
static inline bool as_int(value_t value, int64_t *number)
{
	if (value.tag != EVROUTE_PV_TYPES_VALUE_INT)
		return false;
	*number = value.val.int_;
	return true;
}

/* The text, a number in digits; NOTHING where there is no value. */
static inline text_t as_text(value_t value)
{
	switch (value.tag) {
	case EVROUTE_PV_TYPES_VALUE_INT:
		return join(value.val.int_);
	case EVROUTE_PV_TYPES_VALUE_TEXT:
		return value.val.text;
	case EVROUTE_PV_TYPES_VALUE_OCTETS:
		return (text_t){ value.val.octets.ptr, value.val.octets.len };
	default:
		return NOTHING;
	}
}

#endif

#ifdef IMPORTS_EVROUTE_PV_PV

/* A pseudo-variable that is a number: pv_int("$TS", &seconds, &why). One that is something else is refused, too. */
static inline bool pv_int(const char *name, int64_t *number, refusal_t *why)
{
	value_t value;

	if (!pv_get(text_of_chars(name), &value, why))
		return false;
	if (as_int(value, number))
		return true;
	*why = (refusal_t){ .names = (const uint8_t *)"\014not a number" };
	return false;
}

/* A pseudo-variable as text: pv_text("$ua", &agent, &why). */
static inline bool pv_text(const char *name, text_t *text, refusal_t *why)
{
	value_t value;

	if (!pv_get(text_of_chars(name), &value, why))
		return false;
	*text = as_text(value);
	return true;
}

#endif

#ifdef IMPORTS_EVROUTE_TEXTOPS_REPLY

/*
 * Adds a header field to the answer that the verdict gives: reply("Retry-After", TEXT("30")).
 * False when the server refuses it, which the log says; the answer is given without it.
 */
static inline bool reply(const char *name, text_t value)
{
	refusal_t why;

	return reply_append_header(text_of_chars(name), value, &why);
}

#endif

#endif
