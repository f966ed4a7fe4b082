/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that became shorter, while somebody maps it: what lies behind the end goes away in every
 * address space, and who touches it gets SIGBUS. Only a thread of the space may change its stub; so
 * one that runs is stopped, and whoever made the file shorter waits until none has the pages.
 */
#include <errno.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/node.h"

/* One thread that runs in the space and could see the pages; it is stopped. NULL: none does. */
static struct sea_task *runner(struct sea_kernel *kernel, const struct sea_mm *mm)
{
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			if (t->mm == mm && t->in_guest)
				return t;
		}
	}
	return NULL;
}

static void mark(struct sea_kernel *kernel, struct sea_mappable *object)
{
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			struct sea_task *other;

			if (!t->mm || t->mm->shrunk || !sea_mm_maps(t->mm, object))
				continue;
			t->mm->shrunk = true;
			other = runner(kernel, t->mm);
			if (other)
				kernel->platform.ops->kick(other->vcpu);
		}
	}
}

static bool seen(struct sea_kernel *kernel)
{
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			if (t->in_guest && t->mm->shrunk)
				return true;
		}
	}
	return false;
}

void sea_task_trim(struct sea_task *task)
{
	if (!task->mm->shrunk)
		return;
	task->mm->shrunk = false;
	if (sea_mm_trim(task->mm, task->vcpu))
		task->kernel->lost = true;
	sea_waitq_wake(&task->kernel->shrinkq);
}

void sea_task_shrunk(struct sea_task *task, struct sea_node *node)
{
	struct sea_kernel *kernel = task->kernel;
	struct sea_wait wait = { 0 };

	if (!node->mappings)
		return;
	mark(kernel, &node->object);
	sea_task_trim(task);
	sea_wait_add(&kernel->shrinkq, &wait, task);
	while (seen(kernel) && !kernel->lost) {
		task->asleep = true;
		while (!task->woken)
			pthread_cond_wait(&task->cond, &kernel->lock);
		task->asleep = task->woken = false;
	}
	sea_wait_del(&wait);
	task->woken = true; /* what woke us may have been meant for others: they look again */
}
