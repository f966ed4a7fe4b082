/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack of one's own in a process: its links, routes and settings; a driver that runs it, and who is
 * called when sockets, clocks or signals say so.
 *
 *	status = sea_host_open(&host, &config);     says what went wrong, and what to do
 *	if (!status)
 *		status = sea_host_run(&host);       until sea_host_stop(), a signal, or no device is left
 *	sea_host_close(&host);
 */
#ifndef SEA_HOST_HOST_H
#define SEA_HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/env.h>
#include <seastack/os.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tools/host/config.h"
#include "tools/host/link.h"
#include "tools/host/watch.h"

/* Called when `due` has come; it sets the next one, or SEA_TIME_NEVER. */
struct sea_ticker {
	sea_time due;
	void (*tick)(struct sea_ticker *ticker, sea_time now);
	struct sea_ticker *next;
};

struct sea_host {
	const struct sea_host_config *config;
	struct sea_stack *stack;
	struct sea_driver *driver;
	struct sea_host_link link[SEA_HOST_LINKS_MAX];
	unsigned links; /* that were opened */
	struct sea_watch watch;
	struct sea_ticker *tickers;
	sea_time started;
	int signal_fd;
	int status; /* what sea_host_run() gives */
	bool stop, interrupted;
	bool gone; /* the last device */
};

/* SEA_EXIT_OK, or the exit status, said; sea_host_close() is due either way. */
int sea_host_open(struct sea_host *host, const struct sea_host_config *config);

/*
 * Runs the stack until no address of ours waits for its duplicate detection any more, which takes a
 * second or two: before that, IPv6 has nothing to speak from. SEA_EXIT_OK, or the exit status, said.
 */
int sea_host_settle(struct sea_host *host);

/* Runs the stack until it is stopped; the exit status. */
int sea_host_run(struct sea_host *host);
void sea_host_stop(struct sea_host *host, int status);

/* Resets what is still connected, ends every watcher, and gives all back. */
void sea_host_close(struct sea_host *host);

SEA_MUST_USE int sea_host_watch(struct sea_host *host, sea_socket sock,
				const struct sea_watcher_ops *ops, struct sea_watcher *watcher);
/* Stops watching and closes the socket. */
void sea_host_unwatch(struct sea_host *host, struct sea_watcher *watcher, sea_time now);

void sea_host_add_ticker(struct sea_host *host, struct sea_ticker *ticker);
void sea_host_del_ticker(struct sea_host *host, struct sea_ticker *ticker);

#endif
