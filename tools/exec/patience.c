/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that wait. They go on when the stack says so, or when their time is over. A listener does not
 * tell that a thread was killed, or that a signal is there for it (it sleeps as a killable one, so that
 * nothing is done twice); so those are looked for, soon after a call began to wait, and less often then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exec/server.h"

#define LOOK_MIN (5 * SEA_MSEC)
#define LOOK_MAX (80 * SEA_MSEC)
#define LOOKS 64    /* calls at a time */
#define ASKED 256   /* stand-ins at a time */
#define RESTART 512 /* ERESTARTSYS: the kernel makes EINTR of it, or begins anew */

void sea_exec_step(struct sea_standin *standin, uint32_t edge, sea_time now)
{
	struct sea_exec_call *call, *next;

	for (call = TAILQ_FIRST(&standin->calls); call; call = next) {
		next = TAILQ_NEXT(call, of_standin);
		sea_blocking_step(&call->op, now);
		if (call->op.done)
			call->done(call, now);
	}
	sea_standin_mirror(standin, -1, edge);
}

/* A mask of signals in /proc/PID/status. */
static uint64_t mask_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static pid_t decimal_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? (pid_t)strtol(at + strlen(name), NULL, 10) : 0;
}

enum pending { PENDING_NONE, PENDING_OWN, PENDING_SHARED };

/* Is a signal there for this thread, or for its process? `leads`: the thread is its process's first. */
static enum pending signal_waits(const struct sea_exec_call *call, bool *leads)
{
	char path[32], text[4096];
	uint64_t own, shared, blocked;
	size_t n;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)call->tid);
	status = fopen(path, "re");
	if (!status)
		return PENDING_NONE;
	n = fread(text, 1, sizeof(text) - 1, status);
	fclose(status);
	text[n] = '\0';
	own = mask_of(text, "SigPnd:");
	shared = mask_of(text, "ShdPnd:");
	blocked = mask_of(text, "SigBlk:");
	*leads = decimal_of(text, "Tgid:") == call->tid;
	if (own & ~blocked)
		return PENDING_OWN;
	return shared & ~blocked ? PENDING_SHARED : PENDING_NONE;
}

static void interrupt(struct sea_exec_call *call, bool restart, sea_time now)
{
	restart = restart && call->op.restartable;
	sea_blocking_interrupt(&call->op);
	if (call->op.result == -EINTR && restart && !call->moved && !call->vector_at)
		sea_exec_answer(call, -RESTART);
	else
		call->done(call, now);
}

/*
 * The kernel gives a signal of the process to its first thread, or to another that can take it. So the
 * first is interrupted when one stays, and the others later, in a way that is right without any.
 */
static void interrupt_if_signalled(struct sea_exec_call *call, sea_time now)
{
	bool leads;
	enum pending pending = signal_waits(call, &leads);

	call->shared_looks = pending == PENDING_SHARED ? call->shared_looks + 1 : 0;
	if (pending == PENDING_OWN || (leads && call->shared_looks >= 2))
		interrupt(call, true, now);
	else if (call->shared_looks >= 5)
		interrupt(call, false, now);
}

static void look_at(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec *exec = call->exec;

	if (!exec->seat->valid(exec->seat_arg, call->id)) {
		sea_exec_forget(call);
		return;
	}
	if (!sea_time_before(now, call->op.deadline)) {
		sea_blocking_step(&call->op, now);
		if (call->op.done)
			call->done(call, now);
		return;
	}
	interrupt_if_signalled(call, now);
}

static sea_time next_deadline(const struct sea_exec_server *server)
{
	const struct sea_exec_call *call;
	sea_time due = SEA_TIME_NEVER;

	TAILQ_FOREACH(call, &server->waiting, all)
	due = sea_time_min(due, call->op.deadline);
	return due;
}

static void set_due(struct sea_exec_server *server, sea_time now)
{
	sea_time due = SEA_TIME_NEVER;

	if (!TAILQ_EMPTY(&server->waiting))
		due = sea_time_min(sea_time_add(now, server->interval_ns), next_deadline(server));
	if (!TAILQ_EMPTY(&server->standins.asked))
		due = sea_time_min(due, sea_time_add(now, LOOK_MAX));
	server->patience.due = due;
}

static struct sea_exec_server *server_of(struct sea_ticker *ticker)
{
	return (struct sea_exec_server *)((char *)ticker -
					  offsetof(struct sea_exec_server, patience));
}

/* Those that are looked at go behind the others; one that ended is not there any more. */
static void tick(struct sea_ticker *ticker, sea_time now)
{
	struct sea_exec_server *server = server_of(ticker);
	unsigned n = 0;
	struct sea_exec_call *call, *last = TAILQ_LAST(&server->waiting, sea_exec_calls);

	bool end = !last;

	for (; !end && n < LOOKS; n++) {
		call = TAILQ_FIRST(&server->waiting);
		end = call == last;
		TAILQ_REMOVE(&server->waiting, call, all);
		TAILQ_INSERT_TAIL(&server->waiting, call, all);
		look_at(call, now);
	}
	sea_standin_look(server, ASKED, now);
	if (server->interval_ns < LOOK_MAX)
		server->interval_ns *= 2;
	set_due(server, now);
}

void sea_exec_patience_hurry(struct sea_exec_server *server)
{
	server->interval_ns = LOOK_MIN;
	set_due(server, sea_os_now());
}

void sea_exec_patience_init(struct sea_exec_server *server)
{
	server->patience.due = SEA_TIME_NEVER;
	server->patience.tick = tick;
	server->interval_ns = LOOK_MAX;
	sea_host_add_ticker(server->host, &server->patience);
}
