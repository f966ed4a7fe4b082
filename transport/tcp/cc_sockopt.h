/* SPDX-License-Identifier: Apache-2.0 */
/* TCP_CONGESTION, by name (tcp(7)). */
#ifndef SEA_TCP_CC_SOCKOPT_H
#define SEA_TCP_CC_SOCKOPT_H

#include <sys/socket.h>

#include "transport/tcp/conn.h"

/* 0; -EINVAL (no name), -ENOENT (there is none of that name). A name need not end with a NUL. */
int sea_tcp_set_congestion(struct tcp_conn *c, const void *val, socklen_t len);
/* TCP_CC_NAME_MAX bytes, or as many as *len has room for. */
int sea_tcp_get_congestion(const struct tcp_conn *c, void *val, socklen_t *len);

#endif
