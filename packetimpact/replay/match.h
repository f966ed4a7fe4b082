/* SPDX-License-Identifier: Apache-2.0 */
/* Captured answers and live ones, held against each other: what is missing, what is too much, and what differs. */
#ifndef SEA_REPLAY_MATCH_H
#define SEA_REPLAY_MATCH_H

#include "packetimpact/replay/answer.h"

enum sea_deviation_kind { SEA_DEVIATION_MISSING, SEA_DEVIATION_EXTRA, SEA_DEVIATION_DIFFERS };

struct sea_deviation {
	enum sea_deviation_kind kind;
	const char *name, *clause, *words;        /* deviation.def */
	const struct sea_answer *captured, *live; /* NULL: there is none */
	char expected[64], seen[64];              /* of a field */
};

struct sea_match {
	int64_t tolerance_ns;
	double tolerance_percent; /* of the time since the packet before */
	bool windows, times;      /* they are compared, too */
	uint32_t peer_iss;
	void (*found)(void *arg, const struct sea_deviation *deviation);
	/* each captured answer, behind its deviations; `live` may be NULL */
	void (*done)(void *arg, const struct sea_answer *captured, const struct sea_answer *live,
		     unsigned deviations);
	void *arg;
	unsigned deviations, same; /* answers without a deviation */
	int64_t last_ns;           /* of the captured packet before */
	uint32_t sent[2]; /* the furthest number, captured and live: what is below was sent again */
};

/* `match` is filled in by the caller down to `arg`. */
void sea_match(struct sea_match *match, const struct sea_answers *captured,
	       const struct sea_answers *live);
/* Field by field; how many deviations were found. */
unsigned sea_match_fields(struct sea_match *match, const struct sea_answer *captured,
			  const struct sea_answer *live);

#endif
