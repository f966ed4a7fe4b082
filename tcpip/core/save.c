/* SPDX-License-Identifier: Apache-2.0 */
/* Saved state as a stream of little-endian fields; errors stick. */
#include "core/save.h"

#include <errno.h>
#include <string.h>

#include "core/stack.h"

/* -- out -- */

void sea_save_bytes(struct sea_saver *to, const void *bytes, size_t len)
{
	if (!to->err && len)
		to->err = to->write(to->ctx, bytes, len);
}

static void save_uint(struct sea_saver *to, uint64_t v, size_t len)
{
	uint8_t b[8];

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)(v >> 8 * i);
	sea_save_bytes(to, b, len);
}

void sea_save_u8(struct sea_saver *to, uint8_t v)
{
	save_uint(to, v, 1);
}

void sea_save_u16(struct sea_saver *to, uint16_t v)
{
	save_uint(to, v, 2);
}

void sea_save_u32(struct sea_saver *to, uint32_t v)
{
	save_uint(to, v, 4);
}

void sea_save_u64(struct sea_saver *to, uint64_t v)
{
	save_uint(to, v, 8);
}

void sea_save_time(struct sea_saver *to, sea_time v)
{
	sea_save_u64(to, (uint64_t)v.ns);
}

void sea_save_text(struct sea_saver *to, const char *text)
{
	size_t len = strnlen(text, 255);

	sea_save_u8(to, (uint8_t)len);
	sea_save_bytes(to, text, len);
}

void sea_save_tag(struct sea_saver *to, const char tag[4])
{
	sea_save_bytes(to, tag, 4);
}

void sea_save_timer(struct sea_saver *to, const struct sea_timer *timer)
{
	sea_save_time(to, timer->deadline);
}

/* -- in -- */

void sea_load_fail(struct sea_loader *from, int err)
{
	if (!from->err)
		from->err = err;
}

/* After an error everything reads as zero. */
void sea_load_bytes(struct sea_loader *from, void *bytes, size_t len)
{
	if (!from->err && len)
		from->err = from->read(from->ctx, bytes, len);
	if (from->err)
		memset(bytes, 0, len);
}

static uint64_t load_uint(struct sea_loader *from, size_t len)
{
	uint8_t b[8];
	uint64_t v = 0;

	sea_load_bytes(from, b, len);
	for (size_t i = 0; i < len; i++)
		v |= (uint64_t)b[i] << 8 * i;
	return v;
}

uint8_t sea_load_u8(struct sea_loader *from)
{
	return (uint8_t)load_uint(from, 1);
}

uint16_t sea_load_u16(struct sea_loader *from)
{
	return (uint16_t)load_uint(from, 2);
}

uint32_t sea_load_u32(struct sea_loader *from)
{
	return (uint32_t)load_uint(from, 4);
}

uint64_t sea_load_u64(struct sea_loader *from)
{
	return load_uint(from, 8);
}

sea_time sea_load_time(struct sea_loader *from)
{
	return (sea_time){ (int64_t)sea_load_u64(from) };
}

void sea_load_text(struct sea_loader *from, char text[256])
{
	uint8_t len = sea_load_u8(from);

	sea_load_bytes(from, text, len);
	text[len] = '\0';
}

void sea_load_tag(struct sea_loader *from, const char tag[4])
{
	char got[4];

	sea_load_bytes(from, got, sizeof(got));
	if (memcmp(got, tag, sizeof(got)) != 0)
		sea_load_fail(from, -EINVAL);
}

uint32_t sea_load_count(struct sea_loader *from, uint32_t max)
{
	uint32_t n = sea_load_u32(from);

	if (n <= max)
		return n;
	sea_load_fail(from, -EINVAL);
	return 0;
}

void sea_load_timer(struct sea_loader *from, struct sea_stack *stack, struct sea_timer *timer)
{
	sea_time deadline = sea_load_time(from);

	if (!from->err)
		sea_stack_arm(stack, timer, deadline);
}
