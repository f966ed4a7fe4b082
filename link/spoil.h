/* SPDX-License-Identifier: Apache-2.0 */
/* A frame with a bit that is wrong, for those who make wires bad on purpose. */
#ifndef SEA_LINK_SPOIL_H
#define SEA_LINK_SPOIL_H

#include <stdbool.h>

#include "core/pkt.h"
#include "core/rng.h"

/*
 * The frame, or the segments of a super-segment, onto `frames`: one of them in a copy with one wrong bit, for whose
 * checksum nobody vouches. False: there was no memory for that, and it, or all of them, were dropped.
 */
bool sea_spoil(struct sea_link *link, struct sea_jitter *rng, struct sea_pkt *pkt,
	       struct sea_pktq *frames);

#endif
