/* SPDX-License-Identifier: Apache-2.0 */
/* What a replay found: as text, as TAP (a test for each captured answer) or as JSON. */
#ifndef SEA_REPLAY_REPORT_H
#define SEA_REPLAY_REPORT_H

#include "packetimpact/replay/match.h"
#include "packetimpact/replay/play.h"

#define SEA_REPLAY_PRINTED_MAX 10u /* deviations of one name; the rest is counted */

enum sea_replay_format { SEA_REPLAY_TEXT, SEA_REPLAY_TAP, SEA_REPLAY_JSON };

struct sea_replay_report {
	FILE *out;
	enum sea_replay_format format;
	bool quiet;
	const char
		*reason; /* why the device may differ, as the capture says; NULL: it says nothing */
	const struct sea_talk *talk;
	uint32_t peer_iss;
	/* its own */
	unsigned tests, findings, kept_back;
	char *held; /* of the answer in hand, for TAP */
	size_t held_len;
	FILE *hold;
	struct {
		const char *name;
		unsigned n;
	} printed[64];
};

void sea_replay_report_begin(struct sea_replay_report *r, const char *path, const char *device,
			     bool told);
void sea_replay_report_deviation(struct sea_replay_report *r, const struct sea_deviation *d);
void sea_replay_report_answer(struct sea_replay_report *r, const struct sea_answer *captured,
			      const struct sea_answer *live, unsigned deviations);
/* With the closing line. */
void sea_replay_report_end(struct sea_replay_report *r, const struct sea_match *match,
			   const struct sea_played *played);

#endif
