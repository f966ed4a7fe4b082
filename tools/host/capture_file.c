/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the blocks of the pcapng stream as they are written (type and total length, four bytes
 * each, little-endian), to know where the file may end.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/host/capture_file.h"

/* What may collect between two drains: a turn of the driver takes many super-segments. */
#define BUFFER_MAX (64u << 20)
#define CHUNK (256u << 10)

int sea_capture_file_open(struct sea_capture_file *file, struct sea_link *link, const char *path,
			  uint64_t limit, sea_time now)
{
	struct sea_capture_config config = { .size = sizeof(config), .buffer_max = BUFFER_MAX };
	int err;

	*file = (struct sea_capture_file){ .path = path, .limit = limit };
	file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file->fd < 0)
		return -errno;
	err = sea_wrap_capture(link, &config, &file->wrapper, now);
	if (err)
		close(file->fd);
	return err;
}

/* The header of a block is complete: the rest of it is still to come. */
static void begin_block(struct sea_capture_file *file)
{
	const uint8_t *b = file->header + 4;
	uint32_t total = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;

	file->block_left = total > sizeof(file->header) ? total - sizeof(file->header) : 0;
}

static size_t header_bytes(struct sea_capture_file *file, const uint8_t *bytes, size_t len)
{
	size_t n = sizeof(file->header) - file->header_len;

	if (n > len)
		n = len;
	memcpy(file->header + file->header_len, bytes, n);
	file->header_len += n;
	if (file->header_len == sizeof(file->header))
		begin_block(file);
	return n;
}

size_t sea_capture_file_fit(struct sea_capture_file *file, const uint8_t *bytes, size_t len,
			    uint64_t room)
{
	uint64_t at = file->size;
	size_t done = 0, fit = len;

	while (done < len) {
		size_t n = file->block_left < len - done ? (size_t)file->block_left : len - done;

		if (file->header_len < sizeof(file->header)) {
			n = header_bytes(file, bytes + done, len - done);
		} else {
			file->block_left -= n;
		}
		done += n;
		at += n;
		if (file->header_len < sizeof(file->header) || file->block_left)
			continue;
		file->header_len = 0;
		if (at > room)
			break;
		file->whole = at;
	}
	if (at > room)
		fit = file->whole > file->size ? (size_t)(file->whole - file->size) : 0;
	return fit;
}

/* The capture is over: the file ends with its last whole block. */
static void finish(struct sea_capture_file *file, sea_time now)
{
	sea_wrapper_remove(file->wrapper, now);
	file->wrapper = NULL;
	if (file->size != file->whole && ftruncate(file->fd, (off_t)file->whole))
		sea_say("%s: its last frame is cut short: %s", file->path, sea_say_errno(errno));
	if (close(file->fd))
		sea_say("%s: %s", file->path, sea_say_errno(errno));
}

/* 0 or -errno. */
static int append(struct sea_capture_file *file, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(file->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		file->size += (uint64_t)n;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* False when the capture is over. */
static bool append_blocks(struct sea_capture_file *file, const uint8_t *bytes, size_t len,
			  sea_time now)
{
	uint64_t room = file->limit ? file->limit : UINT64_MAX, before = file->whole;
	size_t fit = sea_capture_file_fit(file, bytes, len, room);
	int err = append(file, bytes, fit);

	if (err) {
		file->whole = before;
		sea_say("the capture %s ends here, the traffic goes on: %s", file->path,
			sea_say_errno(err));
	} else if (fit < len) {
		sea_say("the capture %s has reached its limit of %" PRIu64 " bytes; the traffic "
			"goes on",
			file->path, file->limit);
	}
	if (err || fit < len)
		finish(file, now);
	return !err && fit == len;
}

void sea_capture_file_drain(struct sea_capture_file *file, sea_time now)
{
	static uint8_t chunk[CHUNK];
	size_t n;

	while (file->wrapper && (n = sea_capture_take(file->wrapper, chunk, sizeof(chunk)))) {
		if (!append_blocks(file, chunk, n, now))
			return;
	}
}

void sea_capture_file_close(struct sea_capture_file *file, sea_time now)
{
	uint64_t lost;

	if (!file->wrapper)
		return;
	sea_capture_flush(file->wrapper);
	sea_capture_file_drain(file, now);
	if (!file->wrapper)
		return;
	lost = sea_capture_lost(file->wrapper);
	if (lost)
		sea_say("the capture %s leaves out %" PRIu64 " frames that came too fast for it",
			file->path, lost);
	finish(file, now);
}
