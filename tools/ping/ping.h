/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a host to answer (ICMP or ICMPv6 echo), once an interval, and tells how long it took. */
#ifndef SEA_PING_PING_H
#define SEA_PING_PING_H

#include "tools/host/host.h"
#include "tools/host/peer.h"

#define SEA_PING_SIZE_MAX 65507 /* in IPv4; IPv6 would take 20 more */
#define SEA_PING_INTERVAL_MIN (2 * SEA_MSEC)
/* So many questions may be open: an answer to an older one is late for ever. */
#define SEA_PING_OPEN_MAX 1024

struct sea_ping_config {
	struct sea_peer host;
	uint64_t count; /* 0: until it is stopped */
	int64_t interval_ns, wait_ns;
	uint32_t size; /* bytes behind the ICMP header */
};

#define SEA_PING_CONFIG_INIT                                           \
	{                                                              \
		.interval_ns = SEA_SEC, .wait_ns = SEA_SEC, .size = 56 \
	}

struct sea_ping {
	struct sea_watcher watcher; /* first */
	struct sea_ticker ticker;
	struct sea_host *host;
	struct sea_ping_config config;
	/* A line of text, without its end; and the end, with an exit status. */
	void (*say)(void *arg, const char *line);
	void (*done)(void *arg, int status);
	void *arg;
	uint64_t sent, received, duplicates;
	sea_time began;
	double min_ms, max_ms, sum_ms;
	struct sea_ping_open {
		sea_time at;
		bool answered;
	} open[SEA_PING_OPEN_MAX];
};

/* Begins. 0 or -errno. */
SEA_MUST_USE int sea_ping_start(struct sea_ping *ping, struct sea_host *host,
				const struct sea_ping_config *config);
/* Says the totals, lets go of the socket, and calls done(). */
void sea_ping_finish(struct sea_ping *ping, sea_time now);
/* Lets go of the socket and says nothing more. */
void sea_ping_cancel(struct sea_ping *ping, sea_time now);

#endif
