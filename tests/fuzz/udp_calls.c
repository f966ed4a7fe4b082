/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on datagram sockets of both families, and frames that come in meanwhile: whatever a program and a peer do, the
 * stack stands, ledgers balance, and nothing is left. The input is a row of records: what is done, on
 * which of eight sockets, with which byte of detail, and for calls with data a length. At its end the
 * stack is saved and loaded again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/pkt.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/sock.h"
#include "core/stack.h"
#include "tests/fuzz/env.h"

#define SOCKS 8

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_ping, &sea_udp };

/* -- the input -- */

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static const uint8_t *bytes(struct input *in, size_t *len)
{
	const uint8_t *at = in->at;

	*len = *len < in->left ? *len : in->left;
	in->at += *len;
	in->left -= *len;
	return at;
}

/* -- the world -- */

struct world {
	struct sea_stack *stack;
	struct sea_link *link;
	sea_time now;
	sea_socket sock[SOCKS];
	bool is6[SOCKS];
};

static void make_link(struct world *w)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };
	const struct sea_ifaddr addr = { .size = sizeof(addr),
					 .ifindex = 2,
					 .local = sea_addr_v4(10, 0, 0, 1),
					 .prefix_len = 24 };
	const struct sea_ifaddr addr6 = { .size = sizeof(addr6),
					  .ifindex = 2,
					  .local = { .family = SEA_AF_INET6,
						     .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
					  .prefix_len = 64,
					  .flags = SEA_IFA_NODAD };
	const struct sea_neigh_info peer = { .size = sizeof(peer),
					     .ifindex = 2,
					     .addr = sea_addr_v4(10, 0, 0, 2),
					     .mac = { 2, 0, 0, 0, 0, 2 },
					     .state = SEA_NUD_PERMANENT };

	require(!sea_link_add(w->stack, &config, &w->link, w->now));
	require(!sea_link_set_up(w->link, true, w->now));
	require(!sea_ifaddr_add(w->stack, &addr, w->now));
	require(!sea_ifaddr_add(w->stack, &addr6, w->now));
	require(!sea_neigh_set(w->stack, &peer, w->now));
}

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t address4(union address *a, uint8_t detail)
{
	static const uint32_t ips[] = { 0x7f000001, 0x0a000001, 0x0a000002, 0x0a0000ff,
					0,          0xffffffff, 0xe0000001, 0x09090909 };

	a->in = (struct sockaddr_in){ .sin_family = detail & 0x80 ? AF_UNSPEC : AF_INET,
				      .sin_addr.s_addr = htonl(ips[detail & 7]),
				      .sin_port = htons((uint16_t)(detail >> 3 & 7)) };
	return sizeof(a->in);
}

/* ::1, ours, the peer's, all nodes, nobody's, a link-local one, a mapped one, one without a way. */
static socklen_t address6(union address *a, uint8_t detail)
{
	static const uint8_t ips[8][16] = {
		{ [15] = 1 },
		{ 0x20, 1, 0xd, 0xb8, [15] = 1 },
		{ 0x20, 1, 0xd, 0xb8, [15] = 2 },
		{ 0xff, 2, [15] = 1 },
		{ 0 },
		{ 0xfe, 0x80, [15] = 2 },
		{ [10] = 0xff, 0xff, 10, 0, 0, 2 },
		{ 0x20, 2, [15] = 9 },
	};

	a->in6 = (struct sockaddr_in6){ .sin6_family = detail & 0x80 ? AF_UNSPEC : AF_INET6,
					.sin6_port = htons((uint16_t)(detail >> 3 & 7)),
					.sin6_scope_id = detail & 0x20 ? 2 : 0 };
	memcpy(&a->in6.sin6_addr, ips[detail & 7], 16);
	return sizeof(a->in6);
}

static socklen_t address(const struct world *w, const sea_socket *s, union address *a,
			 uint8_t detail)
{
	memset(a, 0, sizeof(*a));
	return w->is6[s - w->sock] ? address6(a, detail) : address4(a, detail);
}

static void reopen(struct world *w, sea_socket *s, uint8_t detail)
{
	bool is6 = detail & 2;
	int protocol = detail & 1 ? is6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP : 0;

	if (!sea_socket_is_none(*s))
		(void)sea_socket_close(w->stack, *s, w->now);
	w->is6[s - w->sock] = is6;
	if (sea_socket_new(w->stack, is6 ? AF_INET6 : AF_INET, SOCK_DGRAM, protocol, s, w->now) ==
	    0)
		(void)sea_socket_watch(w->stack, *s, detail, detail);
}

static void send_some(struct world *w, const sea_socket *s, uint8_t detail, struct input *in)
{
	union address to;
	socklen_t to_len = address(w, s, &to, detail);
	union {
		uint8_t bytes[64];
		struct cmsghdr align;
	} control;
	size_t len = byte(in), controllen = byte(in) & 63;
	const uint8_t *data = bytes(in, &len), *messages = bytes(in, &controllen);
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(&control, messages, controllen);
	if (detail & 0x40) {
		msg.msg_name = &to;
		msg.msg_namelen = to_len;
	}
	if (controllen) {
		msg.msg_control = &control;
		msg.msg_controllen = controllen;
	}
	(void)!sea_socket_sendmsg(w->stack, *s, &msg, byte(in) & 1 ? MSG_MORE : 0, w->now);
}

