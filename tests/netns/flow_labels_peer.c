/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPV6_FLOWLABEL_MGR on the kernel's sockets and on ours, in worlds with nothing but `lo`: leases got,
 * renewed, given back and sent with, drawn from a seed; every answer is compared. Leases last so long
 * that no clock matters.
 *
 *	flow_labels_peer [ROUNDS [SEED]]      (in a network namespace of its own, lo up)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/in6.h>

#include "tests/netns/world.h"

#define SOCKS 4 /* the first two of UDP, the others of TCP */
#define CALLS 60
#define LABELS 6
#define LONG_S 3000

struct call {
	enum what { MANAGE, SHOW, SEND, CONNECT, REOPEN, WHATS } what;
	unsigned s;
	uint32_t label;
	uint8_t action, share;
	uint16_t flags;
	const char *dst;
	unsigned opt; /* which of opts[] follows */
	socklen_t len;
};

struct answer {
	long result;
	socklen_t len;
	struct in6_flowlabel_req req;
};

struct side {
	struct world w;
	struct wsock s[SOCKS];
};

static uint64_t rng;

static uint32_t below(uint32_t n)
{
	rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng >> 33) % n;
}

/* -- calls -- */

/*
 * On Linux a connect() keeps its label leased for ever, which is an accident, and a close() some moments
 * longer: whether nobody leases one any more is not to be seen in the rounds that have those calls.
 */
static void avoid_accident(struct call *c, bool rounds_with)
{
	if (!rounds_with && (c->what == CONNECT || c->what == REOPEN))
		c->what = SEND;
	if (!rounds_with || c->what != MANAGE)
		return;
	if (c->action == IPV6_FL_A_RENEW && !c->share)
		c->share = 1;
	if (c->action == IPV6_FL_A_GET)
		c->flags |= IPV6_FL_F_CREATE;
}

static struct call any_call(uint32_t base)
{
	static const uint8_t shares[] = { 0, 1, 2, 3, 4, 255, 255, 255 };
	static const uint16_t flags[] = { 0, 1, 1, 1, 2, 3, 4, 5, 8, 9 };
	static const char *const dsts[] = {
		"::1", "::1", "::1", "2001:db8::9", "ff02::1", "::", "::ffff:127.0.0.1"
	};
	const uint32_t odd[] = { 0, 0x80000 | base, 0x80001 | base, 0x100000, 0xffffffff };
	static const socklen_t lens[] = { 0, 4, 31, 33, 40 };
	static const enum what whats[] = { MANAGE, MANAGE, MANAGE,  MANAGE, SHOW,
					   SEND,   SEND,   CONNECT, REOPEN };

	return (struct call){
		.what = whats[below(9)],
		.s = below(SOCKS),
		.label = below(8) ? base + below(LABELS) : odd[below(5)],
		.action = (uint8_t)below(4),
		.share = shares[below(8)],
		.flags = flags[below(10)],
		.dst = dsts[below(7)],
		.opt = below(3) ? 0 : below(4),
		.len = below(8) ? 0 : lens[below(5)],
	};
}

/* What may stand behind a request: nothing, a hop-by-hop header, one that is none, one for the end. */
static size_t put_options(uint8_t *at, unsigned which)
{
	static const int types[] = { 0, IPV6_HOPOPTS, IPV6_HOPOPTS, IPV6_DSTOPTS };
	struct cmsghdr *c = (struct cmsghdr *)(void *)at;

	if (!which)
		return 0;
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(8),
			       .cmsg_level = IPPROTO_IPV6,
			       .cmsg_type = types[which] };
	memcpy(CMSG_DATA(c), (uint8_t[8]){ 0, which == 2, 1, 4 }, 8);
	return CMSG_SPACE(8);
}

static void manage(struct side *x, const struct call *c, struct answer *a)
{
	struct {
		struct in6_flowlabel_req req;
		_Alignas(8) uint8_t options[64];
	} v = { .req = { .flr_label = htonl(c->label),
			 .flr_action = c->action,
			 .flr_share = c->share,
			 .flr_flags = c->flags,
			 .flr_linger = LONG_S,
			 .flr_expires = LONG_S } };
	socklen_t len = (socklen_t)(sizeof(v.req) + put_options(v.options, c->opt));

	inet_pton(AF_INET6, c->dst, &v.req.flr_dst);
	a->result = world_setsockopt(&x->w, x->s[c->s], IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &v,
				     c->len ? c->len : len);
	if (!c->label) /* any: it says which, or not */
		v.req.flr_label = v.req.flr_label ? 1 : 0;
	a->req = v.req;
}

static void show(struct side *x, const struct call *c, struct answer *a)
{
	a->req = (struct in6_flowlabel_req){ .flr_action = c->action == 3, .flr_flags = c->flags };
	a->len = c->len < sizeof(a->req) ? c->len : sizeof(a->req);
	a->len = a->len ? a->len : sizeof(a->req);
	a->result = world_getsockopt(&x->w, x->s[c->s], IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &a->req,
				     &a->len);
	a->req.flr_expires = 0; /* the kernel's clock goes on */
}

