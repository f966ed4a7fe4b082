/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP port that hands over its connections one by one. */
#ifndef SEA_SERVICE_LISTENER_H
#define SEA_SERVICE_LISTENER_H

#include <stdint.h>

#include "tools/host/host.h"

/* The new connection belongs to the function. */
typedef void sea_listener_fn(void *arg, sea_socket sock, sea_time now);

struct sea_listener {
	struct sea_watcher watcher;
	struct sea_host *host;
	sea_listener_fn *accepted;
	void *arg;
};

/* 0 or -errno. */
SEA_MUST_USE int sea_listener_open(struct sea_listener *listener, struct sea_host *host,
				   uint16_t port, sea_listener_fn *accepted, void *arg);

/* A socket bound to a port on every address of ours, of both families. 0 or -errno. */
SEA_MUST_USE int sea_listener_bind(struct sea_host *host, int type, uint16_t port, sea_socket *sock,
				   sea_time now);

#endif
