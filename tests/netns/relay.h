/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands what comes to a port of our stack on to a server on the kernel's, and its answers back, so
 * that programs which have no way to sit on our stack still talk through it.
 */
#ifndef SEA_TESTS_NETNS_RELAY_H
#define SEA_TESTS_NETNS_RELAY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/service/listener.h"

/* Each connection is one to the server: bytes, half-closing and resets cross both ways. */
struct relay_tcp {
	struct sea_listener listener;
	struct sockaddr_in server;
};

/* 0 or -errno. The relay is the caller's until the host is closed. */
SEA_MUST_USE int relay_tcp_open(struct relay_tcp *relay, struct sea_host *host, uint16_t port,
				const struct sockaddr_in *server);

#define RELAY_UDP_FLOWS 64u

struct relay_udp_peer {
	struct sockaddr_storage addr; /* as the stack named it, of either family */
	socklen_t len;
};

/* What comes from one address and port, and what the server answers to it. */
struct relay_udp_flow {
	struct relay_udp *relay;
	struct relay_udp_peer peer;
	int fd;        /* connected to the server; -1: the flow is unused */
	uint64_t used; /* when it was last, in datagrams */
};

/* Each peer has a socket of its own at the server; the longest silent one makes room. */
struct relay_udp {
	struct sea_watcher watcher;
	struct sea_host *host;
	struct sockaddr_in server;
	struct relay_udp_flow flows[RELAY_UDP_FLOWS];
	uint64_t datagrams;
	struct relay_udp_flow *waiting; /* whose datagram the kernel would not take yet */
	size_t waiting_len;
	uint8_t waiting_bytes[65536];
};

/* As relay_tcp_open(). */
SEA_MUST_USE int relay_udp_open(struct relay_udp *relay, struct sea_host *host, uint16_t port,
				const struct sockaddr_in *server);

#endif
