// SPDX-License-Identifier: Apache-2.0
/* Calls on the device. */
#include <fcntl.h>
#include <stdlib.h>

#include "packetimpact/bench/state.h"

/* Kept until the device has ended. */
static struct sea_bench_call *call_new(struct sea_bench *b)
{
	struct sea_bench_call *call = calloc(1, sizeof(*call));

	if (!call)
		abort();
	call->next = b->calls;
	b->calls = call;
	return call;
}

static struct sea_bench_call *begin(struct sea_bench *b, struct sea_bench_call *call)
{
	sea_dut_begin(b->dut, &call->call);
	return call;
}

long sea_bench_end(struct sea_bench *b, struct sea_bench_call *call, int64_t ns)
{
	sea_time until;

	if (!sea_dut_is_virtual(b->dut) && ns < SEA_BENCH_REAL_LIMIT)
		ns = SEA_BENCH_REAL_LIMIT;
	until = sea_time_add(sea_dut_now(b->dut), ns);
	while (!call->call.done && sea_dut_run(b->dut, until, SEA_DUT_STOP_CALL))
		;
	if (!call->call.done)
		sea_bench_fail(b, __FILE__, __LINE__, "%s() goes on and on",
			       sea_dut_nr_name(call->call.nr));
	return call->call.result;
}

long sea_bench_sys(struct sea_bench *b, enum sea_dut_nr nr, uint64_t a0, uint64_t a1, uint64_t a2,
		   uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct sea_bench_call *call = call_new(b);

	sea_dut_call_init(&call->call, nr, a0, a1, a2, a3, a4, a5);
	return sea_bench_end(b, begin(b, call), SEA_BENCH_PATIENCE);
}

#define CALL_INIT(c, nr, ...) sea_dut_call_init(&(c)->call, nr, SEA_BENCH_WORDS(__VA_ARGS__))

struct sea_bench_call *sea_bench_begin_recv(struct sea_bench *b, long fd, size_t len, int flags)
{
	struct sea_bench_call *c = call_new(b);

	CALL_INIT(c, SEA_DUT_recv, fd, c->buf, len, flags);
	return begin(b, c);
}

struct sea_bench_call *sea_bench_begin_send(struct sea_bench *b, long fd, size_t len, int flags)
{
	struct sea_bench_call *c = call_new(b);

	CALL_INIT(c, SEA_DUT_send, fd, c->buf, len, flags);
	return begin(b, c);
}

struct sea_bench_call *sea_bench_begin_accept(struct sea_bench *b, long fd)
{
	struct sea_bench_call *c = call_new(b);

	c->addr_len = sizeof(c->addr);
	CALL_INIT(c, SEA_DUT_accept, fd, &c->addr, &c->addr_len);
	return begin(b, c);
}

struct sea_bench_call *sea_bench_begin_connect(struct sea_bench *b, long fd, uint16_t port)
{
	struct sea_bench_call *c = call_new(b);

	c->addr_len = sea_bench_sockaddr(b, &b->remote, port, &c->addr);
	CALL_INIT(c, SEA_DUT_connect, fd, &c->addr, c->addr_len);
	return begin(b, c);
}

/* -- sockets -- */

long sea_bench_socket(struct sea_bench *b, int type, int protocol)
{
	long fd = SYS(b, socket, sea_bench_family(b), type, protocol);

	if (fd < 0)
		sea_bench_fail(b, __FILE__, __LINE__, "there is no socket: %s", strerror((int)-fd));
	return fd;
}

socklen_t sea_bench_sockaddr(const struct sea_bench *b, const struct sea_addr *addr, uint16_t port,
			     struct sockaddr_storage *to)
{
	memset(to, 0, sizeof(*to));
	if (b->v6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		if (addr)
			memcpy(&in6->sin6_addr, addr->b, 16);
		return sizeof(*in6);
	}
	((struct sockaddr_in *)to)->sin_family = AF_INET;
	((struct sockaddr_in *)to)->sin_port = htons(port);
	if (addr)
		memcpy(&((struct sockaddr_in *)to)->sin_addr, addr->b, 4);
	return sizeof(struct sockaddr_in);
}

