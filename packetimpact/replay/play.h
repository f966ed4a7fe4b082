/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation played against a device: the peer's packets come in at their times, the program makes its calls at
 * theirs, and what the device sends is kept.
 *
 *	packets ── map ──▶ device ──▶ answers (live)        beside: answers (captured)
 *	acts    ── calls ─▶
 *
 * A packet that acknowledges what the device has not sent yet waits for it, for a while; all that follows comes so
 * much later then, and so much later the answers are expected.
 */
#ifndef SEA_REPLAY_PLAY_H
#define SEA_REPLAY_PLAY_H

#include "packetimpact/dut/dut.h"
#include "packetimpact/replay/act.h"
#include "packetimpact/replay/answer.h"
#include "packetimpact/replay/talk.h"

#define SEA_PLAY_SYSCTLS_MAX 32

struct sea_play_options {
	struct sea_dut *(*dut_new)(const struct sea_dut_config *config, const char **why);
	const char *sysctls[SEA_PLAY_SYSCTLS_MAX]; /* "NAME=VALUE", after those of the capture */
	size_t n_sysctls;
	uint64_t seed;
	int64_t grace_ns; /* how long the last answers may take */
};

struct sea_played {
	struct sea_answers captured, live;
	uint32_t peer_iss;
	size_t packets_in;
	uint64_t others; /* packets that the device sent and that are not of the conversation */
	char device[80];
	struct sea_kept *kept; /* what the live answers point to */
};

/* False and why (static, or the process's): there is no device, or it does not take what it should be set to. */
bool sea_play(const struct sea_talk *talk, const struct sea_acts *acts,
	      const struct sea_play_options *options, struct sea_played *played, const char **why);
void sea_played_fini(struct sea_played *played);

#endif
