/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spanning trees of bridges (IEEE 802.1D-1998 clause 8), as Linux's kernel builds them:
 *
 *	bridge_stp.c   who is root, which ports block, what timers do
 *	bridge_bpdu.c  messages as they are on the wire, in and out
 *	bridge_tree.c  what is chosen, saved, and happens to bridges and ports
 *
 * Without a tree all of it goes on alike, but that nothing is sent or received, and that ports forward at once.
 */
#ifndef SEA_LINK_DEVICE_BRIDGE_STP_H
#define SEA_LINK_DEVICE_BRIDGE_STP_H

#include "link/device/bridge.h"

#define SEA_STP_HZ 256         /* times of messages are in fractions of a second */
#define SEA_STP_HOLD_TIME 100u /* hundredths: no more than one message in so long */

#define SEA_STP_HELLO_MIN 100u

/* Flags of configuration messages. */
#define SEA_BPDU_CHANGE 0x01u
#define SEA_BPDU_CHANGE_ACK 0x80u

/* A message: of a configuration, or that the topology changed (the rest is nothing then). Times as on the wire. */
struct sea_bpdu {
	bool tcn;
	uint8_t flags;
	struct sea_stp_id root, bridge;
	uint32_t cost;
	uint16_t port, message_age, max_age, hello_time, forward_delay;
};

static inline uint32_t sea_stp_ticks(uint32_t csec)
{
	return csec * SEA_STP_HZ / 100;
}

static inline uint32_t sea_stp_csec(uint32_t ticks)
{
	return (ticks * 100 + SEA_STP_HZ - 1) / SEA_STP_HZ;
}

/* -- bridge_stp.c -- */

void sea_stp_init(struct sea_bridge *b);
void sea_stp_init_port(struct sea_bridge_port *p);
struct sea_stp_id sea_stp_own_id(const struct sea_bridge *b);
uint16_t sea_stp_port_id(const struct sea_bridge_port *p);
bool sea_stp_is_designated(const struct sea_bridge_port *p);
void sea_stp_become_designated(struct sea_bridge_port *p);
/* Its link runs, or does not any more. Listeners hear of it. */
void sea_stp_enable_port(struct sea_bridge_port *p);
void sea_stp_disable_port(struct sea_bridge_port *p);
/* Something that decides between ways is another; `was_root`: before that. */
void sea_stp_reconfigure(struct sea_bridge *b, bool was_root);
void sea_stp_state_selection(struct sea_bridge *b);
/* The next hello is due by then. */
void sea_stp_start_hello(struct sea_bridge *b);
void sea_stp_config_generation(struct sea_bridge *b);
/* A message that is one, by a port that is not disabled. */
void sea_stp_receive(struct sea_bridge_port *p, const struct sea_bpdu *m);

/* -- bridge_bpdu.c -- */

void sea_stp_send_config(struct sea_bridge_port *p, uint16_t message_age);
void sea_stp_send_tcn(struct sea_bridge_port *p);
/* False: the frame is none of spanning trees, and still the caller's. */
bool sea_stp_input(struct sea_bridge_port *p, struct sea_pkt *pkt);

/* -- bridge_tree.c -- */

void sea_stp_stop_port(struct sea_bridge_port *p);
/* For good, before it ends. */
void sea_stp_fini(struct sea_bridge *b);
void sea_stp_fini_port(struct sea_bridge_port *p);
/* The bridge goes up or down, before its ports do. */
void sea_stp_bridge_up(struct sea_bridge *b, bool up);
/* There is a tree from now on, or none. */
void sea_stp_set(struct sea_bridge *b, bool on);
/* The bridge's MAC or priority is another. */
void sea_stp_follow_id(struct sea_bridge *b);
void sea_stp_set_cost(struct sea_bridge_port *p, uint32_t cost);
void sea_stp_set_priority(struct sea_bridge_port *p, uint8_t priority);
/* What it says while it is the root. */
void sea_stp_set_times(struct sea_bridge *b, const struct sea_stp_times *times);
void sea_stp_save(const struct sea_bridge *b, struct sea_saver *to);
void sea_stp_load(struct sea_bridge *b, struct sea_loader *from);
void sea_stp_save_port(const struct sea_bridge_port *p, struct sea_saver *to);
void sea_stp_load_port(struct sea_bridge_port *p, struct sea_loader *from);

#endif
