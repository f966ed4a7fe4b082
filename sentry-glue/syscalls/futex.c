/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/futex.h>

#include "sentry-glue/syscalls/sys.h"

#define NSEC 1000000000ll
#define COMMAND 0x7fu /* without the flags */

/* Timeouts: of FUTEX_WAIT from now, of the others a point on the clock that the flag names. */
static int deadline_of(struct sea_task *task, const uint64_t *a, int64_t *deadline)
{
	uint64_t op = a[1] & COMMAND;
	struct timespec ts, now;
	int err;

	if (!a[3] || op == FUTEX_WAIT)
		return sea_arg_deadline(task, a[3], deadline);
	err = sea_arg_timespec(task, a[3], &ts);
	if (err)
		return err;
	clock_gettime(a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
	*deadline = ts.tv_sec - now.tv_sec > 1000000000
			    ? SEA_NEVER
			    : sea_clock_now() + (ts.tv_sec - now.tv_sec) * NSEC + ts.tv_nsec -
				      now.tv_nsec;
	return 0;
}

static uint32_t changed(uint32_t op, uint32_t old, uint32_t arg)
{
	switch (op & 7) {
	case FUTEX_OP_SET:
		return arg;
	case FUTEX_OP_ADD:
		return old + arg;
	case FUTEX_OP_OR:
		return old | arg;
	case FUTEX_OP_ANDN:
		return old & ~arg;
	}
	return old ^ arg;
}

static bool holds(uint32_t cmp, int32_t old, int32_t arg)
{
	switch (cmp) {
	case FUTEX_OP_CMP_EQ:
		return old == arg;
	case FUTEX_OP_CMP_NE:
		return old != arg;
	case FUTEX_OP_CMP_LT:
		return old < arg;
	case FUTEX_OP_CMP_LE:
		return old <= arg;
	case FUTEX_OP_CMP_GT:
		return old > arg;
	}
	return old >= arg;
}

static int32_t sign12(uint32_t field)
{
	return (int32_t)(field << 20) >> 20;
}

/* Changes the second word, and wakes its waiters where its old value is as asked for. */
static int64_t wake_op(struct sea_task *task, const uint64_t *a, bool shared)
{
	uint32_t code = (uint32_t)a[5], op = code >> 28, cmp = code >> 24 & 15, old, new;
	int32_t oparg = sign12(code >> 12 & 0xfff), cmparg = sign12(code & 0xfff);
	size_t n = sizeof(old);
	int64_t woken, more;
	uint32_t *word;

	if (a[4] & 3 || a[0] & 3)
		return -EINVAL;
	if ((op & 7) > FUTEX_OP_XOR || cmp > FUTEX_OP_CMP_GE)
		return -ENOSYS;
	if (op & FUTEX_OP_OPARG_SHIFT)
		oparg = (int32_t)(1u << (oparg & 31));
	word = sea_mm_window(task->mm, task->vcpu, a[4], &n, true);
	if (!word)
		return -EFAULT;
	old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	do {
		new = changed(op, old, (uint32_t)oparg);
	} while (!__atomic_compare_exchange_n(word, &old, new, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	woken = sea_futex_wake(task, a[0], (uint32_t)a[2], ~0u, shared);
	if (woken < 0 || !holds(cmp, (int32_t)old, cmparg))
		return woken;
	more = sea_futex_wake(task, a[4], (uint32_t)a[3], ~0u, shared);
	return more < 0 ? more : woken + more;
}

int64_t sea_sys_futex(struct sea_task *task, const uint64_t *a)
{
	uint32_t expect = (uint32_t)a[5], op = (uint32_t)a[1] & COMMAND;
	bool shared = !(a[1] & FUTEX_PRIVATE_FLAG);
	int64_t deadline = SEA_NEVER;
	int err = 0;

	if (op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET)
		err = deadline_of(task, a, &deadline);
	if (err)
		return err;
	if ((op == FUTEX_REQUEUE || op == FUTEX_CMP_REQUEUE) &&
	    ((int32_t)a[2] < 0 || (int32_t)a[3] < 0))
		return -EINVAL;
	switch (op) {
	case FUTEX_WAIT:
		return sea_futex_wait(task, a[0], (uint32_t)a[2], ~0u, deadline, shared);
	case FUTEX_WAIT_BITSET:
		return sea_futex_wait(task, a[0], (uint32_t)a[2], (uint32_t)a[5], deadline, shared);
	case FUTEX_WAKE:
		return sea_futex_wake(task, a[0], (uint32_t)a[2], ~0u, shared);
	case FUTEX_WAKE_BITSET:
		return sea_futex_wake(task, a[0], (uint32_t)a[2], (uint32_t)a[5], shared);
	case FUTEX_REQUEUE:
		return sea_futex_requeue(task, a[0], (uint32_t)a[2], (uint32_t)a[3], a[4], NULL,
					 shared);
	case FUTEX_CMP_REQUEUE:
		return sea_futex_requeue(task, a[0], (uint32_t)a[2], (uint32_t)a[3], a[4], &expect,
					 shared);
	case FUTEX_WAKE_OP:
		return wake_op(task, a, shared);
	}
	return -ENOSYS;
}

int64_t sea_sys_get_robust_list(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = (int32_t)a[0] ? sea_task_find(task->kernel, (int32_t)a[0])
						  : task;
	const uint64_t size = 24; /* struct robust_list_head */

	if (!of)
		return -ESRCH;
	if (of->process != task->process && task->process->creds.euid &&
	    task->process->creds.euid != of->process->creds.uid)
		return -EPERM;
	if (sea_arg_write(task, a[2], &size, sizeof(size)))
		return -EFAULT;
	return sea_arg_write(task, a[1], &of->robust_list, sizeof(of->robust_list));
}
