/* SPDX-License-Identifier: Apache-2.0 */
/* A replay from inside: play.c has the packets, program.c the program, setting.c what the device begins with. */
#ifndef SEA_REPLAY_STATE_H
#define SEA_REPLAY_STATE_H

#include "packetimpact/replay/map.h"
#include "packetimpact/replay/play.h"

#define SEA_PLAY_FDS 64u

/* A packet of the device, kept. */
struct sea_kept {
	struct sea_kept *next;
	uint8_t bytes[];
};

struct sea_play_call;

struct sea_play {
	const struct sea_talk *talk;
	const struct sea_acts *acts;
	const struct sea_play_options *options;
	struct sea_played *played;
	struct sea_dut *dut;
	struct sea_dut_config config;
	struct sea_map map;
	int64_t base_ns; /* of the device's clock, where the conversation is at 0 */
	int64_t slip_ns; /* how much later all comes, as packets had to wait */
	size_t next;     /* of the talk's packets */
	/* TCP */
	uint32_t captured_sent, live_sent; /* as far as the device's numbers go, from its SYN on */
	bool waits_no_more; /* something did not come, and nothing beyond it will be waited for */
	size_t paired;      /* captured packets before it have met their live one, or will not */
	uint32_t piece;     /* bytes in each segment of a captured super-segment, and options */
	/* the program */
	size_t next_act;
	struct sea_play_call *calls; /* those that are pending, and those that were done */
	int fds[SEA_PLAY_FDS];       /* by the numbers of the acts; -1: none */
	int families[SEA_PLAY_FDS];
	uint32_t written; /* of the stream */
	uint8_t *scratch; /* what is read goes here, and zeros to be written come from behind it */
	bool bound;
	bool no_memory;
};

/* Sets the device up. False and why. */
bool sea_play_set(struct sea_play *play, const char **why);
/* What the configuration of the device is, as far as the capture tells. */
void sea_play_configure(struct sea_play *play);

/* Begins the calls whose time has come, of those before packet play->next. */
void sea_play_calls(struct sea_play *play);
/* When the next one wants to be begun, of the device's clock; INT64_MAX: none before that packet. */
int64_t sea_play_next_call(const struct sea_play *play);
/* Takes the results of those that were done. */
void sea_play_reap(struct sea_play *play);
void sea_play_calls_fini(struct sea_play *play);

#endif
