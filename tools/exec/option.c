/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options: their values travel through a copy. Those that mean the program's memory, which the stack cannot
 * reach, are refused before it sees them.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "tools/exec/server.h"

#define VALUE_MAX 65536

static struct sea_stack *stack_of(const struct sea_exec_call *call)
{
	return call->exec->server->host->stack;
}

/* A value with a pointer, or one that lends memory, which here would be a copy that is gone at once. */
static bool is_refused(int level, int name)
{
	return level == SOL_SOCKET && (name == SO_ATTACH_FILTER ||
				       name == SO_ATTACH_REUSEPORT_CBPF || name == SO_ZEROCOPY);
}

void sea_exec_getsockopt(struct sea_exec_call *call, sea_time now)
{
	int level = (int)call->arg[1], name = (int)call->arg[2], room = 0, err;
	uint8_t value[VALUE_MAX] = { 0 };
	socklen_t len;

	if (!sea_exec_find_socket(call))
		return;
	err = sea_exec_read(call, call->arg[4], &room, sizeof(room));
	if (!err && room < 0)
		err = -EINVAL;
	if (!err && sea_exec_asks_keys(level, name, room)) {
		sea_exec_answer(call, sea_exec_get_keys(call, stack_of(call), room, now));
		return;
	}
	len = (socklen_t)(room < VALUE_MAX ? room : VALUE_MAX);
	/* Some answers depend on what is there; what is not there need not be readable. */
	if (!err && sea_exec_read(call, call->arg[3], value, len) == -ESRCH)
		err = -ESRCH;
	if (!err)
		err = sea_socket_getsockopt(stack_of(call), call->standin->watcher.sock, level,
					    name, call->arg[3] ? value : NULL, &len, now);
	if (!err)
		err = sea_exec_write(call, call->arg[3], value, len < VALUE_MAX ? len : VALUE_MAX);
	if (!err)
		err = sea_exec_write(call, call->arg[4], &len, sizeof(len));
	sea_exec_answer(call, err);
}

/* IPV6_FLOWLABEL_MGR, which asks for any label, is told which. */
static int write_back(struct sea_exec_call *call, const uint8_t *before, const uint8_t *after,
		      size_t len)
{
	return memcmp(before, after, len) ? sea_exec_write(call, call->arg[3], after, len) : 0;
}

void sea_exec_setsockopt(struct sea_exec_call *call, sea_time now)
{
	int level = (int)call->arg[1], name = (int)call->arg[2], len = (int)call->arg[4], err;
	uint8_t value[VALUE_MAX], before[64];
	size_t small;

	if (!sea_exec_find_socket(call))
		return;
	if (len < 0 || len > VALUE_MAX || is_refused(level, name)) {
		sea_exec_answer(call, len < 0           ? -EINVAL
				      : len > VALUE_MAX ? -ENOBUFS
							: -ENOPROTOOPT);
		return;
	}
	small = (size_t)len < sizeof(before) ? (size_t)len : sizeof(before);
	err = call->arg[3] ? sea_exec_read(call, call->arg[3], value, (size_t)len) : 0;
	memcpy(before, value, err || !call->arg[3] ? 0 : small);
	if (!err)
		err = sea_socket_setsockopt(stack_of(call), call->standin->watcher.sock, level,
					    name, call->arg[3] ? value : NULL, (socklen_t)len, now);
	if (!err && call->arg[3] && level == IPPROTO_IPV6)
		err = write_back(call, before, value, small);
	sea_exec_answer(call, err);
}
