/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options and ioctls: their values travel through a copy. Those that mean the program's memory, which the
 * stack cannot reach, are refused before it sees them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
	memcpy(before, value, err ? 0 : small);
	if (!err)
		err = sea_socket_setsockopt(stack_of(call), call->standin->watcher.sock, level,
					    name, call->arg[3] ? value : NULL, (socklen_t)len, now);
	if (!err && call->arg[3] && level == IPPROTO_IPV6)
		err = write_back(call, before, value, small);
	sea_exec_answer(call, err);
}

/* -- ioctls -- */

/* Those of a link take a struct ifreq, by whatever socket they are made, AF_UNIX included. */
static bool asks_link(uint64_t request)
{
	return (request >= SIOCGIFNAME && request <= SIOCSIFTXQLEN && request != SIOCGIFCONF) ||
	       request == SIOCETHTOOL;
}

/* A socket of the stack for those that have none. */
static int helper_of(struct sea_exec_server *server, sea_socket *sock, sea_time now)
{
	int err = 0;

	if (sea_socket_is_none(server->helper))
		err = sea_socket_new(server->host->stack, AF_INET, SOCK_DGRAM, 0, &server->helper,
				     now);
	*sock = server->helper;
	return err;
}

static bool is_socket(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
}

static void serve_ioctl(struct sea_exec_call *call, sea_socket sock, sea_time now)
{
	union {
		struct ifreq link;
		int number;
	} value = { 0 };
	size_t len = asks_link(call->arg[1]) ? sizeof(value.link) : sizeof(value.number);
	int err = 0;

	if (asks_link(call->arg[1]))
		err = sea_exec_read(call, call->arg[2], &value, len);
	if (!err)
		err = sea_socket_ioctl(stack_of(call), sock, call->arg[1], &value, now);
	if (!err)
		err = sea_exec_write(call, call->arg[2], &value, len);
	sea_exec_answer(call, err);
}

/* Only what is asked of sockets comes here; of others, terminals know FIONREAD and TIOCOUTQ. */
void sea_exec_ioctl(struct sea_exec_call *call, sea_time now)
{
	sea_socket sock = SEA_SOCKET_NONE;
	int err = 0;

	call->fd = sea_exec_fetch(call, (int)call->arg[0]);
	if (call->fd >= 0)
		call->standin = sea_standin_find(call->exec->server, call->fd);
	if (call->standin && !call->standin->file)
		sock = call->standin->watcher.sock;
	else if (asks_link(call->arg[1]) && call->fd >= 0 && is_socket(call->fd))
		err = helper_of(call->exec->server, &sock, now);
	if (err)
		sea_exec_answer(call, err);
	else if (sea_socket_is_none(sock))
		sea_exec_go_on(call);
	else
		serve_ioctl(call, sock, now);
}