long sea_bench_bind(struct sea_bench *b, long fd, const struct sea_addr *addr, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t len = sea_bench_sockaddr(b, addr, port, &to);

	return SYS(b, bind, fd, &to, len);
}

long sea_bench_bound(struct sea_bench *b, int type, const struct sea_addr *addr, uint16_t port)
{
	long fd = sea_bench_socket(b, type, 0);

	SAME(b, sea_bench_bind(b, fd, addr, port), 0);
	return fd;
}

long sea_bench_listener(struct sea_bench *b, uint16_t port, int backlog)
{
	long fd = sea_bench_bound(b, SOCK_STREAM, NULL, port);

	SAME(b, SYS(b, listen, fd, backlog), 0);
	sea_bench_nonblocking(b, fd);
	return fd;
}

long sea_bench_connect(struct sea_bench *b, long fd, const struct sea_addr *addr, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t len = sea_bench_sockaddr(b, addr ? addr : &b->remote, port, &to);

	return SYS(b, connect, fd, &to, len);
}

long sea_bench_sendto(struct sea_bench *b, long fd, const struct sea_addr *addr, uint16_t port,
		      const void *data, size_t len)
{
	struct sockaddr_storage to;
	socklen_t to_len = sea_bench_sockaddr(b, addr ? addr : &b->remote, port, &to);

	return SYS(b, sendto, fd, data, len, 0, &to, to_len);
}

long sea_bench_recv(struct sea_bench *b, long fd, int flags)
{
	return SYS(b, recv, fd, b->buf, sizeof(b->buf), flags | MSG_DONTWAIT);
}

long sea_bench_recvfrom(struct sea_bench *b, long fd, int flags, struct sea_addr *from,
			uint16_t *port)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	long got = SYS(b, recvfrom, fd, b->buf, sizeof(b->buf), flags | MSG_DONTWAIT, &ss, &len);

	*from = (struct sea_addr){ 0 };
	if (got < 0)
		return got;
	from->family = (uint8_t)ss.ss_family;
	if (b->v6)
		memcpy(from->b, &((struct sockaddr_in6 *)&ss)->sin6_addr, 16);
	else
		memcpy(from->b, &((struct sockaddr_in *)&ss)->sin_addr, 4);
	*port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	return got;
}

const uint8_t *sea_bench_buf(const struct sea_bench *b)
{
	return b->buf;
}

long sea_bench_setsockopt(struct sea_bench *b, long fd, int level, int option, int value)
{
	return SYS(b, setsockopt, fd, level, option, &value, sizeof(value));
}

long sea_bench_getsockopt(struct sea_bench *b, long fd, int level, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);
	long err = SYS(b, getsockopt, fd, level, option, &value, &len);

	return err ? err : value;
}

void sea_bench_nonblocking(struct sea_bench *b, long fd)
{
	SAME(b, SYS(b, fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
}

uint16_t sea_bench_port_of(struct sea_bench *b, long fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	SAME(b, SYS(b, getsockname, fd, &ss, &len), 0);
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}

int sea_bench_ifindex(struct sea_bench *b)
{
	const long fd = sea_bench_socket(b, SOCK_DGRAM, 0);
	long index;

	SAME(b, SYS(b, setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "tun0", 5), 0);
	index = sea_bench_getsockopt(b, fd, SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */);
	CHECK(b, index > 0);
	SAME(b, SYS(b, close, fd), 0);
	return (int)index;
}

void sea_bench_sysctl(struct sea_bench *b, const char *name, const char *value)
{
	int err = sea_dut_sysctl_set(b->dut, name, value);

	if (err)
		sea_bench_fail(b, __FILE__, __LINE__, "%s=%s: %s", name, value, strerror(-err));
}
