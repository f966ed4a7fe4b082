/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture that is played on Seastack: it is refused with words, or ends, and its report is whole. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "packetimpact/replay/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void found(void *arg, const struct sea_deviation *deviation)
{
	sea_replay_report_deviation(arg, deviation);
}

static void done(void *arg, const struct sea_answer *captured, const struct sea_answer *live,
		 unsigned deviations)
{
	sea_replay_report_answer(arg, captured, live, deviations);
}

static void report(const struct sea_talk *talk, const struct sea_acts *acts,
		   const struct sea_played *played, enum sea_replay_format format)
{
	struct sea_replay_report r = { .out = fopen("/dev/null", "we"),
				       .format = format,
				       .talk = talk };
	struct sea_match match = { .tolerance_ns = 10 * SEA_MSEC,
				   .windows = true,
				   .times = true,
				   .found = found,
				   .done = done,
				   .arg = &r };

	if (!r.out)
		abort();
	r.peer_iss = match.peer_iss = played->peer_iss;
	sea_replay_report_begin(&r, "fuzz", played->device, acts->told);
	sea_match(&match, &played->captured, &played->live);
	sea_replay_report_end(&r, &match, played);
	fclose(r.out);
}

static void play(const uint8_t *data, size_t size, const struct sea_talk_choice *choice, bool guess)
{
	const struct sea_play_options options = { .dut_new = sea_dut_seastack_new, .seed = 1 };
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	FILE *again = fmemopen((void *)(uintptr_t)data, size, "r");
	char cause[SEA_CAPTURE_WHY] = "";
	struct sea_acts acts = { 0 };
	struct sea_played played = { 0 };
	const char *why = cause;
	struct sea_talk talk;

	if (sea_talk_read_file(&talk, file, again, choice, cause) &&
	    sea_acts_of(&acts, &talk, guess, &why) &&
	    sea_play(&talk, &acts, &options, &played, &why)) {
		for (int format = SEA_REPLAY_TEXT; format <= SEA_REPLAY_JSON; format++)
			report(&talk, &acts, &played, (enum sea_replay_format)format);
	} else if (!why[0]) {
		abort();
	}
	sea_played_fini(&played);
	sea_acts_fini(&acts);
	sea_talk_fini(&talk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sea_talk_choice told = { .flow = 1 },
					    turned = { .flow = 1, .side = SEA_TALK_FIRST };

	if (!size)
		return 0;
	play(data, size, &told, false);
	play(data, size, &told, true);
	play(data, size, &turned, true);
	return 0;
}
