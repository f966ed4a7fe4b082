/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_AO_GET_KEYS, of which Linux's program says as the length that of one element, and in the first how many it
 * has room for; the stack wants the length of all.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "tools/exec/server.h"

/* TCP_AO_GET_KEYS and struct tcp_ao_getsockopt of <linux/tcp.h>, which older headers do not have, nor goes it with <netinet/tcp.h>. */
#define GET_KEYS 41
#define ELEMENT 304u
#define NKEYS_AT 272u
/* As many as are written; nkeys tells how many there are. */
#define ELEMENTS 128u

/* What a newer program says beyond it must be nothing. */
static int check_rest(struct sea_exec_call *call, uint64_t at, size_t len)
{
	uint8_t rest[1024];

	if (len > sizeof(rest))
		return -E2BIG;
	if (sea_exec_read(call, at, rest, len))
		return -EFAULT;
	for (size_t i = 0; i < len; i++) {
		if (rest[i])
			return -E2BIG;
	}
	return 0;
}

/* Elements stand as far apart as the program's are long. */
static int write_keys(struct sea_exec_call *call, const uint8_t *keys, uint32_t n, size_t apart)
{
	uint64_t at = call->arg[3];
	int err = n ? 0 : sea_exec_write(call, at + NKEYS_AT, keys + NKEYS_AT, sizeof(uint32_t));

	for (uint32_t i = 0; i < n && !err; i++)
		err = sea_exec_write(call, at + i * apart, keys + i * ELEMENT, ELEMENT);
	return err;
}

bool sea_exec_asks_keys(int level, int name, int room)
{
	return level == IPPROTO_TCP && name == GET_KEYS && room >= (int)ELEMENT;
}

int sea_exec_get_keys(struct sea_exec_call *call, struct sea_stack *stack, int room, sea_time now)
{
	uint8_t keys[ELEMENTS * ELEMENT] = { 0 };
	uint32_t n, found;
	socklen_t len;
	int err = sea_exec_read(call, call->arg[3], keys, ELEMENT);

	if (!err)
		err = check_rest(call, call->arg[3] + ELEMENT, (size_t)room - ELEMENT);
	if (err)
		return err;
	memcpy(&n, keys + NKEYS_AT, sizeof(n));
	n = n < ELEMENTS ? n : ELEMENTS;
	len = (n ? n : 1) * ELEMENT;
	err = sea_socket_getsockopt(stack, call->standin->watcher.sock, IPPROTO_TCP, GET_KEYS, keys,
				    &len, now);
	if (err)
		return err;
	memcpy(&found, keys + NKEYS_AT, sizeof(found));
	err = write_keys(call, keys, n < found ? n : found, (size_t)room);
	return err ? err : sea_exec_write(call, call->arg[4], &len, sizeof(len));
}
