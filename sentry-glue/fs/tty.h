/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Controlling terminals and job control: for the terminal that the sandbox was started with, which is
 * the controlling terminal of the first process's session, and for pseudo-terminals (pty.h). Bytes and
 * modes of the former are the outside's; which group is in the foreground is known here only.
 */
#ifndef SEA_SENTRY_FS_TTY_H
#define SEA_SENTRY_FS_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_kernel;
struct sea_process;
struct sea_task;

/* Of a terminal: the session that it controls, and the group in its foreground; 0: none. */
struct sea_ctty {
	pid_t *sid, *pgid;
};

/* That outside. */
struct sea_ctty sea_tty_outer(struct sea_kernel *kernel);

/* The first process begins in the foreground, if one of the descriptors 0 to 2 is a terminal. */
void sea_tty_init(struct sea_kernel *kernel);

/* Whether it is the process's controlling terminal. */
bool sea_tty_controls(struct sea_ctty tty, const struct sea_process *process);

/* Whether a task may go on that would read (SIGTTIN), write or change (SIGTTOU): 0, or its group
 * was sent the signal and the call begins anew, -SEA_ERESTARTSYS; -EIO: it cannot be stopped. */
SEA_MUST_USE int sea_tty_check(struct sea_task *task, struct sea_ctty tty, int sig);

/* TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCSCTTY, TIOCNOTTY. `from_master`: by the other side of a
 * pseudo-terminal, which need not be controlled to ask. */
int64_t sea_tty_ioctl(struct sea_task *task, const struct sea_file *file, struct sea_ctty tty,
		      bool from_master, uint64_t cmd, uint64_t arg);
bool sea_tty_knows(uint64_t cmd);

/* A leader of a session that has no terminal opens one that controls none. */
void sea_tty_take(struct sea_ctty tty, struct sea_process *process);
/* The process, the leader of its session, has ended. */
void sea_tty_leader_gone(struct sea_process *process);

/* A process has ended: of groups that nobody in their session looks after any more, those with a
 * process that is stopped are hung up. */
void sea_tty_orphans(const struct sea_process *gone);

/* To each process of the group. */
void sea_tty_group(struct sea_kernel *kernel, pid_t pgid, int sig);

/* A signal from the terminal outside, for the foreground group; SIGTSTP may stop us as well. */
void sea_tty_signal(struct sea_kernel *kernel, int sig);

#endif
