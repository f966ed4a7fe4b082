/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of regular files: pages of the memory file. What nobody has looked at yet is still with
 * the host; what was written replaces it, but below --rw (through.h), where it goes there. A page that
 * is missing and not the host's is zero.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/memfile.h"
#include "sentry-glue/vfs/dir.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/through.h"

#define AHEAD 16u
#define SIZE_MAX_ ((uint64_t)SEA_PTAB_PAGES * SEA_PAGE)

static struct sea_node *node_of(struct sea_mappable *object)
{
	return (struct sea_node *)((char *)object - offsetof(struct sea_node, object));
}

/* The descriptor to read it from, or -errno. */
static int host_open(struct sea_node *node)
{
	int fd = node->host_fd, err;

	if (node->through) {
		err = sea_through_open(node, O_RDONLY);
		return err ? err : node->host_fd >= 0 ? node->host_fd : node->host_wfd;
	}
	if (fd < 0)
		fd = sea_hostdir_open(node->host, node->host_name, O_RDONLY);
	node->host_fd = fd < 0 ? -1 : fd;
	return fd;
}

/* Fills `n` fresh frames with what the host has; what is behind its end stays zero. */
static int fill(struct sea_node *node, uint64_t page, uint32_t frame, uint32_t n)
{
	uint64_t pos = page * SEA_PAGE, len = n * SEA_PAGE;
	uint8_t *to = sea_memfile_at(node->memory, frame);
	int fd = host_open(node);

	if (fd < 0)
		return fd;
	if (len > node->host_size - pos)
		len = node->host_size - pos;
	while (len) {
		ssize_t got = pread(fd, to, len, (off_t)pos);

		if (got < 0 && errno != EINTR)
			return -EIO;
		if (!got)
			break; /* someone made it shorter */
		got = got < 0 ? 0 : got;
		to += got;
		pos += (uint64_t)got;
		len -= (uint64_t)got;
	}
	return 0;
}

/* Frames for the page and, where the host has more, for those behind it that are missing. */
static int bring(struct sea_node *node, uint64_t page)
{
	uint64_t host_pages = SEA_PAGE_UP(node->host_size) / SEA_PAGE, *slot;
	uint32_t want = 1, got, frame;
	int err = 0;

	while (want < AHEAD && page + want < host_pages && !sea_ptab_get(&node->pages, page + want))
		want++;
	frame = sea_memfile_alloc(node->memory, want, &got);
	if (!frame)
		return -ENOMEM;
	if (page < host_pages)
		err = fill(node, page, frame, got);
	for (uint32_t i = 0; i < got && !err; i++) {
		slot = sea_ptab_slot(&node->pages, page + i, true);
		err = slot ? 0 : -ENOMEM;
		if (slot)
			*slot = frame + i;
		if (err)
			sea_memfile_put(node->memory, frame + i, got - i);
		if (err && i)
			return 0;
	}
	if (err)
		sea_memfile_put(node->memory, frame, got);
	return err;
}

int sea_data_page(struct sea_node *node, uint64_t page, uint32_t *frame)
{
	int err = 0;

	if (page >= SEA_PTAB_PAGES)
		return -EFBIG;
	if (!sea_ptab_get(&node->pages, page))
		err = bring(node, page);
	if (!err)
		*frame = (uint32_t)sea_ptab_get(&node->pages, page);
	return err;
}

/* Bytes in the page of the last byte, behind it, are zero. */
static int clear_tail(struct sea_node *node, uint64_t size)
{
	uint32_t frame;
	int err;

	if (!(size & SEA_PAGE_MASK))
		return 0;
	err = sea_data_page(node, size / SEA_PAGE, &frame);
	if (!err)
		memset(sea_memfile_at(node->memory, frame) + (size & SEA_PAGE_MASK), 0,
		       SEA_PAGE - (size & SEA_PAGE_MASK));
	return err;
}

