/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/memfile.h"
#include "sentry-glue/mm/ptab.h"

struct shared {
	struct sea_mappable object;
	struct sea_memfile *file;
	struct sea_ptab pages; /* entries are frames */
	unsigned int refs;
};

static struct shared *shared_of(struct sea_mappable *object)
{
	return (struct shared *)((char *)object - offsetof(struct shared, object));
}

static int shared_page(struct sea_mappable *object, uint64_t page, uint32_t *frame)
{
	struct shared *shared = shared_of(object);
	uint64_t *slot = sea_ptab_slot(&shared->pages, page, true);
	uint32_t got;

	if (!slot)
		return -ENOMEM;
	if (!*slot)
		*slot = sea_memfile_alloc(shared->file, 1, &got);
	if (!*slot)
		return -ENOMEM;
	*frame = (uint32_t)*slot;
	return 0;
}

static void shared_get(struct sea_mappable *object)
{
	shared_of(object)->refs++;
}

static void shared_put(struct sea_mappable *object)
{
	struct shared *shared = shared_of(object);
	uint64_t page = 0, *slot;

	if (--shared->refs)
		return;
	for (; (slot = sea_ptab_next(&shared->pages, &page, SEA_PTAB_PAGES)); page++)
		sea_memfile_put(shared->file, (uint32_t)*slot, 1);
	sea_ptab_fini(&shared->pages);
	free(shared);
}

static const struct sea_mappable_ops shared_ops = {
	.page = shared_page,
	.get = shared_get,
	.put = shared_put,
};

int sea_shared_new(struct sea_memfile *file, struct sea_mappable **object)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return -ENOMEM;
	*shared = (struct shared){ .object = { .ops = &shared_ops }, .file = file, .refs = 1 };
	*object = &shared->object;
	return 0;
}
