/* SPDX-License-Identifier: MIT
 *
 * See wire.h.
 */
#include "base/wire.h"

#include <string.h>

struct wire wire_reader(const uint8_t *bytes, size_t len)
{
	union {
		const uint8_t *borrowed;
		uint8_t *bytes;
	} source = {.borrowed = bytes};

	return (struct wire){.bytes = source.bytes, .len = len};
}

struct wire wire_writer(uint8_t *bytes, size_t room)
{
	return (struct wire){.bytes = bytes, .len = room, .writing = true};
}

/* The next `len` bytes, or NULL and the failure is noted. */
static uint8_t *take(struct wire *w, size_t len)
{
	if (w->failed || len > w->len - w->at) {
		w->failed = true;
		return NULL;
	}
	w->at += len;
	return w->bytes + w->at - len;
}

void wire_bytes(struct wire *w, uint8_t *bytes, size_t len)
{
	uint8_t *place = take(w, len);

	if (!place || len == 0)
		return;
	if (w->writing)
		memcpy(place, bytes, len);
	else
		memcpy(bytes, place, len);
}

/* An unsigned number of `size` bytes. Returns it as read, or as it was. */
static uint64_t number(struct wire *w, uint64_t value, size_t size)
{
	uint8_t *place = take(w, size);
	uint64_t got = 0;

	if (!place)
		return value;
	for (size_t i = 0; i < size; i++) {
		if (w->writing)
			place[i] = (uint8_t)(value >> (8 * i));
		got |= (uint64_t)place[i] << (8 * i);
	}
	return got;
}

void wire_u8(struct wire *w, uint8_t *value)
{
	*value = (uint8_t)number(w, *value, sizeof(*value));
}

void wire_u16(struct wire *w, uint16_t *value)
{
	*value = (uint16_t)number(w, *value, sizeof(*value));
}

void wire_u32(struct wire *w, uint32_t *value)
{
	*value = (uint32_t)number(w, *value, sizeof(*value));
}

void wire_u64(struct wire *w, uint64_t *value)
{
	*value = number(w, *value, sizeof(*value));
}

void wire_i32(struct wire *w, int32_t *value)
{
	*value = (int32_t)(uint32_t)number(w, (uint32_t)*value, sizeof(*value));
}

void wire_i64(struct wire *w, int64_t *value)
{
	*value = (int64_t)number(w, (uint64_t)*value, sizeof(*value));
}

void wire_bool(struct wire *w, bool *value)
{
	uint8_t byte = w->writing ? *value : 0; /* what it holds before may be no bool */

	wire_u8(w, &byte);
	if (byte > 1)
		w->failed = true;
	*value = byte == 1;
}

void wire_text(struct wire *w, char *text, size_t size)
{
	uint16_t len = 0;

	if (w->writing) {
		size_t whole = strnlen(text, size);

		if (whole >= size || whole > UINT16_MAX)
			w->failed = true;
		len = (uint16_t)whole;
	}
	wire_u16(w, &len);
	if (w->failed || len >= size) {
		w->failed = true;
		return;
	}
	uint8_t *place = take(w, len);

	if (!place)
		return;
	if (w->writing) {
		memcpy(place, text, len);
		return;
	}
	if (memchr(place, 0, len))
		w->failed = true;
	memcpy(text, place, len);
	memset(text + len, 0, size - len);
}

void wire_count(struct wire *w, uint32_t *count, uint32_t max)
{
	if (w->writing && *count > max)
		w->failed = true;
	wire_u32(w, count);
	if (*count > max || w->failed) {
		w->failed = true;
		*count = 0;
	}
}
