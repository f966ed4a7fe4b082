/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc/net read at offsets of any kind while sockets, groups and routes come and go: what a read gives is never more
 * than was asked, it ends, and where nothing changed it is part of the whole text.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/procnet.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/fuzz/env.h"

#define TEXT_MAX 65536
#define SOCKS 16
#define STEPS 64

static sea_time now;
static char whole[TEXT_MAX];

static size_t read_whole(struct sea_stack *stack, const char *name, size_t piece)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	size_t at = 0;
	int64_t n;

	require(!sea_procnet_open(stack, name, &reader));
	while ((n = sea_procnet_read(stack, &reader, whole + at, piece, at, now)) > 0) {
		require((size_t)n <= piece);
		at += (size_t)n;
		require(at <= TEXT_MAX - piece);
	}
	require(!n);
	return at;
}

static void read_any(struct sea_stack *stack, struct sea_procnet_reader *reader,
		     const uint8_t *data)
{
	size_t len = read_whole(stack, reader->name, 4096);
	uint64_t at = data[0] == 255 ? UINT64_MAX - data[1] : (uint64_t)data[0] * 16 + data[1];
	char text[256];
	int64_t n = sea_procnet_read(stack, reader, text, data[2], at, now);

	require(n >= 0 && n <= data[2]);
	if (at >= len)
		require(!n);
}

/* From anew, it is the text's part. */
static void read_part(struct sea_stack *stack, const char *name, const uint8_t *data)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	size_t len = read_whole(stack, name, 4096), at = (size_t)data[0] * 16 + data[1];
	char text[256];
	int64_t n;

	require(!sea_procnet_open(stack, name, &reader));
	n = sea_procnet_read(stack, &reader, text, data[2], at, now);
	require(n >= 0 && (at >= len ? !n : (size_t)n <= len - at));
	if (n)
		require(!memcmp(text, whole + at, (size_t)n));
}

static void change_socks(struct sea_stack *stack, sea_socket *s, const uint8_t *data)
{
	int domain = data[0] & 1 ? AF_INET6 : AF_INET;
	struct sockaddr_storage any = { .ss_family = (sa_family_t)domain };

	if (!sea_socket_is_none(*s)) {
		(void)!sea_socket_close(stack, *s, now);
		*s = SEA_SOCKET_NONE;
		return;
	}
	if (sea_socket_new(stack, domain, data[0] & 2 ? SOCK_STREAM : SOCK_DGRAM, 0, s, now)) {
		*s = SEA_SOCKET_NONE;
		return;
	}
	((struct sockaddr_in *)&any)->sin_port = htons(data[1]);
	(void)!sea_socket_bind(
		stack, *s, (struct sockaddr *)&any,
		domain == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6), now);
	if (data[0] & 4)
		(void)!sea_socket_listen(stack, *s, 4, now);
}

static void change_route(struct sea_stack *stack, const uint8_t *data)
{
	struct sea_route r = { .size = sizeof(r), .type = SEA_ROUTE_BLACKHOLE };

	r.dst.family = data[0] & 1 ? SEA_AF_INET6 : SEA_AF_INET;
	r.prefix_len = data[1] % 33;
	for (unsigned i = 0; i < r.prefix_len; i++)
		r.dst.b[i / 8] |= (uint8_t)((data[2 + (i & 1)] >> (i % 8) & 1) << (7 - i % 8));
	if (sea_route_add(stack, &r, now))
		(void)!sea_route_del(stack, &r, now);
}

static void step(struct sea_stack *stack, struct sea_procnet_reader *reader, sea_socket *socks,
		 const uint8_t *data)
{
	switch (data[0] % 5) {
	case 0:
		if (!sea_procnet_next(stack, reader->name))
			reader->name[0] = '\0';
		if (reader->name[0]) {
			char name[SEA_PROCNET_NAME_MAX];

			memcpy(name, reader->name, sizeof(name));
			require(!sea_procnet_open(stack, name, reader));
		}
		break;
	case 1:
		if (reader->name[0])
			read_any(stack, reader, data + 1);
		break;
	case 2:
		if (reader->name[0])
			read_part(stack, reader->name, data + 1);
		break;
	case 3:
		change_socks(stack, &socks[data[1] % SOCKS], data + 2);
		break;
	default:
		change_route(stack, data + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_tcp,
							    &sea_udp, &sea_ping };
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	sea_socket socks[SOCKS] = { SEA_SOCKET_NONE };
	struct sea_stack *stack;

	now = (sea_time){ SEA_SEC };
	require(!sea_stack_new(NULL, &env, modules, 5, &stack));
	require(!sea_procnet_open(stack, "arp", &reader));
	for (unsigned i = 0; i < STEPS && size >= 8; i++, data += 8, size -= 8)
		step(stack, &reader, socks, data);
	sea_stack_free(stack);
	require(!live);
	return 0;
}
