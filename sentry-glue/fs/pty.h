/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pseudo-terminals: /dev/ptmx, /dev/pts, and between the two sides the line discipline N_TTY.
 *
 * What the master writes is *input*: it is edited and echoed, and the slave reads it. What the slave
 * writes is *output*: it is converted, and the master reads it. Both are looked at as they come; there
 * is no buffer but those of the line that is read and of what the master has not read yet.
 */
#ifndef SEA_SENTRY_FS_PTY_H
#define SEA_SENTRY_FS_PTY_H

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <seastack/compiler.h>

#include "sentry-glue/fs/tty.h"
#include "sentry-glue/kernel/wait.h"

struct sea_file;
struct sea_file_ops;
struct sea_kernel;
struct sea_node;
struct sea_process;
struct sea_task;

#define SEA_PTYS_MAX 256u       /* ENOSPC, as beyond kernel.pty.max      */
#define SEA_PTY_INPUT 4096u     /* as N_TTY_BUF_SIZE; one stays free     */
#define SEA_PTY_OUTPUT 16384u   /* the slave stops writing at a half     */
#define SEA_PTY_DELIMITER 0x100 /* what ends a line ...                  */
#define SEA_PTY_EOF 0x200       /* ... and is not read: an end of file   */

struct sea_pty_size {
	uint16_t rows, columns, width, height;
};

struct sea_pty {
	struct sea_kernel *kernel;
	struct sea_pty *next;
	unsigned int refs;     /* open files */
	struct sea_node *node; /* the slave's; NULL once the master is closed */
	uint32_t number;
	bool locked, exclusive, master;
	unsigned int slaves; /* open files that no hang-up has cut off */
	bool left;           /* the last of them was closed            */
	uint32_t hangups;    /* files of earlier ones are dead         */
	pid_t sid, pgid;     /* whose controlling terminal it is; 0: nobody's */
	struct sea_pty_size size;
	struct sea_waitq waitq;

	/* The line discipline. */
	struct termios2 modes;
	uint16_t input[SEA_PTY_INPUT]; /* bytes with marks */
	unsigned int in_first, in_n;
	unsigned int edited; /* of those the line that is being typed */
	unsigned int lines;  /* that are complete */
	bool next_literal, erasing, stopped;
	unsigned int column, line_column;
	uint8_t output[SEA_PTY_OUTPUT];
	unsigned int out_first, out_n;
	unsigned int out_held; /* of those came while it was stopped */
	bool packet;
	uint8_t status; /* TIOCPKT_* that the master was not told yet */
};

/* /dev/ptmx and /dev/pts. */
SEA_MUST_USE int sea_pty_fill(struct sea_kernel *kernel, struct sea_node *dev);
/* Another open file of the slave. */
SEA_MUST_USE int sea_pty_slave(struct sea_pty *pty, struct sea_task *task, struct sea_file *file);
/* That which is the controlling terminal of the process, or NULL. */
struct sea_pty *sea_pty_of(struct sea_process *process);
static inline struct sea_ctty sea_pty_ctty(struct sea_pty *pty)
{
	return (struct sea_ctty){ &pty->sid, &pty->pgid };
}
static inline bool sea_pty_full(const struct sea_pty *pty)
{
	return pty->stopped || pty->out_n >= SEA_PTY_OUTPUT / 2;
}

/* --- open files (pty_file.c) --- */

extern const struct sea_file_ops sea_pty_master_ops, sea_pty_slave_ops;
bool sea_pty_dead(const struct sea_file *slave);
struct sea_pty *sea_pty_get(const struct sea_file *file);
SEA_MUST_USE int sea_pty_open_as(struct sea_pty *pty, struct sea_file *file, bool master);
/* There is something to read at that side, for who asked for a signal then. */
void sea_pty_signal(const struct sea_pty *pty, bool master);
/* A file of either side is closed (pty.c). */
void sea_pty_closed(struct sea_pty *pty, bool master, bool dead);

/* --- what may be asked (pty_ioctl.c) --- */

int64_t sea_pty_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg);

/* --- the line discipline (ldisc.c) --- */

void sea_ldisc_init(struct sea_pty *pty);
/* A byte that was typed. */
void sea_ldisc_input(struct sea_pty *pty, uint8_t c);
/* Whether one may be, or is lost. */
bool sea_ldisc_room(const struct sea_pty *pty);
/* A byte that was written, as the modes want it. */
void sea_ldisc_output(struct sea_pty *pty, uint8_t c);
/* Bytes that a read of the slave gets now, up to n of them, out of the queue. In lines, one line at
 * most; *line says that it was there. */
size_t sea_ldisc_take(struct sea_pty *pty, uint8_t *to, size_t n, bool *line);
/* Who got all that was typed before an end of file, and no more, is not told of that. */
void sea_ldisc_skip_end(struct sea_pty *pty);
/* Whether a read finds something; for poll, whether it finds enough. */
bool sea_ldisc_ready(const struct sea_pty *pty, bool poll);
/* Bytes for FIONREAD. */
unsigned int sea_ldisc_waiting(const struct sea_pty *pty);
void sea_ldisc_set(struct sea_pty *pty, const struct termios2 *modes);
void sea_ldisc_flush_input(struct sea_pty *pty);
void sea_ldisc_flush_output(struct sea_pty *pty);
void sea_ldisc_stop(struct sea_pty *pty, bool stop);
/* A byte to the master as it is. */
void sea_ldisc_put(struct sea_pty *pty, uint8_t c);

#endif
