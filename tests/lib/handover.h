/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is moved from one stack to another by TCP_REPAIR, and its peer notices nothing. This is the recipe that
 * transport/README.md tells; it needs nothing but the public socket calls, and would do the same with Linux's.
 *
 *	handover_take(a, sock, &h, now);     it is gone from `a`, and nothing was sent
 *	...                                  what is in `h` goes to where `b` is; frames for it wait or are lost
 *	handover_give(b, &h, &sock, now);    before `b` sees the first frame of the peer's, which it would reset
 *	handover_free(&h);
 *
 * `b` has the address that the connection is from. Both directions are open still: of a FIN nothing is moved.
 */
#ifndef SEA_TESTS_HANDOVER_H
#define SEA_TESTS_HANDOVER_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>

#include <seastack/socket.h>

/* All of a connection that is not in `bytes` is in here, and goes from process to process as it is. */
struct handover_state {
	struct sockaddr_storage local, peer;
	socklen_t addr_len;
	int domain;
	uint8_t options, wscales; /* as tcp_info's */
	int mss, timestamp;
	int rcvbuf, sndbuf;
	struct tcp_repair_window window;
	uint32_t rcv_nxt, write_seq; /* ends of the queues */
	/* Read by nobody; written and not acknowledged, `unsent` of it never sent. */
	int received, stored, unsent;
};

struct handover {
	struct handover_state state;
	uint8_t *bytes; /* the received ones, then the stored ones */
};

/* 0 or -errno; the socket is closed on success. */
int handover_take(struct sea_stack *stack, sea_socket sock, struct handover *h, sea_time now);
int handover_give(struct sea_stack *stack, const struct handover *h, sea_socket *sock,
		  sea_time now);
void handover_free(struct handover *h);

#endif
