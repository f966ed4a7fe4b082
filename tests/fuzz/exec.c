/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of a program with any arguments and any memory behind them, as `seastack exec` serves them; time
 * that passes and descriptors that are closed in between. Whatever comes, each call has one answer at most, and
 * nothing is left when the program ends.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/lib/exec_seat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int numbers[] = {
#define SEA_EXEC_CALL(name, serve) SYS_##name,
#include "tools/exec/calls.def"
#undef SEA_EXEC_CALL
};

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint64_t wide(struct input *in)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | byte(in);
	return value;
}

static uint64_t argument(const struct exec_seat *seat, struct input *in)
{
	uint8_t kind = byte(in);

	switch (kind % 6) {
	case 0:
		return byte(in);
	case 1: /* a descriptor that was given */
		return seat->n_given ? (uint64_t)(int64_t)seat->given[byte(in) % seat->n_given] : 0;
	case 2: /* the arena */
		return EXEC_ARENA_AT + (uint64_t)byte(in) * 16;
	case 3:
		return 0 - (uint64_t)byte(in);
	case 4:
		return (uint64_t)byte(in) << 8 | byte(in);
	default:
		return wide(in);
	}
}

/* Memory may hold pointers into itself. */
static void scribble(struct exec_seat *seat, struct input *in)
{
	size_t at = (size_t)byte(in) * 16, len = byte(in) % 64;

	for (size_t i = 0; i < len && in->left && at + 8 <= EXEC_ARENA; i++) {
		uint64_t value;

		if (byte(in) % 8) {
			seat->arena[at++] = byte(in);
			continue;
		}
		value = argument(seat, in);
		memcpy(seat->arena + at, &value, sizeof(value));
		at += sizeof(value);
	}
}

static void make_call(struct exec_seat *seat, struct input *in)
{
	uint64_t arg[6];
	int nr = numbers[byte(in) % (sizeof(numbers) / sizeof(numbers[0]))];

	for (int i = 0; i < 6; i++)
		arg[i] = argument(seat, in);
	(void)exec_seat_call(seat, nr, arg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct exec_seat seat;
	struct input in = { data, size };

	exec_seat_open(&seat);
	for (int steps = 0; in.left && steps < 256; steps++) {
		uint8_t what = byte(&in);

		if (what < 150)
			make_call(&seat, &in);
		else if (what < 220)
			scribble(&seat, &in);
		else if (what < 245)
			exec_seat_turn(&seat);
		else
			exec_seat_close_given(&seat, byte(&in) % EXEC_GIVEN);
	}
	exec_seat_close(&seat);
	return 0;
}