static void open_socket(struct side *x, unsigned i)
{
	const int on = 1;

	if (world_is_open(&x->w, x->s[i]))
		(void)world_close(&x->w, &x->s[i]);
	if (i >= 2)
		x->s[i] = world_socket(&x->w, AF_INET6);
	else if (!x->w.ours)
		x->s[i].fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	else if (sea_socket_new(x->w.stack, AF_INET6, SOCK_DGRAM, 0, &x->s[i].s, x->w.now))
		abort();
	if (world_setsockopt(&x->w, x->s[i], IPPROTO_IPV6, IPV6_FLOWINFO_SEND, &on, sizeof(on)))
		abort();
}

/* To a port where nobody is. */
static socklen_t name_of(const struct call *c, struct sockaddr_storage *any)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(9),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				    .sin6_flowinfo = htonl(c->label & 0xfffff) };

	memcpy(any, &in6, sizeof(in6));
	return sizeof(in6);
}

static void send_to(struct side *x, const struct call *c, struct answer *a)
{
	struct iovec iov = { &(uint8_t){ 'x' }, 1 };
	struct sockaddr_storage to;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_name = &to };

	msg.msg_namelen = name_of(c, &to);
	a->result = world_sendmsg(&x->w, x->s[c->s & 1], &msg, 0);
	world_settle(&x->w, 0);
}

/* Whatever comes of it, the label was or was not the socket's to use; then a new socket. */
static void connect_to(struct side *x, const struct call *c, struct answer *a)
{
	struct call stream = *c;
	struct sockaddr_storage to;
	socklen_t len = name_of(c, &to);

	stream.s = c->s | 2;
	stream.action = 0;
	show(x, &stream, a);
	if (world_connect(&x->w, x->s[stream.s], &to, len) != -EINVAL)
		show(x, &stream, a);
	open_socket(x, stream.s);
}

static void make(struct side *x, const struct call *c, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	switch (c->what) {
	case MANAGE:
		manage(x, c, a);
		break;
	case SHOW:
		show(x, c, a);
		break;
	case SEND:
		send_to(x, c, a);
		break;
	case CONNECT:
		connect_to(x, c, a);
		break;
	default:
		open_socket(x, c->s);
		break;
	}
}

/* -- comparing -- */

static void print(const struct call *c, const struct answer *k, const struct answer *o)
{
	static const char *const names[] = { "manage", "show", "send", "connect", "reopen" };

	printf("socket %u %s label %#x action %u share %u flags %u dst %s opt %u len %u: "
	       "kernel %ld ours %ld\n",
	       c->s, names[c->what], c->label, c->action, c->share, c->flags, c->dst, c->opt,
	       c->len, k->result, o->result);
}

static bool round_agrees(struct side *k, struct side *o, uint64_t seed)
{
	static struct call calls[CALLS];
	static struct answer ka[CALLS], oa[CALLS];
	uint32_t base = 0x1000 + (uint32_t)(seed % 0x1000) * LABELS;

	rng = seed;
	for (unsigned i = 0; i < SOCKS; i++) {
		open_socket(k, i);
		open_socket(o, i);
	}
	for (unsigned n = 0; n < CALLS; n++) {
		calls[n] = any_call(base);
		avoid_accident(&calls[n], seed % 3 == 0);
		make(k, &calls[n], &ka[n]);
		make(o, &calls[n], &oa[n]);
		if (memcmp(&ka[n], &oa[n], sizeof(ka[n])) == 0)
			continue;
		printf("seed %llu: answers differ\n", (unsigned long long)seed);
		for (unsigned i = 0; i <= n; i++)
			print(&calls[i], &ka[i], &oa[i]);
		return false;
	}
	return true;
}

/* In both worlds: a name below net.ipv6. */
static bool set_both(struct side *o, const char *name, const char *value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/%s", name);
	f = fopen(path, "w");
	if (!f)
		return false;
	fputs(value, f);
	snprintf(path, sizeof(path), "net.ipv6.%s", name);
	return !fclose(f) && !sea_sysctl_set(o->w.stack, path, value, o->w.now);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 150;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	static struct side k, o;

	if (!world_init(&k.w, false) || !world_init(&o.w, true))
		return 1;
	for (unsigned i = 0; i < SOCKS; i++)
		k.s[i] = o.s[i] = WSOCK_NONE;
	for (unsigned long i = 0; i < rounds; i++) {
		if (!set_both(&o, "flowlabel_consistency", i & 1 ? "1" : "0") ||
		    !set_both(&o, "flowlabel_state_ranges", i & 2 ? "1" : "0") ||
		    !round_agrees(&k, &o, seed + i))
			return 1;
	}
	printf("%lu rounds of %d calls, every answer the kernel's\n", rounds, CALLS);
	world_fini(&o.w);
	return 0;
}
