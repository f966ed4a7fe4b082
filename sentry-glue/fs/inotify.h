/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inotify: sets of watches on nodes, each set with a queue of what happened to them. A watch does
 * not keep its node: it goes with it, and says so. Who has a directory watched is told of what is
 * in it by the name under which that was looked up last.
 */
#ifndef SEA_SENTRY_FS_INOTIFY_H
#define SEA_SENTRY_FS_INOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/inotify.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_kernel;
struct sea_node;

#define SEA_INOTIFY_EVENTS_MAX 16384u     /* fs.inotify.max_queued_events, of a set       */
#define SEA_INOTIFY_SETS_MAX 128u         /* fs.inotify.max_user_instances                */
#define SEA_INOTIFY_WATCHES_MAX 65536u    /* fs.inotify.max_user_watches                  */
#define SEA_INOTIFY_BYTES_MAX (64u << 20) /* of all queues together; past it: Q_OVERFLOW  */

/* -EMFILE, -ENOMEM. */
SEA_MUST_USE int sea_inotify_new(struct sea_kernel *kernel, int flags, struct sea_file **file);
bool sea_inotify_is(const struct sea_file *file);
/* The number of the watch; -EEXIST, -ENOSPC, -ENOMEM. */
int32_t sea_inotify_add(struct sea_file *file, struct sea_node *node, uint32_t mask);
/* -EINVAL: there is none of that number. */
SEA_MUST_USE int sea_inotify_remove(struct sea_file *file, int32_t wd);

/* What happened to a node: for who watches it, and for who watches the directory that it is in. */
void sea_notify(struct sea_node *node, uint32_t mask);
/* The same of what an open file was used for; of pipes nothing is told. */
void sea_notify_file(const struct sea_file *file, uint32_t mask);
/* For who watches the node itself only. */
void sea_notify_self(struct sea_node *node, uint32_t mask);
/* That a name came or went. */
void sea_notify_name(struct sea_node *dir, uint32_t mask, const char *name, uint32_t cookie);
/* A name became another; `what` is what has it now. */
void sea_notify_move(struct sea_kernel *kernel, struct sea_node *from, const char *from_name,
		     struct sea_node *to, const char *to_name, const struct sea_node *what);
/* The node's last use ends; its watches end with it. */
void sea_notify_gone(struct sea_node *node);

#endif
