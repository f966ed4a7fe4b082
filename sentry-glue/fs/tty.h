/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Job control on the terminal that the sandbox was started with: it is the controlling terminal of
 * the first process's session. Bytes and modes are the outside's; which group of the sandbox is in
 * the foreground is known here only.
 */
#ifndef SEA_SENTRY_FS_TTY_H
#define SEA_SENTRY_FS_TTY_H

#include <stdint.h>

#include <seastack/compiler.h>

struct sea_kernel;
struct sea_task;

/* The first process begins in the foreground, if one of the descriptors 0 to 2 is a terminal. */
void sea_tty_init(struct sea_kernel *kernel);

/* Whether a task may go on that would read (SIGTTIN), write or change (SIGTTOU): 0, or its group
 * was sent the signal and the call begins anew, -SEA_ERESTARTSYS; -EIO: it cannot be stopped. */
SEA_MUST_USE int sea_tty_check(struct sea_task *task, int sig);

/* TIOCGPGRP, TIOCSPGRP, TIOCGSID. */
int64_t sea_tty_ioctl(struct sea_task *task, uint64_t cmd, uint64_t arg);

/* A signal from the terminal outside, for the foreground group; SIGTSTP may stop us as well. */
void sea_tty_signal(struct sea_kernel *kernel, int sig);

#endif
