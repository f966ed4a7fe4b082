/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls ask. Most arguments are nearly right: what is wholly wrong is refused by the first check. */
#include "tests/netns/hostile_calls.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/netns/tcp_options_meant.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define ONE_OF(draw, array) ((array)[hostile_below(draw, N(array))])

const char *const hostile_slots[H_SLOTS] = { "listener", "client", "child", "udp",
					     "udp2",     "echo",   "fresh" };

uint32_t hostile_below(struct hostile_draw *d, uint32_t n)
{
	d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(d->state >> 33) % n;
}

static bool one_in(struct hostile_draw *d, uint32_t n)
{
	return !hostile_below(d, n);
}

/* A number that some check may have forgotten. */
static int odd_number(struct hostile_draw *d)
{
	static const int odd[] = { 0,         1,      2,       3,       4,         5,     7,
				   8,         15,     16,      17,      31,        64,    127,
				   128,       255,    256,     257,     1000,      1280,  65535,
				   65536,     -1,     -2,      -3,      -128,      -4096, INT32_MAX,
				   INT32_MIN, 0xffff, 1 << 24, 1 << 30, 0x01010101 };

	return one_in(d, 12) ? (int)(hostile_below(d, UINT32_MAX) << 1 ^ hostile_below(d, 2))
			     : ONE_OF(d, odd);
}

/* Sound sizes, sizes near them, and none at all. */
static socklen_t odd_length(struct hostile_draw *d, socklen_t sound)
{
	static const socklen_t odd[] = { 0,  1,  2,  3,   4,   5,   7,   8,   9,
					 12, 15, 16, 17,  20,  23,  24,  27,  28,
					 29, 32, 40, 127, 128, 129, 136, 264, 500 };
	static const int wrong[] = { -1, INT32_MIN, -4, -128 };

	if (!one_in(d, 3))
		return sound;
	return one_in(d, 8) ? (socklen_t)ONE_OF(d, wrong) : ONE_OF(d, odd);
}

static void odd_bytes(struct hostile_draw *d, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(one_in(d, 2) ? 0 : hostile_below(d, 256));
}

/* -- names -- */

static const char *an_address(struct hostile_draw *d, bool six)
{
	static const char *const v4[] = { "127.0.0.1",       "127.0.0.1",       "0.0.0.0",
					  "255.255.255.255", "127.255.255.255", "224.0.0.1",
					  "240.0.0.1",       "9.9.9.9",         "0.0.0.1" };
	static const char *const v6[] = { "::1",
					  "::1",
					  "::",
					  "::ffff:127.0.0.1",
					  "::ffff:0.0.0.0",
					  "::ffff:255.255.255.255",
					  "::127.0.0.1",
					  "fe80::1",
					  "ff02::1",
					  "ff01::1",
					  "2001:db8::1",
					  "::ffff:224.0.0.1" };

	return six ? ONE_OF(d, v6) : ONE_OF(d, v4);
}

/* Its sound length. */
static socklen_t put_name(struct hostile_draw *d, uint8_t *bytes)
{
	static const int families[] = { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, 255, 0x200, 0xffff };
	const bool six = one_in(d, 2);
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const uint16_t port =
		htons((uint16_t)(one_in(d, 6) ? 9 : d->port + hostile_below(d, H_SLOTS)));
	const int other = one_in(d, 6) ? ONE_OF(d, families) : -1;

	if (six) {
		in6.sin6_port = port;
		inet_pton(AF_INET6, an_address(d, true), &in6.sin6_addr);
		if (one_in(d, 6))
			in6.sin6_scope_id = (uint32_t)odd_number(d);
		if (other >= 0)
			in6.sin6_family = (sa_family_t)other;
		memcpy(bytes, &in6, sizeof(in6));
		return sizeof(in6);
	}
	in.sin_port = port;
	inet_pton(AF_INET, an_address(d, false), &in.sin_addr);
	if (other >= 0)
		in.sin_family = (sa_family_t)other;
	memcpy(bytes, &in, sizeof(in));
	return sizeof(in);
}

static void draw_name(struct hostile_draw *d, struct hostile_call *c)
{
	const socklen_t sound = put_name(d, c->bytes);

	c->len = odd_length(d, sound);
	c->null = !c->len && one_in(d, 2);
}

/* -- options -- */

static const struct level {
	int level, first, last;
} levels[] = {
	{ SOL_SOCKET, 0, 90 },
	{ SOL_SOCKET, 0, 90 },
	{ IPPROTO_IP, 0, 60 },
	{ IPPROTO_IP, 0, 60 },
	{ IPPROTO_IPV6, 0, 82 },
	{ IPPROTO_IPV6, 0, 82 },
	{ IPPROTO_TCP, 0, 50 },
	{ IPPROTO_TCP, 0, 50 },
	{ IPPROTO_UDP, 0, 3 },
	{ IPPROTO_ICMP, 0, 2 },
	{ IPPROTO_ICMPV6, 0, 2 },
	{ 255, 0, 3 },
	{ -1, 0, 3 },
	{ 300, 0, 2 },
	{ INT32_MIN, 0, 2 },
};

