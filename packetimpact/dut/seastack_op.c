// SPDX-License-Identifier: Apache-2.0
/* Operations, and the scheduler that steps them while a moment lasts. */
#include <errno.h>
#include <stdlib.h>

#include <seastack/event.h>
#include <seastack/stack.h>

#include "packetimpact/dut/seastack.h"
#include "packetimpact/dut/seastack_wire.h"

/* Work in one moment; more is a stack that does not come to rest. */
#define ROUNDS_MAX 100000u
#define EVENTS 64u

void sea_proc_finish(struct sea_proc_op *op, long result)
{
	op->call->result = result;
	op->finished = true;
}

void sea_proc_op_hold(struct sea_proc_op *op, struct sea_proc_file *file)
{
	struct sea_proc_file **slot = op->file ? &op->other : &op->file;

	file->refs++;
	*slot = file;
}

void sea_proc_op_wait(struct sea_proc_op *op, uint32_t mask, sea_time deadline,
		      void (*step)(struct sea_proc *, struct sea_proc_op *))
{
	op->wait = mask;
	op->deadline = deadline;
	op->step = step;
}

void sea_proc_op_free(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_list_remove(&op->node);
	if (op->drop)
		op->drop(proc, op);
	free(op->more);
	free(op->iov);
	if (op->other)
		sea_proc_file_put(proc, op->other);
	if (op->file)
		sea_proc_file_put(proc, op->file);
	free(op);
}

static bool cares(const struct sea_proc_op *op, const struct sea_proc_file *file, uint32_t mask)
{
	if (op->cares)
		return op->cares(op, file, mask);
	return (file == op->file || file == op->other) && (!mask || mask & op->wait);
}

void sea_proc_wake(struct sea_proc *proc, struct sea_proc_file *file, uint32_t mask)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->pending)
	{
		struct sea_proc_op *op = sea_container(node, struct sea_proc_op, node);

		if (cares(op, file, mask))
			op->woken = true;
	}
	sea_proc_epoll_woken(proc, file, mask);
}

static struct sea_proc_file *file_by_id(const struct sea_proc *proc, uint64_t id)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->files)
	{
		struct sea_proc_file *file = sea_container(node, struct sea_proc_file, node);

		if (file->id == id)
			return file;
	}
	return NULL;
}

/* What happened on sockets wakes who waits for it. */
static bool take_events(struct sea_proc *proc)
{
	struct sea_event ev[EVENTS];
	unsigned n = sea_stack_take_events(proc->stack, ev, EVENTS);

	for (unsigned i = 0; i < n; i++) {
		struct sea_proc_file *file;

		if (ev[i].kind != SEA_EVENT_SOCKET)
			continue;
		file = file_by_id(proc, ev[i].cookie);
		if (file)
			sea_proc_wake(proc, file, ev[i].edge);
	}
	return n;
}

static void end(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_dut_call *call = op->call;

	sea_proc_op_free(proc, op);
	call->ended = sea_proc_time(proc);
	call->done = true;
	proc->call_done = true;
}

/* The first of those that were woken or have waited long enough goes on. */
static bool step_one(struct sea_proc *proc)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->pending)
	{
		struct sea_proc_op *op = sea_container(node, struct sea_proc_op, node);

		if (!op->woken && sea_time_before(proc->now, op->deadline))
			continue;
		op->woken = false;
		op->step(proc, op);
		if (op->finished)
			end(proc, op);
		return true;
	}
	return false;
}

void sea_proc_settle(struct sea_proc *proc)
{
	bool busy = true;

	for (unsigned rounds = 0; busy && rounds < ROUNDS_MAX; rounds++) {
		busy = false;
		if (!sea_time_before(proc->now, sea_stack_deadline(proc->stack))) {
			sea_stack_advance(proc->stack, proc->now);
			busy = true;
		}
		if (sea_proc_wire_drain(proc))
			busy = true;
		if (take_events(proc))
			busy = true;
		else if (step_one(proc))
			busy = true;
	}
}

sea_time sea_proc_next(const struct sea_proc *proc)
{
	sea_time next = sea_stack_deadline(proc->stack);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->pending)
	{
		next = sea_time_min(next, sea_container(node, struct sea_proc_op, node)->deadline);
	}
	return next;
}
