/* SPDX-License-Identifier: Apache-2.0 */
/* A file is there whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/http/download.h"

static bool to_stdout(const struct sea_download *download)
{
	return !strcmp(download->path, "-");
}

int sea_download_open(struct sea_download *download, const char *path)
{
	int len;

	*download = (struct sea_download){ .fd = -1, .path = path };
	if (to_stdout(download)) {
		download->fd = STDOUT_FILENO;
		return 0;
	}
	len = snprintf(download->part, sizeof(download->part), "%s.part", path);
	if (len < 0 || (size_t)len >= sizeof(download->part))
		return -ENAMETOOLONG;
	download->fd = open(download->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return download->fd < 0 ? -errno : 0;
}

int sea_download_write(struct sea_download *download, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(download->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		download->written += (uint64_t)n;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int sea_download_finish(struct sea_download *download)
{
	int err = 0;

	if (download->fd < 0 || to_stdout(download))
		return 0;
	/* Some file systems tell of a full disk only now. */
	if (close(download->fd) || rename(download->part, download->path)) {
		err = -errno;
		unlink(download->part);
	}
	download->fd = -1;
	return err;
}

void sea_download_abandon(struct sea_download *download)
{
	if (download->fd < 0 || to_stdout(download))
		return;
	close(download->fd);
	unlink(download->part);
	download->fd = -1;
}
