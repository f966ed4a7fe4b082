/* SPDX-License-Identifier: Apache-2.0 */
/* Which options a program has set, as its segments show. */
#ifndef SEA_REPLAY_HINT_H
#define SEA_REPLAY_HINT_H

#include "packetimpact/replay/talk.h"

struct sea_hints {
	bool nodelay;                  /* a short segment was sent while another one was out */
	int32_t keep_idle, keep_intvl; /* seconds; 0: nothing was kept alive */
	int32_t rcvbuf;                /* bytes, as setsockopt() takes them; 0: as it was */
};

/* `iss`: the device's. */
void sea_hints_find(struct sea_hints *hints, const struct sea_talk *talk, uint32_t iss);

#endif