int sea_data_resize(struct sea_node *node, uint64_t size)
{
	uint64_t page = SEA_PAGE_UP(size) / SEA_PAGE, *slot;
	int err;

	if (size > SIZE_MAX_)
		return -EFBIG;
	if (node->through)
		return sea_through_resize(node, size);
	if (size < node->size) {
		err = clear_tail(node, size);
		if (err)
			return err;
		for (; (slot = sea_ptab_next(&node->pages, &page, SEA_PTAB_PAGES)); page++) {
			sea_memfile_put(node->memory, (uint32_t)*slot, 1);
			*slot = 0;
		}
		if (node->host_size > size)
			node->host_size = size;
	}
	node->size = size;
	node->altered = true;
	sea_node_touch(node, true);
	return 0;
}

int64_t sea_data_read(struct sea_node *node, void *to, uint64_t len, uint64_t pos)
{
	uint64_t done = 0;

	if (pos >= node->size)
		return 0;
	if (len > node->size - pos)
		len = node->size - pos;
	while (done < len) {
		uint64_t in_page = (pos + done) & SEA_PAGE_MASK, n = SEA_PAGE - in_page;
		uint32_t frame;
		int err = sea_data_page(node, (pos + done) / SEA_PAGE, &frame);

		if (err)
			return done ? (int64_t)done : err;
		n = n < len - done ? n : len - done;
		memcpy((char *)to + done, sea_memfile_at(node->memory, frame) + in_page, n);
		done += n;
	}
	return (int64_t)done;
}

int64_t sea_data_write(struct sea_node *node, const void *from, uint64_t len, uint64_t pos)
{
	uint64_t done = 0;

	node->altered = true;
	if (pos >= SIZE_MAX_ || len > SIZE_MAX_ - pos)
		return -EFBIG;
	if (node->through)
		return sea_through_write(node, from, len, pos);
	while (done < len) {
		uint64_t in_page = (pos + done) & SEA_PAGE_MASK, n = SEA_PAGE - in_page;
		uint32_t frame;
		int err = sea_data_page(node, (pos + done) / SEA_PAGE, &frame);

		if (err)
			return done ? (int64_t)done : err == -ENOMEM ? -ENOSPC : err;
		n = n < len - done ? n : len - done;
		memcpy(sea_memfile_at(node->memory, frame) + in_page, (const char *)from + done, n);
		done += n;
		if (pos + done > node->size)
			node->size = pos + done;
	}
	sea_node_touch(node, true);
	return (int64_t)done;
}

static uint64_t data_pages(struct sea_mappable *object)
{
	return SEA_PAGE_UP(node_of(object)->size) / SEA_PAGE;
}

static int data_page(struct sea_mappable *object, uint64_t page, uint32_t *frame)
{
	struct sea_node *node = node_of(object);

	if (page >= data_pages(object))
		return -ENXIO;
	return sea_data_page(node, page, frame);
}

static void data_get(struct sea_mappable *object)
{
	sea_node_get(node_of(object))->mappings++;
}

static void data_put(struct sea_mappable *object)
{
	struct sea_node *node = node_of(object);

	/* What cannot be written any more is lost: who wants to know asks by msync. */
	if (!--node->mappings && node->through)
		(void)!sea_through_flush(node, false);
	sea_node_put(node);
}

static void data_dirty(struct sea_mappable *object, uint64_t page)
{
	if (node_of(object)->through)
		sea_through_dirty(node_of(object), page);
}

static int data_flush(struct sea_mappable *object)
{
	struct sea_node *node = node_of(object);

	return node->through ? sea_through_flush(node, true) : 0;
}

static bool data_steady(struct sea_mappable *object)
{
	const struct sea_node *node = node_of(object);

	return node->host && !node->altered;
}

const struct sea_mappable_ops sea_data_mappable = {
	.page = data_page,
	.pages = data_pages,
	.steady = data_steady,
	.get = data_get,
	.put = data_put,
	.dirty = data_dirty,
	.flush = data_flush,
};
