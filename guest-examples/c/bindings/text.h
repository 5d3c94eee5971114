/*
 * Text on its way to the server, which takes UTF-8 and nothing else: any other bytes would end the run, so that whoever
 * chose them would choose what becomes of his call. Each byte that belongs to no character becomes U+FFFD. For C and C++.
 */
#ifndef EVROUTE_BINDINGS_TEXT_H
#define EVROUTE_BINDINGS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the character has that begins here; 0 where none does. RFC 3629, 4. */
static inline size_t evroute_character(const uint8_t *at, size_t left)
{
	const uint8_t first = *at;
	const size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

	if (size < 2 || size > left)
		return size > left ? 0 : size;
	/* Nothing that has a shorter form, no half of a pair, nothing past Unicode's end. */
	const uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	const uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	if (at[1] < least || at[1] > most)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

/* The text itself where it is UTF-8, else another one. */
__attribute__((cold, noinline, unused)) static uint8_t *evroute_mended(uint8_t *text, size_t *len)
{
	size_t wrong = 0, size;

	for (size_t i = 0; i < *len; i += size ? size : 1) {
		size = evroute_character(text + i, *len - i);
		wrong += size == 0;
	}
	if (wrong == 0)
		return text;
	uint8_t *const mended = (uint8_t *)malloc(*len + 2 * wrong), *at = mended;

	if (mended == NULL)
		abort();
	for (size_t i = 0; i < *len; i += size ? size : 1) {
		size = evroute_character(text + i, *len - i);
		memcpy(at, size ? text + i : (const uint8_t *)"\xef\xbf\xbd", size ? size : 3);
		at += size ? size : 3;
	}
	*len = (size_t)(at - mended);
	return mended;
}

/* The same, with no more than a look at eight bytes at a time for what is ASCII. The first and the last may overlap. */
__attribute__((noinline, unused)) static uint8_t *evroute_utf8(uint8_t *text, size_t *len)
{
	uint64_t bytes = 0, next;

	if (*len >= sizeof bytes) {
		memcpy(&bytes, text + *len - sizeof bytes, sizeof bytes);
		for (size_t i = 0; i + sizeof bytes < *len; i += sizeof bytes) {
			memcpy(&next, text + i, sizeof next);
			bytes |= next;
		}
	} else if (*len >= sizeof(uint32_t)) {
		uint32_t first, last;

		memcpy(&first, text, sizeof first);
		memcpy(&last, text + *len - sizeof last, sizeof last);
		bytes = first | last;
	} else {
		for (size_t i = 0; i < *len; i++)
			bytes |= text[i];
	}
	return bytes & 0x8080808080808080 ? evroute_mended(text, len) : text;
}

#endif
