/* SPDX-License-Identifier: Apache-2.0 */
/* What a running stack tells about itself, as text for people or as JSON (one object, one line). */
#ifndef SEA_CONTROL_REPORT_H
#define SEA_CONTROL_REPORT_H

#include <stdbool.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/socket.h>

#include "tools/cli/json.h"
#include "tools/cli/text.h"
#include "tools/host/host.h"

/* Links, faults, memory, and every counter that is not zero (JSON: every counter). */
void sea_report_stat(struct sea_host *host, const char *name, bool json, struct sea_text *to);
/* The same for Prometheus, every counter and every drop reason included. */
void sea_report_prometheus(struct sea_host *host, const char *name, struct sea_text *to);
/* Every drop reason that was given (JSON: every reason). */
void sea_report_drops(struct sea_host *host, bool json, struct sea_text *to);

/*
 * A list, a helping at a time, so that frames need not wait for a long one: begin with all zero but
 * for what is wanted, and call until it returns false. JSON: one array over all calls.
 */
struct sea_report_walk {
	bool as_json;
	bool all;       /* what is left out otherwise, too */
	uint8_t family; /* only this one; 0: both */
	uint64_t cursor;
	struct sea_route_cursor routes;
	bool begun;
	struct sea_json json;
};

typedef bool sea_report_list(struct sea_host *host, struct sea_report_walk *walk,
			     struct sea_text *to);

sea_report_list sea_report_sockets;
/*
 * Every socket as a line of words, for `seastack top`, and never as JSON: a number that is its own (hexadecimal;
 * 0: it has none), protocol, state, bytes received and acknowledged since its beginning, congestion control (-: it is
 * none of TCP, or is not measured: it stands for what has no program), RTT in us, window in segments, segments that
 * were sent again, bytes in its queues (as `sockets`), drops, local, peer.
 */
sea_report_list sea_report_flows;
sea_report_list sea_report_routes; /* of the table main; all: of every table */
sea_report_list sea_report_neigh;  /* all: also those that need no looking for */
sea_report_list sea_report_addrs;

/* walk.c: what those share. */
#define SEA_REPORT_HELPING 256
#define SEA_REPORT_PREFIX_MAX (SEA_ADDR_TEXT_MAX + 4)

void sea_report_walk_begin(struct sea_report_walk *walk, struct sea_text *to);
/* False, for the list to give. */
bool sea_report_walk_end(struct sea_report_walk *walk, struct sea_text *to);
bool sea_report_wants(const struct sea_report_walk *walk, uint8_t family);
/* The name of a link; returns `name`. */
char *sea_report_device(struct sea_host *host, int ifindex, char name[SEA_IFNAMSIZ]);
const char *sea_report_scope(enum sea_scope scope);

/* sockets.c: how a socket is called. The last returns `text`. */
#define SEA_REPORT_ENDPOINT_MAX 72
const char *sea_report_protocol(const struct sea_socket_info *info);
const char *sea_report_state(const struct sea_socket_info *info);
char *sea_report_endpoint(struct sea_host *host, const struct sea_socket_info *info,
			  const struct sockaddr_storage *at, char text[SEA_REPORT_ENDPOINT_MAX]);

#endif