/* Of each world its own; or what is tried elsewhere, with all its values. */
static bool is_left_out(const struct hostile_call *c)
{
	static const int own[][2] = {
		{ SOL_SOCKET, SO_LINGER },       /* the kernel's close() would wait */
		{ SOL_SOCKET, SO_PEERCRED },     /* users */
		{ SOL_SOCKET, SO_PEERSEC },      /* users */
		{ SOL_SOCKET, SO_DEBUG },        /* users */
		{ IPPROTO_IPV6, IPV6_ADDRFORM }, /* makes another kind of socket of it */
		{ IPPROTO_TCP, TCP_ULP },        /* not built */
		{ SOL_SOCKET, SO_PEEK_OFF },     /* of datagrams not built */
		{ IPPROTO_UDP, 0 },
	};

	if (meant_of(c->level, c->name))
		return true;
	for (size_t i = 0; i < N(own); i++)
		if (own[i][0] == c->level && own[i][1] == c->name)
			return true;
	if ((c->level == IPPROTO_IP || c->level == IPPROTO_IPV6) && c->name >= 64 && c->name < 72)
		return true; /* netfilter's */
	return c->level == IPPROTO_UDP || c->level == 255;
}

static bool draw_option(struct hostile_draw *d, struct hostile_call *c)
{
	const struct level *l = &levels[hostile_below(d, N(levels))];
	const int value = odd_number(d);

	c->level = l->level;
	c->name = l->first + (int)hostile_below(d, (uint32_t)(l->last - l->first + 1));
	if (one_in(d, 20))
		c->name = odd_number(d);
	c->len = odd_length(d, sizeof(int));
	if (one_in(d, 3))
		odd_bytes(d, c->bytes, 64);
	if (!one_in(d, 4))
		memcpy(c->bytes, &value, sizeof(value));
	if (one_in(d, 6)) /* groups' and others' */
		(void)put_name(d, c->bytes + 8 * hostile_below(d, 3));
	/* Of IPv4's options ours says EFAULT before it looks at the name. */
	c->null = c->level != IPPROTO_IP && one_in(d, 20);
	return !is_left_out(c);
}

/* -- messages -- */

static size_t put_control(struct hostile_draw *d, uint8_t *at, size_t room)
{
	static const int kinds[][2] = {
		{ SOL_SOCKET, SO_MARK },
		{ SOL_SOCKET, SCM_RIGHTS },
		{ IPPROTO_IP, IP_PKTINFO },
		{ IPPROTO_IP, IP_TTL },
		{ IPPROTO_IP, IP_TOS },
		{ IPPROTO_IP, IP_RETOPTS },
		{ IPPROTO_IPV6, IPV6_PKTINFO },
		{ IPPROTO_IPV6, IPV6_HOPLIMIT },
		{ IPPROTO_IPV6, IPV6_TCLASS },
		{ IPPROTO_IPV6, IPV6_DONTFRAG },
		{ IPPROTO_TCP, 1 },
		{ IPPROTO_IPV6, IPV6_HOPOPTS },
		{ IPPROTO_UDP, 103 },
		{ -1, -1 },
	};
	static const size_t lens[] = { 0, 1, 2, 4, 4, 4, 8, 12, 20, 24 };
	const int *kind = kinds[hostile_below(d, N(kinds))];
	struct cmsghdr head = { .cmsg_len = CMSG_LEN(ONE_OF(d, lens)),
				.cmsg_level = kind[0],
				.cmsg_type = kind[1] };
	const int value = odd_number(d);
	size_t space = CMSG_ALIGN(head.cmsg_len);

	if (space > room)
		return 0;
	if (one_in(d, 6))
		head.cmsg_type = odd_number(d);
	if (one_in(d, 6))
		head.cmsg_len = (size_t)odd_number(d);
	memset(at, 0, space);
	memcpy(at, &head, sizeof(head));
	if (space >= sizeof(head) + sizeof(value))
		memcpy(at + sizeof(head), &value, sizeof(value));
	return space;
}

static void draw_control(struct hostile_draw *d, struct hostile_call *c)
{
	if (!one_in(d, 4))
		return;
	for (unsigned n = 1 + hostile_below(d, 3); n; n--)
		c->control_len += put_control(d, c->control + c->control_len,
					      sizeof(c->control) - c->control_len);
	if (one_in(d, 4))
		c->control_len = c->control_len > 3 ? c->control_len - 3 : 0;
}

static const int message_flags[] = {
	MSG_OOB,     MSG_PEEK,       MSG_DONTROUTE, MSG_CTRUNC,  MSG_TRUNC, MSG_EOR,
	MSG_WAITALL, MSG_FIN,        MSG_SYN,       MSG_CONFIRM, MSG_RST,   MSG_ERRQUEUE,
	MSG_MORE,    MSG_WAITFORONE, 0x00080000, /* SOCK_DEVMEM and its like: nothing to IP */
};

static int draw_flags(struct hostile_draw *d)
{
	int flags = 0;

	while (one_in(d, 2))
		flags |= ONE_OF(d, message_flags);
	return flags;
}

