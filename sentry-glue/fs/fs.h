/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of files that are not just bytes in the tree.
 */
#ifndef SEA_SENTRY_FS_FS_H
#define SEA_SENTRY_FS_FS_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "sentry-glue/kernel/wait.h"

struct sea_file;
struct sea_kernel;
struct sea_node;
struct sea_task;

/* One of the host's descriptors, which stays the caller's: standard input, output, error. */
SEA_MUST_USE int sea_stdio_new(int fd, struct sea_file **file);

/* /dev/tty: the terminal of who opens it. */
SEA_MUST_USE int sea_tty_fill(struct sea_node *dev);

/* The pseudo-terminal that controls the task (fs/pty.h); -ENXIO: none does. */
SEA_MUST_USE int sea_pty_own(struct sea_task *task, struct sea_file *file);

/* What seems to be mounted where these are (sea_node.volume). */
#define SEA_VOLUME_PROC 1u
#define SEA_VOLUME_DEV 2u

/* null, zero, full, random, urandom, tty, ptmx, pts and the links that belong to a /dev. */
SEA_MUST_USE int sea_dev_fill(struct sea_kernel *kernel, struct sea_node *dev);

/* /proc: /proc/self and what is in it, and a few files that programs look at. */
SEA_MUST_USE int sea_proc_fill(struct sea_kernel *kernel, struct sea_node *proc);

/* Opens a node whose ops make its text. */
SEA_MUST_USE int sea_text_open(struct sea_node *node, struct sea_task *task, struct sea_file *file);

SEA_MUST_USE int sea_eventfd_new(uint64_t value, int flags, struct sea_file **file);

/* A timer that is read, polled and set; in the kernel's list as long as it is open. */
struct sea_timerfd {
	struct sea_timerfd *next;
	struct sea_kernel *kernel;
	int clock;
	int64_t at, interval; /* CLOCK_MONOTONIC, ns; 0: not armed, once */
	uint64_t expired;
	struct sea_waitq waitq;
};

SEA_MUST_USE int sea_timerfd_new(struct sea_kernel *kernel, int clock, int flags,
				 struct sea_file **file);
/* NULL: the file is none. */
struct sea_timerfd *sea_timerfd_of(struct sea_file *file);
/* ns until it expires next; 0: never. */
int64_t sea_timerfd_left(struct sea_timerfd *timer);
void sea_timerfd_set(struct sea_timerfd *timer, int64_t at, int64_t interval);
/* Wakes who waits for what is due; when the next is. */
int64_t sea_timerfds_fire(struct sea_kernel *kernel, int64_t now);

#endif
