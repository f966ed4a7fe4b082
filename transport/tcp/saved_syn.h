/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_SAVE_SYN: a listener that has it keeps the headers of each SYN, for its child's program to read once
 * (TCP_SAVED_SYN): the request has them, then the child's side object. A SYN that is answered by a cookie is gone.
 */
#ifndef SEA_TCP_SAVED_SYN_H
#define SEA_TCP_SAVED_SYN_H

#include <stdint.h>
#include <sys/socket.h>

#include "transport/tcp/rx.h"

enum { TCP_SAVE_SYN_NETWORK = 1, TCP_SAVE_SYN_LINK = 2 }; /* from which header on */

struct tcp_saved_syn {
	uint32_t len;
	uint8_t bytes[];
};

/* The SYN as the listener wants it; NULL: it does not, or no memory. */
struct tcp_saved_syn *sea_tcp_saved_syn_take(const struct tcp_conn *listener,
					     const struct tcp_rx *rx);
/* The child takes it over (NULL: there is none); without memory it has none. */
void sea_tcp_saved_syn_pass(struct tcp_conn *c, struct tcp_saved_syn *syn);
/* NULL: nothing. */
void sea_tcp_saved_syn_free(struct sea_stack *stack, struct tcp_saved_syn *syn);
/* getsockopt(TCP_SAVED_SYN): 0, after which it is gone; -EINVAL with *len set where there is not room for it. */
int sea_tcp_saved_syn_read(struct tcp_conn *c, void *val, socklen_t *len);

void sea_tcp_saved_syn_save(struct sea_saver *to, const struct tcp_saved_syn *syn);
/* NULL where there was none, or from->err is set. */
struct tcp_saved_syn *sea_tcp_saved_syn_load(struct sea_loader *from, struct sea_stack *stack);

#endif
