/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Futexes. A word is known by the frame that it is in if the memory is shared, else by its space
 * and address: a private page may change its frame under a waiter, when it is copied on write.
 */
#include <errno.h>
#include <stddef.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/mm/mappable.h"

#define BUCKETS 256u

struct key {
	const void *space; /* a space, or an object */
	uint64_t where;    /* an address, or an offset */
};

struct waiter {
	struct waiter *next, **link;
	struct key key;
	uint32_t bitset;
	struct sea_task *task;
	bool woken;
};

static struct waiter *buckets[BUCKETS];

static struct waiter **bucket_of(const struct key *key)
{
	return &buckets[(key->where / 4 ^ (uint64_t)(uintptr_t)key->space / 64) % BUCKETS];
}

static bool same(const struct key *a, const struct key *b)
{
	return a->space == b->space && a->where == b->where;
}

static void enter(struct waiter *w)
{
	struct waiter **link = bucket_of(&w->key);

	while (*link) /* the longest waiter is woken first */
		link = &(*link)->next;
	w->next = NULL;
	w->link = link;
	*link = w;
}

static void leave(struct waiter *w)
{
	if (!w->link)
		return;
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	w->link = NULL;
}

static int key_of(struct sea_task *task, uint64_t addr, bool shared, struct key *key)
{
	struct sea_vma *vma;

	if (addr & 3)
		return -EINVAL;
	vma = sea_vma_find(&task->mm->vmas, addr);
	*key = (struct key){ task->mm, addr };
	if (addr >= SEA_GUEST_TOP)
		return -EFAULT;
	if (shared && (!vma || vma->start > addr))
		return -EFAULT;
	if (shared && vma->shared && vma->object)
		*key = (struct key){ vma->object, vma->offset + (addr - vma->start) };
	return 0;
}

int64_t sea_futex_wait(struct sea_task *task, uint64_t addr, uint32_t value, uint32_t bitset,
		       int64_t deadline, bool shared)
{
	struct waiter w = { .bitset = bitset, .task = task };
	uint32_t now;
	int err = key_of(task, addr, shared, &w.key);

	if (err)
		return err;
	if (!bitset)
		return -EINVAL;
	if (sea_mm_read(task->mm, addr, &now, sizeof(now)))
		return -EFAULT;
	if (now != value)
		return -EAGAIN;
	enter(&w);
	do {
		err = sea_task_sleep(task, deadline, NULL, 0);
	} while (!w.woken && !err);
	leave(&w);
	return w.woken ? 0 : err == -EINTR ? -SEA_ERESTARTSYS : err;
}

int64_t sea_futex_wake(struct sea_task *task, uint64_t addr, uint32_t n, uint32_t bitset,
		       bool shared)
{
	struct waiter *w, *next;
	struct key key;
	int64_t woken = 0;
	int err = key_of(task, addr, shared, &key);

	if (err)
		return err;
	if (!bitset)
		return -EINVAL;
	for (w = *bucket_of(&key); w && woken < n; w = next) {
		next = w->next;
		if (!same(&w->key, &key) || !(w->bitset & bitset))
			continue;
		leave(w);
		w->woken = true;
		sea_task_wake(w->task);
		woken++;
	}
	return woken;
}

int64_t sea_futex_requeue(struct sea_task *task, uint64_t addr, uint32_t wake, uint32_t move,
			  uint64_t to, const uint32_t *expect, bool shared)
{
	struct waiter *w, *next;
	struct key from_key, to_key;
	int64_t woken;
	uint32_t now, moved = 0;

	if (key_of(task, to, shared, &to_key) || key_of(task, addr, shared, &from_key))
		return -EINVAL;
	if (sea_mm_read(task->mm, addr, &now, sizeof(now)))
		return -EFAULT;
	if (expect && now != *expect)
		return -EAGAIN;
	woken = sea_futex_wake(task, addr, wake, ~0u, shared);
	for (w = *bucket_of(&from_key); w && moved < move; w = next) {
		next = w->next;
		if (!same(&w->key, &from_key))
			continue;
		leave(w);
		w->key = to_key;
		enter(w);
		moved++;
	}
	return woken < 0 ? woken : expect ? woken + moved : woken;
}
