/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals from open files: who owns one (F_SETOWN), which signal it sends (F_SETSIG), and whether
 * it sends any when there is something to read or room to write (O_ASYNC).
 */
#ifndef SEA_SENTRY_KERNEL_ASYNC_H
#define SEA_SENTRY_KERNEL_ASYNC_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_kernel;
struct sea_task;

struct sea_async {
	struct sea_async *next, **link; /* of those that send; link NULL: it does not */
	struct sea_file *file;
	int fd;   /* by which that was asked for */
	int sig;  /* 0: SIGIO, which says nothing of what happened */
	int type; /* F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP */
	int32_t id;
	uint32_t uid, euid; /* of who said so */
};

/* Of any file, which sends nothing yet. NULL: no memory. */
struct sea_async *sea_async_of(struct sea_file *file);
/* id 0: nobody. -ESRCH. */
SEA_MUST_USE int sea_async_own(struct sea_task *task, struct sea_file *file, int type, int32_t id);
/* That is the task's process, if there is no other owner. */
SEA_MUST_USE int sea_async_own_first(struct sea_task *task, struct sea_file *file);
/* Who owns it and is there: 0, nobody. */
int32_t sea_async_owner(const struct sea_task *task, const struct sea_file *file);
/* O_ASYNC, of a file whose ops can. */
SEA_MUST_USE int sea_async_set(struct sea_task *task, struct sea_file *file, int fd, bool on);
/* The file goes. */
void sea_async_forget(struct sea_file *file);

/* Signals for all that send and that `is` says so of; `band` is POLL_IN, POLL_OUT, POLL_HUP. */
void sea_async_tell(struct sea_kernel *kernel,
		    bool (*is)(const struct sea_file *file, const void *what), const void *what,
		    int band);
/* The owner's signal of this one file, whether it sends or not. */
void sea_async_send(struct sea_kernel *kernel, const struct sea_async *async, int band);
/* SIGURG, to the owner, if there is one. */
void sea_async_urgent(struct sea_kernel *kernel, const struct sea_file *file);

#endif
