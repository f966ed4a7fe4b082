/* SPDX-License-Identifier: Apache-2.0 */
/* ICMPv6 (RFC 4443): sending, receiving, and who else takes part. */
#ifndef SEA_IP_ICMP6_H
#define SEA_IP_ICMP6_H

#include "ip/ipv6.h"
#include "wire/icmp6.h"

/*
 * Sends an ICMPv6 error about `pkt`, whose off_net is set, unless RFC 4443 §2.4 or the rate limit
 * forbids it. Borrows the packet. `info`: the MTU of "packet too big", or the pointer.
 */
void sea_icmp6_send_error(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t type,
			  uint8_t code, uint32_t info);
/* Answers `pkt`, whose first byte is the transport header, with "port unreachable"; borrows. */
void sea_icmp6_port_unreachable(struct sea_stack *stack, struct sea_pkt *pkt);
/* Sends a message, ICMPv6 header first and its checksum still to be filled; consumes. */
void sea_icmp6_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		      const struct sea_ip_tx *tx);
/* The same where the way is still to be found; consumes. */
void sea_icmp6_output_to(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_flow *flow,
			 const struct sea_ip_tx *tx);

/* An error that came in, checksum right, first byte its header: told to whom it concerns. Consumes. */
void sea_icmp6_notify(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
/* The errno and whether it is fatal, as Linux maps them. */
int sea_icmp6_errno(uint8_t type, uint8_t code, bool *hard);

/*
 * Echo replies go to whoever asks for them: the ping module sets this at its init. Consumes, and
 * returns false where no socket took it (the packet is then the caller's still). The second: errors
 * about ICMPv6 messages of ours, as sea_ip_proto.icmp_error.
 */
typedef bool sea_icmp6_echo_reply_fn(struct sea_stack *stack, struct sea_pkt *pkt,
				     const struct sea_ip_rx *rx);
void sea_icmp6_on_echo_reply(struct sea_stack *stack, sea_icmp6_echo_reply_fn *fn);
typedef bool sea_icmp6_echo_error_fn(struct sea_stack *stack, const struct sea_icmp_error *error);
void sea_icmp6_on_echo_error(struct sea_stack *stack, sea_icmp6_echo_error_fn *fn);

extern const struct sea_ip_proto sea_icmp6_proto;

#endif
