// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/packetimpact/replay/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "packetimpact/record/tap.h"
#include "wire/pcapng.h"

#include <cmocka.h>

static struct {
	FILE *out;
	long frames;
} now;

static struct sea_dut *tapped(const struct sea_dut_config *config, const char **why)
{
	struct sea_dut *dut = sea_dut_seastack_new(config, why);

	return dut ? sea_tap_new(dut, config, NULL, now.out, &now.frames) : NULL;
}

bool tape_can_play(void)
{
	char why[SEA_CAPTURE_WHY], text[] = "text";
	FILE *file = sea_capture_unpack(fmemopen(text, 4, "r"), why);

	if (file)
		fclose(file);
	return file;
}

void tape_record(struct tape *tape, const char *script, enum sea_run_family family)
{
	const struct sea_run_options options = { .family = family, .dut_new = tapped };
	int fd = memfd_create("script", MFD_CLOEXEC);
	struct sea_run_result result;
	char path[40];

	*tape = (struct tape){ 0 };
	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	now.out = open_memstream(&tape->bytes, &tape->len);
	assert_non_null(now.out);
	sea_run_script(path, &options, &result);
	if (result.verdict != SEA_RUN_PASSED)
		fail_msg("%s", result.report);
	assert_true(now.frames > 0);
	sea_run_result_fini(&result);
	fclose(now.out);
	close(fd);
}

void tape_fini(struct tape *tape)
{
	free(tape->bytes);
}

/* Where the block of the nth frame is, and its length. */
static size_t find(const struct tape *tape, unsigned n, struct sea_pcapng_block *block)
{
	struct sea_pcapng_reader reader = { 0 };
	size_t at = 0;

	for (;;) {
		long size = sea_pcapng_read(&reader, (const uint8_t *)tape->bytes + at,
					    tape->len - at, block);

		assert_true(size > 0);
		if (block->type == SEA_PCAPNG_PACKET && !--n)
			return at;
		at += (size_t)size;
	}
}

uint8_t *tape_frame(struct tape *tape, unsigned n, uint32_t *len)
{
	struct sea_pcapng_block block;

	(void)find(tape, n, &block);
	*len = block.pkt.caplen;
	return (uint8_t *)tape->bytes + (block.bytes - (const uint8_t *)tape->bytes);
}

void tape_drop(struct tape *tape, unsigned n)
{
	struct sea_pcapng_block block;
	size_t at = find(tape, n, &block);

	memmove(tape->bytes + at, tape->bytes + at + block.size, tape->len - at - block.size);
	tape->len -= block.size;
}

void tape_double(struct tape *tape, unsigned n)
{
	struct sea_pcapng_block block;
	size_t at = find(tape, n, &block), size = block.size;
	char *more = realloc(tape->bytes, tape->len + size);

	assert_non_null(more);
	memmove(more + at + size, more + at, tape->len - at);
	tape->bytes = more;
	tape->len += size;
}

/* An Enhanced Packet Block has its time 16 bytes before the packet, the upper half first. */
void tape_shift(struct tape *tape, unsigned n, int64_t ns)
{
	uint32_t len, half[2];
	uint8_t *at = tape_frame(tape, n, &len) - 16;
	uint64_t time;

	memcpy(half, at, sizeof(half));
	time = ((uint64_t)half[0] << 32 | half[1]) + (uint64_t)ns;
	half[0] = (uint32_t)(time >> 32);
	half[1] = (uint32_t)time;
	memcpy(at, half, sizeof(half));
}

/* -- playing -- */

static void found(void *arg, const struct sea_deviation *d)
{
	struct outcome *o = arg;
	size_t at = strlen(o->names);
	const struct sea_answer *a = d->captured ? d->captured : d->live;
	static const char *const marks[] = { "-", "+", "" };

	snprintf(o->names + at, sizeof(o->names) - at, "%s%s@%u ", marks[d->kind], d->name,
		 (unsigned)a->frame);
}

static void done(void *arg, const struct sea_answer *captured, const struct sea_answer *live,
		 unsigned deviations)
{
	struct outcome *o = arg;

	(void)captured;
	(void)live;
	(void)deviations;
	o->expected++;
}

struct outcome tape_play(const struct tape *tape, bool guess, const struct sea_talk_choice *choice)
{
	static const struct sea_talk_choice first = { .flow = 1 };
	const struct sea_play_options options = { .dut_new = sea_dut_seastack_new,
						  .seed = 1,
						  .grace_ns = 10 * SEA_MSEC };
	struct outcome o = { .played = true };
	struct sea_match match = { .tolerance_ns = 10 * SEA_MSEC,
				   .windows = true,
				   .times = true,
				   .found = found,
				   .done = done,
				   .arg = &o };
	struct sea_acts acts = { 0 };
	struct sea_played played = { 0 };
	const char *why = o.why;
	struct sea_talk talk;

	if (!sea_talk_read_file(&talk, fmemopen(tape->bytes, tape->len, "r"),
				fmemopen(tape->bytes, tape->len, "r"), choice ? choice : &first,
				o.why) ||
	    !sea_acts_of(&acts, &talk, guess, &why) ||
	    !sea_play(&talk, &acts, &options, &played, &why)) {
		o.played = false;
		if (why != o.why)
			snprintf(o.why, sizeof(o.why), "%s", why);
	} else {
		match.peer_iss = played.peer_iss;
		sea_match(&match, &played.captured, &played.live);
		o.deviations = match.deviations;
		o.told = acts.told;
	}
	sea_played_fini(&played);
	sea_acts_fini(&acts);
	sea_talk_fini(&talk);
	return o;
}
