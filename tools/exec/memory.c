/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a program that waits for its answer. After a read and before a write the call is asked
 * whether it still waits: thread numbers are used again.
 */
#include <errno.h>
#include <string.h>

#include "tools/exec/server.h"

static bool valid(struct sea_exec_call *call)
{
	return call->exec->seat->valid(call->exec->seat_arg, call->id);
}

static bool move(struct sea_exec_call *call, uint64_t at, void *bytes, size_t len, bool write)
{
	const struct sea_exec *exec = call->exec;

	return exec->seat->move(exec->seat_arg, call->tid, at, bytes, len, write);
}

int sea_exec_read(struct sea_exec_call *call, uint64_t at, void *to, size_t len)
{
	if (!len)
		return 0;
	if (!move(call, at, to, len, false))
		return -EFAULT;
	return valid(call) ? 0 : -ESRCH;
}

int sea_exec_write(struct sea_exec_call *call, uint64_t at, const void *from, size_t len)
{
	if (!len)
		return 0;
	if (!valid(call))
		return -ESRCH;
	return move(call, at, (void *)(uintptr_t)from, len, true) ? 0 : -EFAULT;
}

/* A string may end right before memory that is not there, so it is read up to the ends of pages. */
ssize_t sea_exec_string(struct sea_exec_call *call, uint64_t at, char *to, size_t room)
{
	const size_t page = 4096;
	size_t len = 0;

	while (len < room) {
		size_t n = page - (at + len) % page;
		char *end;
		int err;

		if (n > room - len)
			n = room - len;
		err = sea_exec_read(call, at + len, to + len, n);
		if (err)
			return err;
		end = memchr(to + len, '\0', n);
		if (end)
			return end - to;
		len += n;
	}
	return -ENAMETOOLONG;
}

/* -- pieces -- */

static int each_piece(struct sea_exec_call *call, size_t skip, uint8_t *bytes, size_t len,
		      bool write)
{
	const struct sea_exec_message *message = &call->message;

	for (size_t i = 0; i < message->n_iov && len; i++) {
		size_t n = message->iov[i].iov_len;
		uint64_t at = (uint64_t)(uintptr_t)message->iov[i].iov_base;
		int err;

		if (skip >= n) {
			skip -= n;
			continue;
		}
		n -= skip;
		n = n < len ? n : len;
		err = write ? sea_exec_write(call, at + skip, bytes, n)
			    : sea_exec_read(call, at + skip, bytes, n);
		if (err)
			return err;
		skip = 0;
		bytes += n;
		len -= n;
	}
	return 0;
}

int sea_exec_gather(struct sea_exec_call *call, size_t skip, void *to, size_t len)
{
	return each_piece(call, skip, to, len, false);
}

int sea_exec_scatter(struct sea_exec_call *call, size_t skip, const void *from, size_t len)
{
	return each_piece(call, skip, (uint8_t *)(uintptr_t)from, len, true);
}

/* -- addresses -- */

int sea_exec_read_name(struct sea_exec_call *call, uint64_t at, uint64_t len)
{
	int n = (int)len;

	if (n < 0 || (size_t)n > sizeof(call->name))
		return -EINVAL;
	call->name_len = (socklen_t)n;
	return sea_exec_read(call, at, &call->name, (size_t)n);
}

int sea_exec_write_name(struct sea_exec_call *call, uint64_t at, uint64_t len_at)
{
	int room, err;
	size_t len = call->name_len;

	if (!at)
		return 0;
	err = sea_exec_read(call, len_at, &room, sizeof(room));
	if (err)
		return err;
	if (room < 0)
		return -EINVAL;
	if (len > (size_t)room)
		len = (size_t)room;
	if (len > sizeof(call->name))
		len = sizeof(call->name);
	err = sea_exec_write(call, at, &call->name, len);
	return err ? err : sea_exec_write(call, len_at, &call->name_len, sizeof(call->name_len));
}