static void receive_some(struct world *w, sea_socket s, uint8_t detail)
{
	static const int flags[] = { 0, MSG_PEEK, MSG_TRUNC, MSG_ERRQUEUE };
	uint8_t buf[64], control[96];
	union address from;
	struct iovec iov = { buf, detail & 63 };
	struct msghdr msg = { .msg_name = &from,
			      .msg_namelen = sizeof(from),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = detail & 0x40 ? sizeof(control) : detail & 31 };

	(void)!sea_socket_recvmsg(w->stack, s, &msg, flags[detail >> 6], w->now);
}

static void option(struct world *w, sea_socket s, uint8_t detail, struct input *in)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_UDP, IPPROTO_IPV6 };
	int name = byte(in), level = levels[detail & 3];
	uint8_t val[16];
	socklen_t len = detail >> 2 & 15;
	size_t n = len;

	memset(val, 0, sizeof(val));
	memcpy(val, bytes(in, &n), n);
	(void)!sea_socket_setsockopt(w->stack, s, level, name, val, len, w->now);
	(void)!sea_socket_getsockopt(w->stack, s, level, name, val, &len, w->now);
}

static void frame(struct world *w, struct input *in)
{
	size_t len = (size_t)byte(in) + 1;
	const uint8_t *at = bytes(in, &len);
	struct sea_pkt *pkt = len ? sea_pkt_from_bytes(w->link, at, len) : NULL;

	if (pkt)
		sea_link_input(w->link, &pkt, 1, w->now);
}

static void take_all(struct world *w)
{
	struct sea_pkt *pkts[16];
	struct sea_event ev[16];
	struct sea_link *link;

	while ((link = sea_stack_next_tx(w->stack))) {
		unsigned n = sea_link_take_tx(link, pkts, 16, w->now);

		while (n)
			sea_pkt_done(pkts[--n]);
	}
	while (sea_stack_take_events(w->stack, ev, 16))
		;
}

static void pass_time(struct world *w, uint8_t detail)
{
	w->now.ns += detail * SEA_MSEC;
	for (unsigned i = 0; i < 4; i++)
		sea_stack_advance(w->stack, w->now);
	take_all(w);
}

static void act(struct world *w, struct input *in)
{
	uint8_t what = byte(in), detail = byte(in);
	sea_socket *s = &w->sock[what >> 4 & (SOCKS - 1)];
	union address addr;
	socklen_t addr_len = address(w, s, &addr, detail);

	switch (what & 15) {
	case 0:
		reopen(w, s, detail);
		break;
	case 1:
		(void)!sea_socket_bind(w->stack, *s, &addr.sa, addr_len, w->now);
		break;
	case 2:
		(void)!sea_socket_connect(w->stack, *s, &addr.sa, addr_len, w->now);
		break;
	case 3:
	case 4:
		send_some(w, s, detail, in);
		break;
	case 5:
	case 6:
		receive_some(w, *s, detail);
		break;
	case 7:
		option(w, *s, detail, in);
		break;
	case 8:
		(void)sea_socket_shutdown(w->stack, *s, detail, w->now);
		break;
	case 9:
	case 10:
		frame(w, in);
		break;
	case 11:
		pass_time(w, detail);
		break;
	case 12:
		fail_in = detail;
		break;
	case 13:
		(void)sea_socket_poll(w->stack, *s);
		break;
	case 14:
		(void)!sea_link_set_up(w->link, detail & 1, w->now);
		break;
	default:
		(void)sea_socket_close(w->stack, *s, w->now);
		break;
	}
}

/* -- what must hold -- */

static void check_ledgers(struct sea_stack *stack)
{
	const struct sea_sock_table *t = &stack->shard.socks;

	for (uint32_t i = 0; i < t->n_slots; i++) {
		const struct sea_sock *sock = t->slots[i].sock;

		if (sock && (sock->rmem_alloc < 0 || sock->wmem_alloc < 0))
			abort();
	}
}

struct file {
	uint8_t *bytes;
	size_t len, at;
};

static int file_write(void *ctx, const void *from, size_t len)
{
	struct file *f = ctx;
	uint8_t *grown = realloc(f->bytes, f->len + len);

	if (!grown)
		return -ENOMEM;
	memcpy(grown + f->len, from, len);
	f->bytes = grown;
	f->len += len;
	return 0;
}

static int file_read(void *ctx, void *to, size_t len)
{
	struct file *f = ctx;

	if (len > f->len - f->at)
		return -EIO;
	memcpy(to, f->bytes + f->at, len);
	f->at += len;
	return 0;
}

/* What was saved loads, and saved again is the same. */
static void round_trip(struct sea_stack *stack)
{
	struct file first = { 0 }, second = { 0 };
	struct sea_stack *copy;

	require(!sea_stack_save(stack, file_write, &first));
	require(!sea_stack_load(NULL, &env, modules, 4, false, file_read, &first, &copy));
	check_ledgers(copy);
	require(!sea_stack_save(copy, file_write, &second));
	if (first.len != second.len)
		abort();
	sea_stack_free(copy);
	free(first.bytes);
	free(second.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct world w = { .now = { SEA_SEC } };

	fail_in = 0;
	require(!sea_stack_new(NULL, &env, modules, 4, &w.stack));
	make_link(&w);
	for (unsigned i = 0; i < SOCKS; i++)
		reopen(&w, &w.sock[i], (uint8_t)((i & 1 ? 2 : 0) | i / 6));
	while (in.left)
		act(&w, &in);
	fail_in = 0;
	check_ledgers(w.stack);
	pass_time(&w, 1);
	round_trip(w.stack);
	sea_stack_free(w.stack);
	if (live)
		abort();
	return 0;
}
