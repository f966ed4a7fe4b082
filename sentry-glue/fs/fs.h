/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of files that are not just bytes in the tree.
 */
#ifndef SEA_SENTRY_FS_FS_H
#define SEA_SENTRY_FS_FS_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_kernel;
struct sea_node;
struct sea_task;

/* Both ends, one reference each. */
SEA_MUST_USE int sea_pipe_new(struct sea_kernel *kernel, int flags, struct sea_file **reader,
			      struct sea_file **writer);
SEA_MUST_USE int sea_fifo_open(struct sea_node *node, struct sea_file *file);

/* One of the host's descriptors, which stays the caller's: standard input, output, error. */
SEA_MUST_USE int sea_stdio_new(int fd, struct sea_file **file);

/* null, zero, full, random, urandom, tty and the links that belong to a /dev. */
SEA_MUST_USE int sea_dev_fill(struct sea_kernel *kernel, struct sea_node *dev);

/* /proc: /proc/self and what is in it, and a few files that programs look at. */
SEA_MUST_USE int sea_proc_fill(struct sea_kernel *kernel, struct sea_node *proc);

/* Opens a node whose ops make its text. */
SEA_MUST_USE int sea_text_open(struct sea_node *node, struct sea_task *task, struct sea_file *file);

SEA_MUST_USE int sea_eventfd_new(uint64_t value, int flags, struct sea_file **file);

#endif
