/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device answers, as text: a device around another that writes down each call's result and each packet
 * that left, in the order of their times, which count from the first:
 *
 *	  0.000000 accept = fd
 *	  0.100213 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
 *
 * What is drawn at random is not in it: sequence numbers count from the SYNs, of timestamps there is only that
 * they are there, ports and descriptors are none.
 */
#ifndef SEA_PACKETIMPACT_TRACE_H
#define SEA_PACKETIMPACT_TRACE_H

#include "packetimpact/dut/dut.h"

/*
 * `inner` is taken over, and ends with the trace. When it does, *text (malloc()) is what happened: "" of
 * a device that nothing was asked. NULL: no memory, and `inner` is ended.
 */
struct sea_dut *sea_trace_new(struct sea_dut *inner, char **text);

/* -- between trace.c and trace_packet.c -- */

/* First sequence numbers of a flow, by the peer's address, our and the peer's port. */
struct sea_trace_flow {
	uint8_t peer[16]; /* of IPv4 the first four */
	uint16_t ours, peers;
	uint32_t isn_ours, isn_peers;
	struct sea_trace_flow *next;
};

/* A packet in or out; SYNs make or renew flows. */
void sea_trace_learn(struct sea_trace_flow **flows, const struct sea_dut_packet *packet, bool out);
/* One line without time and newline, allocated; NULL: no memory. */
char *sea_trace_packet(const struct sea_trace_flow *flows, const struct sea_dut_packet *packet);
void sea_trace_flows_free(struct sea_trace_flow *flows);

#endif