static void draw_message(struct hostile_draw *d, struct hostile_call *c)
{
	static const size_t pieces[] = { 0, 1, 1, 1, 1, 2, 3, 1024, 1025 };
	static const size_t sizes[] = { 0, 1, 8, 8, 50, 200, 1000 };

	c->flags = draw_flags(d);
	c->pieces = ONE_OF(d, pieces);
	c->piece = c->pieces > 3 ? 1 : ONE_OF(d, sizes);
	if (c->what == H_RECV) {
		c->len = odd_length(d, sizeof(struct sockaddr_in6));
		c->null = one_in(d, 4);
		c->control_len = one_in(d, 3) ? hostile_below(d, 200) : 0;
		return;
	}
	if (one_in(d, 2))
		draw_name(d, c);
	else
		c->null = true;
	draw_control(d, c);
}

/* -- the others -- */

static void draw_socket(struct hostile_draw *d, struct hostile_call *c)
{
	static const int domains[] = { AF_INET, AF_INET6, AF_INET, AF_INET6,  0,        45,
				       46,      255,      -1,      INT32_MAX, INT32_MIN };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_STREAM, SOCK_DGRAM, 0,
				     7,           8,          9,           11,         15,
				     -1,          0x100000,   INT32_MIN,   SOCK_RDM };
	static const int protocols[] = {
		0,   0,   IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, 2,
		255, 263, 264,         -1,          INT32_MAX,    INT32_MIN
	};

	c->slot = H_FRESH;
	c->domain = ONE_OF(d, domains);
	c->type = ONE_OF(d, types);
	c->protocol = ONE_OF(d, protocols);
}

static void draw_ioctl(struct hostile_draw *d, struct hostile_call *c)
{
	static const unsigned long requests[] = { FIONREAD, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD,
						  0,        0x5400,     0x12345,  UINT32_MAX };

	c->request = ONE_OF(d, requests);
}

/* Another kind of call where it would change what both agree on for the rest of the round. */
bool hostile_draw_call(struct hostile_draw *d, struct hostile_call *c)
{
	static const uint8_t weights[H_WHATS] = { 3, 5, 5, 2, 4, 9, 9, 3, 14, 12, 2, 3, 3, 1, 3 };
	unsigned at = hostile_below(d, 78), i = 0;

	while (at >= weights[i])
		at -= weights[i++];
	memset(c, 0, sizeof(*c));
	c->what = (enum hostile_what)i;
	c->slot = (enum hostile_slot)hostile_below(d, H_SLOTS);
	switch (c->what) {
	case H_SOCKET:
		draw_socket(d, c);
		break;
	case H_BIND:
	case H_CONNECT:
		draw_name(d, c);
		break;
	case H_LISTEN:
	case H_SHUTDOWN:
		c->number = one_in(d, 3) ? (int)hostile_below(d, 3) : odd_number(d);
		break;
	case H_ACCEPT:
	case H_NAME:
	case H_PEER:
		c->len = odd_length(d, sizeof(struct sockaddr_in6));
		break;
	case H_SEND:
	case H_RECV:
		draw_message(d, c);
		break;
	case H_SET:
	case H_GET:
		return draw_option(d, c);
	case H_IOCTL:
		draw_ioctl(d, c);
		break;
	default:
		break;
	}
	return true;
}

/* -- words -- */

static void print_bytes(const char *what, const uint8_t *bytes, size_t n)
{
	printf(" %s", what);
	for (size_t i = 0; i < n && i < 64; i++)
		printf(i % 4 ? "%02x" : " %02x", bytes[i]);
}

void hostile_print_call(const struct hostile_call *c)
{
	static const char *const names[H_WHATS] = { "socket",      "bind",     "connect",
						    "listen",      "accept",   "sendmsg",
						    "recvmsg",     "shutdown", "setsockopt",
						    "getsockopt",  "ioctl",    "getsockname",
						    "getpeername", "close",    "open" };
	const bool message = c->what == H_SEND || c->what == H_RECV;

	printf("%-8s %s", hostile_slots[c->slot], names[c->what]);
	if (c->what == H_SOCKET)
		printf(" %d %#x %d", c->domain, (unsigned)c->type, c->protocol);
	if (c->what == H_LISTEN || c->what == H_SHUTDOWN)
		printf(" %d", c->number);
	if (c->what == H_SET || c->what == H_GET)
		printf(" level %d name %d", c->level, c->name);
	if (c->what == H_IOCTL)
		printf(" %#lx", c->request);
	if (message)
		printf(" flags %#x, %zu pieces of %zu", (unsigned)c->flags, c->pieces, c->piece);
	printf(" len %d%s", (int)c->len, c->null ? " NULL" : "");
	if (!c->null && c->what != H_RECV && c->len)
		print_bytes("bytes", c->bytes, c->len);
	if (c->control_len) {
		printf(" control %zu", c->control_len);
		if (c->what == H_SEND)
			print_bytes("", c->control, c->control_len);
	}
}
