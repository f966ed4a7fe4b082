/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens by openat2(2) with RESOLVE_BENEATH: neither ".." nor a symbolic link leads out of the root,
 * however the folder changes meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/http/content.h"
#include "tools/http/listing.h"
#include "tools/http/type.h"

static int open_beneath(int root, const char *path)
{
	struct open_how how = {
		/* A pipe without a writer must not hold us up. */
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

static int status_of(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
		return 403;
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -EXDEV:
	case -ENAMETOOLONG:
	case -ENXIO:
		return 404;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return 503;
	default:
		return 500;
	}
}

static void take_file(struct sea_http_content *content, int fd, const struct stat *st,
		      const char *path)
{
	content->status = 200;
	content->fd = fd;
	content->size = (uint64_t)st->st_size;
	content->modified = st->st_mtim.tv_sec;
	content->type = sea_http_type(path);
	snprintf(content->etag, sizeof(content->etag), "\"%" PRIx64 "-%" PRIx64 "-%lx\"",
		 (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

static void take_listing(struct sea_http_content *content, int fd, const char *path)
{
	int err = sea_http_listing(fd, path, &content->text);

	content->status = err ? status_of(err) : 200;
	content->size = content->text.len;
	content->type = "text/html; charset=utf-8";
}

/* Its index.html, or else what is in it. */
static void take_folder(struct sea_http_content *content, int fd, const char *path)
{
	size_t len = strlen(path);
	struct stat st;
	int index;

	if (len && path[len - 1] != '/' && strcmp(path, ".")) {
		content->status = 301;
		return;
	}
	index = open_beneath(fd, "index.html");
	if (index >= 0 && !fstat(index, &st) && S_ISREG(st.st_mode)) {
		take_file(content, index, &st, "index.html");
		return;
	}
	if (index >= 0)
		close(index);
	take_listing(content, fd, path);
}

void sea_http_content_open(struct sea_http_content *content, int root, const char *path)
{
	struct stat st;
	int fd = open_beneath(root, path);

	*content = (struct sea_http_content){ .fd = -1 };
	if (fd < 0) {
		content->status = status_of(fd);
		return;
	}
	if (fstat(fd, &st))
		content->status = 500;
	else if (S_ISREG(st.st_mode))
		take_file(content, fd, &st, path);
	else if (S_ISDIR(st.st_mode))
		take_folder(content, fd, path);
	else
		content->status = 403;
	if (content->fd != fd)
		close(fd);
}

void sea_http_content_close(struct sea_http_content *content)
{
	if (content->fd >= 0)
		close(content->fd);
	content->fd = -1;
	sea_text_fini(&content->text);
}
