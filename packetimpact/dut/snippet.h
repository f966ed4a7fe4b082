/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a device's snippets. Each leads a group, in which what it starts stays, so that all of it can
 * be ended: a snippet that takes too long at once, what others leave in the background with the device.
 *
 *	pid = fork();
 *	if (!pid) {
 *		sea_snippet_child();
 *		execl("/bin/sh", …);
 *	}
 *	status = sea_snippet_wait(&snippets, pid, patience_ms, NULL);
 *	…
 *	sea_snippets_end(&snippets);
 */
#ifndef SEA_PACKETIMPACT_SNIPPET_H
#define SEA_PACKETIMPACT_SNIPPET_H

#include <stddef.h>
#include <sys/types.h>

struct sea_snippets {
	pid_t *groups; /* of those that have ended; their leaders are kept, so that the numbers stay theirs */
	size_t n;
};

/* What is to be done while a snippet runs: `serve` when `fd` is readable. */
struct sea_snippet_server {
	int fd;
	void (*serve)(void *ctx);
	void *ctx;
};

/* In the child, before anything else. */
void sea_snippet_child(void);
/*
 * Its exit status, 128 + the signal that ended it, or -errno: -ETIME where it was ended for taking too long.
 * `server` NULL: there is nothing to be done.
 */
int sea_snippet_wait(struct sea_snippets *snippets, pid_t pid, int patience_ms,
		     const struct sea_snippet_server *server);
void sea_snippets_end(struct sea_snippets *snippets);

/*
 * Groups that must not stay when a signal ends this process: those of snippets are noted by themselves. What a group's
 * leader started would, for the kernel ends only a child with its parent.
 */
void sea_group_begins(pid_t group);
void sea_group_ends(pid_t group);
/* From now on they end with us where one of these signals does: SIGHUP, SIGINT, SIGTERM. */
void sea_groups_end_with_us(void);

#endif
