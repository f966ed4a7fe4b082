/* SPDX-License-Identifier: Apache-2.0 */
/* What files below --rw are like, and their contents. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/mm/memfile.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/through.h"

/* Beside the frame, in an entry of `pages`: a mapping may write to it. */
#define DIRTY (1ull << 32)

/* Forgets pages from that one on: they are with the host. */
static void forget_pages(struct sea_node *node, uint64_t page)
{
	uint64_t *slot;

	for (; (slot = sea_ptab_next(&node->pages, &page, SEA_PTAB_PAGES)); page++) {
		sea_memfile_put(node->memory, (uint32_t)*slot, 1);
		*slot = 0;
	}
}

static void take_contents(struct sea_node *node, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	bool same = node->size == size && node->host_mtime.tv_sec == st->st_mtim.tv_sec &&
		    node->host_mtime.tv_nsec == st->st_mtim.tv_nsec;

	if (!same && !node->mappings)
		forget_pages(node, 0);
	else if (size < node->size)
		forget_pages(node, SEA_PAGE_UP(size) / SEA_PAGE);
	node->size = node->host_size = size;
	node->host_mtime = st->st_mtim;
}

void sea_through_take(struct sea_node *node, const struct stat *st)
{
	node->btime = (struct timespec){ 0 };
	node->mode = st->st_mode;
	node->uid = st->st_uid;
	node->gid = st->st_gid;
	node->nlink = (uint32_t)st->st_nlink;
	node->atime = st->st_atim;
	node->mtime = st->st_mtim;
	node->ctime = st->st_ctim;
	node->host_dev = st->st_dev;
	node->host_ino = st->st_ino;
	if (S_ISREG(st->st_mode))
		take_contents(node, st);
}

static int opened_fd(const struct sea_node *node)
{
	return node->host_wfd >= 0 ? node->host_wfd : node->host_fd;
}

/* 0: `st` is of this very file. */
static int ask(struct sea_node *node, struct stat *st)
{
	int err;

	if (S_ISDIR(node->mode))
		err = sea_hostdir_stat(node->host, ".", st);
	else if (opened_fd(node) >= 0)
		err = fstat(opened_fd(node), st) ? -errno : 0;
	else
		err = sea_hostdir_stat(node->host, node->host_name, st);
	if (!err && node->host_ino &&
	    (st->st_dev != node->host_dev || st->st_ino != node->host_ino))
		err = -ESTALE;
	return err;
}

void sea_through_renew(struct sea_node *node)
{
	struct stat st;

	if (node->through && !ask(node, &st))
		sea_through_take(node, &st);
}

static const char *name_of(const struct sea_node *node)
{
	return S_ISDIR(node->mode) ? NULL : node->host_name;
}

int sea_through_chmod(struct sea_node *node, uint32_t mode)
{
	int err = opened_fd(node) >= 0 ? (fchmod(opened_fd(node), mode & 07777) ? -errno : 0)
				       : sea_hostdir_chmod(node->host, name_of(node), mode);

	sea_through_renew(node);
	return err;
}

int sea_through_chown(struct sea_node *node, uint32_t uid, uint32_t gid)
{
	int err = opened_fd(node) >= 0
			  ? (fchownat(opened_fd(node), "", uid, gid, AT_EMPTY_PATH) ? -errno : 0)
			  : sea_hostdir_chown(node->host, name_of(node), uid, gid);

	sea_through_renew(node);
	return err;
}

int sea_through_utimes(struct sea_node *node, const struct timespec times[2])
{
	int err = opened_fd(node) >= 0 ? (futimens(opened_fd(node), times) ? -errno : 0)
				       : sea_hostdir_utimes(node->host, name_of(node), times);

	sea_through_renew(node);
	return err;
}

static int open_checked(struct sea_node *node, int access)
{
	int fd = sea_hostdir_open(node->host, node->host_name, access);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) || st.st_dev != node->host_dev || st.st_ino != node->host_ino) {
		close(fd);
		return -ESTALE;
	}
	return fd;
}

/* A file that is written to may have to be read, too, for what a mapping of it shows. */
static int open_to_write(struct sea_node *node)
{
	int fd = open_checked(node, O_RDWR);

	return fd == -EACCES ? open_checked(node, O_WRONLY) : fd;
}

