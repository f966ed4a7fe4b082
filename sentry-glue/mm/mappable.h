/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be mapped: something with pages in the memory file, by page number.
 */
#ifndef SEA_SENTRY_MM_MAPPABLE_H
#define SEA_SENTRY_MM_MAPPABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_memfile;
struct sea_mappable;

struct sea_mappable_ops {
	/* The frame of a page, made or read if need be; borrowed. -ENXIO: behind the end, a
	 * SIGBUS; -ENOMEM, -EIO. */
	int (*page)(struct sea_mappable *object, uint64_t page, uint32_t *frame);
	void (*get)(struct sea_mappable *object);
	void (*put)(struct sea_mappable *object);
	/* How many it has; NULL: there is no end. */
	uint64_t (*pages)(struct sea_mappable *object);
	/* Whether its pages never were, and are hardly going to be, changed; NULL: no. */
	bool (*steady)(struct sea_mappable *object);
	/* The guest may write to that page of a shared mapping from now on; NULL: nobody cares. */
	void (*dirty)(struct sea_mappable *object, uint64_t page);
	/* What was written to mappings goes where it is kept: 0 or -errno. NULL: it is there. */
	int (*flush)(struct sea_mappable *object);
	/* For /proc/PID/maps; may be NULL. */
	const char *(*name)(struct sea_mappable *object, char *room, size_t size);
};

struct sea_mappable {
	const struct sea_mappable_ops *ops;
	unsigned int writers; /* areas that share it and may be written to, or made so */
};

/* Anonymous memory that is shared: pages appear as they are touched. One reference. */
SEA_MUST_USE int sea_shared_new(struct sea_memfile *file, struct sea_mappable **object);

#endif
