/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest comes to have an area where islands of its patches lie (mm/island.c). They go first; and
 * since a thread may be about to run what was one, all that run in the space are stopped once.
 */
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/mm/patch.h"

/* Those of the space that have not come out yet; with `ask`, all that are inside are to. */
static bool inside(const struct sea_task *asker, bool ask)
{
	struct sea_kernel *kernel = asker->kernel;
	bool any = false;

	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			if (t->mm != asker->mm || !t->in_guest)
				continue;
			if (ask) {
				t->to_stop = true;
				kernel->platform.ops->kick(t->vcpu);
			}
			any |= t->to_stop;
		}
	}
	return any;
}

void sea_task_stopped(struct sea_task *task)
{
	if (!task->to_stop)
		return;
	task->to_stop = false;
	sea_waitq_wake(&task->kernel->shrinkq);
}

static void wait_for_all(struct sea_task *task)
{
	struct sea_kernel *kernel = task->kernel;
	struct sea_wait wait = { 0 };
	bool any = inside(task, true);

	sea_wait_add(&kernel->shrinkq, &wait, task);
	for (; any && !kernel->lost; any = inside(task, false)) {
		task->asleep = true;
		while (!task->woken)
			pthread_cond_wait(&task->cond, &kernel->lock);
		task->asleep = task->woken = false;
	}
	sea_wait_del(&wait);
	task->woken = true; /* what woke us may have been meant for others: they look again */
}

void sea_task_unpatch(struct sea_task *task, uint64_t addr, uint64_t len)
{
	struct sea_mm *mm = task->mm;
	uint64_t end = addr + len;

	/* What makes no sense is refused by whoever asked. */
	while (end > addr && end <= SEA_GUEST_TOP && !task->kernel->lost &&
	       sea_patch_island(mm, addr, end)) {
		if (sea_patch_clear(mm, task->vcpu, addr, end))
			task->kernel->lost = true;
		mm->clearing++;
		wait_for_all(task);
		if (!--mm->clearing)
			sea_patch_cleared(mm);
	}
}
