/* SPDX-License-Identifier: Apache-2.0 */
/* Echo on UDP (RFC 862): each datagram goes back where it came from. */
#ifndef SEA_SERVICE_UDP_ECHO_H
#define SEA_SERVICE_UDP_ECHO_H

#include "tools/host/host.h"

/* Of the caller, who keeps it until the host is closed. */
struct sea_udp_echo {
	struct sea_watcher watcher;
	struct sea_host *host;
	uint16_t port;
};

/* 0 or -errno. */
SEA_MUST_USE int sea_udp_echo_open(struct sea_udp_echo *echo, struct sea_host *host, uint16_t port);

#endif
