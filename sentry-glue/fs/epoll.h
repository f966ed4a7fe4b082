/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoll: a set of open files to wait for, which may be sets themselves. An item is in its file's
 * queue, and wakes who waits for the set, and the sets that this one is in. It is forgotten when its
 * open file goes, which the file knows by its list `watched`. For EPOLLET an item remembers how
 * often its queue had been woken when it last told: there is more to tell when that has changed.
 */
#ifndef SEA_SENTRY_FS_EPOLL_H
#define SEA_SENTRY_FS_EPOLL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_task;

SEA_MUST_USE int sea_epoll_new(struct sea_file **file);
bool sea_epoll_is(const struct sea_file *file);

/* -EEXIST, -ENOENT, -EPERM, -EINVAL, -ELOOP, -ENOMEM as epoll_ctl. */
SEA_MUST_USE int sea_epoll_ctl(struct sea_task *task, struct sea_file *epoll, int op, int fd,
			       struct sea_file *file, const struct epoll_event *event);
/* At most max events; 0 when the time is up, -EINTR. */
int64_t sea_epoll_wait(struct sea_task *task, struct sea_file *epoll, struct epoll_event *events,
		       unsigned int max, int64_t deadline);
/* The file goes. */
void sea_epoll_forget(struct sea_file *file);

#endif
