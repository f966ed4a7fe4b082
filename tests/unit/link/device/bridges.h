/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of bridges stand on: a bridge `br` with ports p1, p2, p3, whose wires are the test's. */
#ifndef TESTS_UNIT_LINK_DEVICE_BRIDGES_H
#define TESTS_UNIT_LINK_DEVICE_BRIDGES_H

#include "kinds.h"

#include <linux/if_bridge.h>
#include <linux/neighbour.h>

#define FRAME_BYTES 2048

int run_stp_tests(void); /* bridge_stp.c */

/* Times are from here on. */
extern sea_time bridge_now;

/* Within a stack of kinds_setup(): all is up; MACs of ports are 02:00:00:00:01:0n. */
void make_bridge(unsigned n_ports);
struct sea_link *port(unsigned n);

/* A frame comes by a port: from and to station n, 02:00:00:00:02:n (0xff: to all). */
void come_by(unsigned port, uint8_t dst, uint8_t src);
void come_by_mac(unsigned port, const uint8_t dst[6], const uint8_t src[6]);
/* … with a tag. */
void come_tagged(unsigned port, uint8_t dst, uint8_t src, uint16_t vid);
/* All bytes of a frame. */
void come_bytes(unsigned port, const uint8_t *bytes, uint32_t len);

/* What left by a port since last asked: how many; the last one's bytes. */
unsigned left_by(unsigned port, uint8_t bytes[FRAME_BYTES], uint32_t *len);
/* By which ports something left: bit n. */
unsigned left(void);

/* Settings. */
int set_bridge(uint16_t type, const void *value, uint16_t len);
int set_bridge_u8(uint16_t type, uint8_t value);
int set_bridge_u32(uint16_t type, uint32_t value);
int set_port_u8(unsigned port, uint16_t type, uint8_t value);
/* RTM_NEWNEIGH, _DELNEIGH about station n behind `link`. */
int set_station(const char *link, uint16_t type, uint8_t station, uint16_t state, uint8_t flags,
		uint16_t vid);
/* VLANs of a link: RTM_SETLINK or RTM_DELLINK. */
int set_vlan(const char *link, uint16_t type, uint16_t vid, uint16_t flags, bool self);
/* Behind which port a station is: 0: behind none. */
unsigned station_at(uint8_t station, uint16_t vid);

int run_vlan_tests(void); /* bridge_vlan.c */

#endif
