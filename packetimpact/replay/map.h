/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peer's packets, as they stand in the capture, made into packets that this device takes: its address, and what
 * it drew (its initial sequence number, its timestamps) in place of the captured ones. What the peer drew stays.
 */
#ifndef SEA_REPLAY_MAP_H
#define SEA_REPLAY_MAP_H

#include "packetimpact/dut/dut.h"
#include "packetimpact/replay/talk.h"

#define SEA_MAP_STAMPS 256u

struct sea_map {
	uint8_t device[16], peer[16]; /* addresses of the replay; of IPv4, the first four bytes */
	bool known;                   /* the device has sent its SYN */
	uint32_t iss, live_iss;       /* the device's, captured and now */
	uint16_t mss; /* what the device takes in one segment; more is a super-segment */
	struct {
		uint32_t captured, live;
	} stamps[SEA_MAP_STAMPS]; /* a ring; the latest is that before `n_stamps` */
	uint32_t n_stamps;
};

/* The device sent `live` where the captured one sent `captured`. */
void sea_map_stamp(struct sea_map *map, uint32_t captured, uint32_t live);

/* At `to`, of SEA_DUT_PACKET_MAX bytes. A checksum that was wrong is wrong again. */
void sea_map_packet(const struct sea_map *map, const struct sea_talk_packet *p, uint8_t *to,
		    struct sea_dut_packet *packet);

#endif