int sea_through_open(struct sea_node *node, int access)
{
	int fd;

	if (access != O_RDONLY && node->host_wfd < 0) {
		fd = open_to_write(node);
		if (fd < 0)
			return fd;
		node->host_wfd = fd;
	}
	if (access != O_WRONLY && node->host_fd < 0) {
		fd = open_checked(node, O_RDONLY);
		/* Who has made it may read it, whatever its mode. */
		if (fd < 0 && node->host_wfd < 0)
			return fd;
		node->host_fd = fd < 0 ? -1 : fd;
	}
	return 0;
}

void sea_through_close(struct sea_node *node)
{
	if (node->host_fd >= 0)
		close(node->host_fd);
	if (node->host_wfd >= 0)
		close(node->host_wfd);
	node->host_fd = node->host_wfd = -1;
}

/* To the host alone. */
static int64_t put(struct sea_node *node, const uint8_t *from, uint64_t len, uint64_t pos)
{
	uint64_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(node->host_wfd, from + done, len - done, (off_t)(pos + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return done ? (int64_t)done : n ? -errno : -EIO;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

/* What of it we have pages of. */
static void refresh_pages(struct sea_node *node, const uint8_t *from, uint64_t len, uint64_t pos)
{
	for (uint64_t done = 0, n; done < len; done += n) {
		uint64_t in_page = (pos + done) & SEA_PAGE_MASK;
		uint64_t entry = sea_ptab_get(&node->pages, (pos + done) / SEA_PAGE);

		n = SEA_PAGE - in_page < len - done ? SEA_PAGE - in_page : len - done;
		if (entry)
			memcpy((uint8_t *)sea_memfile_at(node->memory, (uint32_t)entry) + in_page,
			       from + done, n);
	}
}

int64_t sea_through_write(struct sea_node *node, const void *from, uint64_t len, uint64_t pos)
{
	int err = sea_through_open(node, O_WRONLY);
	int64_t n = err ? err : put(node, from, len, pos);

	if (n <= 0)
		return n;
	refresh_pages(node, from, (uint64_t)n, pos);
	if (pos + (uint64_t)n > node->size)
		node->size = node->host_size = pos + (uint64_t)n;
	return n;
}

/* In the last page, what lies behind the end is zero. */
static void clear_tail(struct sea_node *node)
{
	uint64_t entry = sea_ptab_get(&node->pages, node->size / SEA_PAGE);
	uint64_t in_page = node->size & SEA_PAGE_MASK;

	if (entry)
		memset((uint8_t *)sea_memfile_at(node->memory, (uint32_t)entry) + in_page, 0,
		       SEA_PAGE - in_page);
}

int sea_through_resize(struct sea_node *node, uint64_t size)
{
	int err = sea_through_open(node, O_WRONLY);

	if (!err && ftruncate(node->host_wfd, (off_t)size))
		err = -errno;
	if (err)
		return err;
	if (size < node->size)
		forget_pages(node, SEA_PAGE_UP(size) / SEA_PAGE);
	node->size = node->host_size = size;
	clear_tail(node);
	return 0;
}

void sea_through_dirty(struct sea_node *node, uint64_t page)
{
	uint64_t *slot = sea_ptab_slot(&node->pages, page, false);

	if (slot && *slot)
		*slot |= DIRTY;
}

int sea_through_flush(struct sea_node *node, bool sync)
{
	uint64_t page = 0, end = SEA_PAGE_UP(node->size) / SEA_PAGE, *slot;
	int err = 0;

	for (; (slot = sea_ptab_next(&node->pages, &page, end)); page++) {
		uint64_t pos = page * SEA_PAGE, len = node->size - pos;
		int64_t n;

		if (!(*slot & DIRTY))
			continue;
		len = len < SEA_PAGE ? len : SEA_PAGE;
		n = node->host_wfd < 0
			    ? -EBADF
			    : put(node, sea_memfile_at(node->memory, (uint32_t)*slot), len, pos);
		if (n < (int64_t)len)
			err = n < 0 ? (int)n : -EIO;
		/* While it is mapped, the next write to it is not seen. */
		if (!err && !node->mappings)
			*slot &= ~DIRTY;
	}
	if (!err && sync && opened_fd(node) >= 0 && fsync(opened_fd(node)))
		err = -errno;
	return err;
}
