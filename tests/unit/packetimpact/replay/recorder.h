/* SPDX-License-Identifier: Apache-2.0 */
/* Captures made on the spot: a script runs on Seastack, its wire is kept, changed, and played again. */
#ifndef SEA_TESTS_REPLAY_RECORDER_H
#define SEA_TESTS_REPLAY_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packetimpact/replay/match.h"
#include "packetimpact/replay/play.h"
#include "packetimpact/run/run.h"

struct tape {
	char *bytes; /* a pcapng */
	size_t len;
};

/* False: without libpcap no capture is read. */
bool tape_can_play(void);

/* The script must pass. */
void tape_record(struct tape *tape, const char *script, enum sea_run_family family);
void tape_fini(struct tape *tape);

/* The IP packet of the nth frame, from 1: what is changed there is changed in the tape. *len is its length. */
uint8_t *tape_frame(struct tape *tape, unsigned n, uint32_t *len);
/* The frame comes so much later. */
void tape_shift(struct tape *tape, unsigned n, int64_t ns);
/* The frame is there no more, or twice. */
void tape_drop(struct tape *tape, unsigned n);
void tape_double(struct tape *tape, unsigned n);

struct outcome {
	bool played;
	bool told; /* the program was */
	char why[SEA_CAPTURE_WHY];
	unsigned deviations, expected;
	char names[256]; /* of the deviations, each with its frame: "flags@4 ack@7 " */
};

struct outcome tape_play(const struct tape *tape, bool guess, const struct sea_talk_choice *choice);

#endif
