/* SPDX-License-Identifier: MIT
 *
 * Bytes of our helpers' protocols: explicit little-endian fields. One function per field both writes and reads, so that
 * a message's layout is written down once and the two sides cannot disagree. Pure; any thread.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
	uint8_t *bytes;
	size_t len; /* bytes there are to read, or room to write */
	size_t at;  /* bytes read or written so far */
	bool writing;
	bool failed; /* too short, no room, or a value that a field cannot hold; everything after it is a no-op */
};

/* Reading leaves `bytes` alone; the cast away of const is this function's alone. */
struct wire wire_reader(const uint8_t *bytes, size_t len);
struct wire wire_writer(uint8_t *bytes, size_t room);

void wire_u8(struct wire *w, uint8_t *value);
void wire_u16(struct wire *w, uint16_t *value);
void wire_u32(struct wire *w, uint32_t *value);
void wire_u64(struct wire *w, uint64_t *value);
void wire_i32(struct wire *w, int32_t *value);
void wire_i64(struct wire *w, int64_t *value);
void wire_bool(struct wire *w, bool *value); /* one byte, 0 or 1 */
void wire_bytes(struct wire *w, uint8_t *bytes, size_t len);
/* u16 length and bytes without NUL; `text` is NUL-terminated within `size`. */
void wire_text(struct wire *w, char *text, size_t size);
/* u32, at most `max`. */
void wire_count(struct wire *w, uint32_t *count, uint32_t max);

#endif
