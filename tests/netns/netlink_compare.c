/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/netns/netlink_compare.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/neighbour.h>

unsigned n_compared, n_differ;

/* -- asking -- */

void set_mode(struct world *w, struct wsock s, unsigned mode)
{
	const int names[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK };
	const int one = 1;

	for (unsigned i = 0; i < 3; i++)
		if (mode & 1u << i &&
		    world_setsockopt(w, s, SOL_NETLINK, names[i], &one, sizeof(one)))
			printf("no option %d\n", names[i]);
}

long ask(struct world *w, struct wsock s, const struct request *r)
{
	struct nlmsghdr h = { .nlmsg_len = (uint32_t)sizeof(h) + r->len,
			      .nlmsg_type = r->type,
			      .nlmsg_flags = r->flags,
			      .nlmsg_seq = 7 };
	struct iovec iov[2] = { { &h, sizeof(h) }, { (void *)(uintptr_t)r->body, r->len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	return world_sendmsg(w, s, &m, 0);
}

void listen_to(struct world *w, struct wsock s, struct answers *a)
{
	for (a->n = 0; a->n < DATAGRAMS_MAX; a->n++) {
		struct iovec iov = { a->bytes[a->n], BYTES_MAX };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

		a->len[a->n] = world_recvmsg(w, s, &m, MSG_DONTWAIT);
		if (a->len[a->n] == -EAGAIN)
			return;
	}
}

/* -- waited for -- */

#define OURS_MS 10000

static bool is_tentative(const struct answers *a)
{
	for (unsigned i = 0; i < a->n; i++)
		for (long at = 0; at + (long)sizeof(struct nlmsghdr) <= a->len[i];) {
			struct nlmsghdr h;
			struct ifaddrmsg m;

			memcpy(&h, a->bytes[i] + at, sizeof(h));
			if (h.nlmsg_type != RTM_NEWADDR)
				break;
			memcpy(&m, a->bytes[i] + at + sizeof(h), sizeof(m));
			if (m.ifa_flags & IFA_F_TENTATIVE)
				return true;
			at += (h.nlmsg_len + 3) & ~3u;
		}
	return false;
}

void wait_for_addrs6(struct world *w, struct wsock s)
{
	const struct ifaddrmsg hdr = { .ifa_family = AF_INET6 };
	const struct request all = request_of("all", RTM_GETADDR, NLM_F_DUMP, &hdr, sizeof(hdr));
	static struct answers a;
	unsigned tries = 0;

	do {
		world_settle(w, 1);
		ask(w, s, &all);
		listen_to(w, s, &a);
	} while (is_tentative(&a) &&
		 (w->ours ? ++tries < OURS_MS : world_patient(&tries))); /* our time just passes */
}

/* -- what cannot be the same -- */

static void round_life(uint8_t *bytes)
{
	uint32_t life;

	memcpy(&life, bytes, sizeof(life));
	if (life == UINT32_MAX)
		return;
	life = (life + LIFE - 1) / LIFE * LIFE;
	memcpy(bytes, &life, sizeof(life));
}

static void neutral_attrs(uint8_t *bytes, uint32_t len)
{
	for (uint32_t at = 0; at + sizeof(struct nlattr) <= len;) {
		struct nlattr a;
		const uint32_t stamps = offsetof(struct ifa_cacheinfo, cstamp);

		memcpy(&a, bytes + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len - at)
			return;
		if (a.nla_type == IFA_CACHEINFO) {
			memset(bytes + at + sizeof(a) + stamps, 0, 2 * sizeof(uint32_t));
			round_life(bytes + at + sizeof(a));
			round_life(bytes + at + sizeof(a) + sizeof(uint32_t));
		}
		at += (a.nla_len + 3u) & ~3u;
	}
}

/* References, last use and use are counted by caches; of what is left the kernel's time has passed. */
static void neutral_route(uint8_t *bytes, uint32_t len)
{
	struct nlattr a;

	for (uint32_t at = 0; at + sizeof(a) <= len; at += (a.nla_len + 3u) & ~3u) {
		uint8_t *info = bytes + at + sizeof(a);

		memcpy(&a, bytes + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len - at)
			return;
		if (a.nla_type == RTA_EXPIRES) /* when one of groups was used last */
			memset(info, 0, a.nla_len - sizeof(a));
		if (a.nla_type != RTA_CACHEINFO)
			continue;
		memset(info, 0, offsetof(struct rta_cacheinfo, rta_expires));
		memset(info + offsetof(struct rta_cacheinfo, rta_used), 0, sizeof(uint32_t));
		if (memcmp(info + offsetof(struct rta_cacheinfo, rta_expires), "\0\0\0", 4) != 0)
			round_life(info + offsetof(struct rta_cacheinfo, rta_expires));
	}
}

/* A handle that was given out: the kernel's are numbered for all namespaces. */
static void neutral_handle(uint8_t *at)
{
	uint32_t handle;

	memcpy(&handle, at, sizeof(handle));
	if (handle < 0x80000000u || handle >= 0xffff0000u)
		return;
	handle = 0x80000000u;
	memcpy(at, &handle, sizeof(handle));
}

/* A class has the handle of its queue as a parent, and that of what is in it for information. */
static void neutral_queue(uint8_t *msg, bool of_class)
{
	uint8_t *hdr = msg + sizeof(struct nlmsghdr);

	neutral_handle(hdr + offsetof(struct tcmsg, tcm_handle));
	if (of_class) {
		neutral_handle(hdr + offsetof(struct tcmsg, tcm_parent));
		neutral_handle(hdr + offsetof(struct tcmsg, tcm_info));
	}
}

/* When a neighbour was heard of, and by how many it is held. */
static void neutral_neigh(uint8_t *bytes, uint32_t len)
{
	struct nlattr a;

	for (uint32_t at = 0; at + sizeof(a) <= len; at += (a.nla_len + 3u) & ~3u) {
		memcpy(&a, bytes + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len - at)
			return;
		if (a.nla_type == NDA_CACHEINFO)
			memset(bytes + at + sizeof(a), 0, a.nla_len - sizeof(a));
	}
}

static bool next_attr(const uint8_t *bytes, uint32_t len, uint32_t at, struct nlattr *a)
{
	if (at + sizeof(*a) > len)
		return false;
	memcpy(a, bytes + at, sizeof(*a));
	return a->nla_len >= sizeof(*a) && a->nla_len <= len - at;
}

/* References are counted by caches, and times are drawn by lot. */
static void neutral_params(uint8_t *bytes, uint32_t len)
{
	struct nlattr a;

	for (uint32_t at = 0; next_attr(bytes, len, at, &a); at += (a.nla_len + 3u) & ~3u)
		if (a.nla_type == NDTPA_REFCNT || a.nla_type == NDTPA_REACHABLE_TIME)
			memset(bytes + at + sizeof(a), 0, a.nla_len - sizeof(a));
}

/* Bounds and counts of tables of neighbours are all namespaces' together. */
static void neutral_neightbl(uint8_t *bytes, uint32_t len)
{
	struct nlattr a;

	for (uint32_t at = 0; next_attr(bytes, len, at, &a); at += (a.nla_len + 3u) & ~3u) {
		if (a.nla_type == NDTA_PARMS)
			neutral_params(bytes + at + sizeof(a), a.nla_len - (uint32_t)sizeof(a));
		else if (a.nla_type != NDTA_NAME)
			memset(bytes + at + sizeof(a), 0, a.nla_len - sizeof(a));
	}
}

/* In place; how long the message is then. */
/* For how long it was not used is the last that is said of a bucket. */
static void neutral_bucket(uint8_t *msg, uint32_t len)
{
	const uint32_t at = 56; /* NHA_ID, NHA_RES_BUCKET: its index, its member's id */

	if (len == at + sizeof(uint64_t))
		memset(msg + at, 0, sizeof(uint64_t));
}

static uint32_t neutral_message(uint8_t *msg, uint32_t len)
{
	const uint32_t behind = sizeof(struct nlmsghdr) + sizeof(struct ifaddrmsg);
	struct nlmsghdr h;

	memcpy(&h, msg, sizeof(h));
	h.nlmsg_pid = h.nlmsg_pid != 0;
	if (h.nlmsg_type == RTM_NEWADDR || h.nlmsg_type == RTM_DELADDR ||
	    (h.nlmsg_type >= 56 && h.nlmsg_type <= RTM_GETANYCAST)) /* RTM_NEWMULTICAST */
		neutral_attrs(msg + behind, len - behind);
	else if ((h.nlmsg_type == RTM_NEWROUTE || h.nlmsg_type == RTM_DELROUTE) &&
		 len >= sizeof(h) + sizeof(struct rtmsg))
		neutral_route(msg + sizeof(h) + sizeof(struct rtmsg),
			      len - (uint32_t)(sizeof(h) + sizeof(struct rtmsg)));
	else if ((h.nlmsg_type == RTM_NEWNEIGH || h.nlmsg_type == RTM_DELNEIGH) &&
		 len >= sizeof(h) + sizeof(struct ndmsg))
		neutral_neigh(msg + sizeof(h) + sizeof(struct ndmsg),
			      len - (uint32_t)(sizeof(h) + sizeof(struct ndmsg)));
	else if (h.nlmsg_type == RTM_NEWNEIGHTBL && len >= sizeof(h) + sizeof(struct ndtmsg))
		neutral_neightbl(msg + sizeof(h) + sizeof(struct ndtmsg),
				 len - (uint32_t)(sizeof(h) + sizeof(struct ndtmsg)));
	else if (h.nlmsg_type == RTM_NEWLINK || h.nlmsg_type == RTM_DELLINK)
		len = neutral_link(msg, len);
	else if (h.nlmsg_type == RTM_NEWQDISC || h.nlmsg_type == RTM_DELQDISC ||
		 h.nlmsg_type == RTM_NEWTCLASS)
		neutral_queue(msg, h.nlmsg_type == RTM_NEWTCLASS);
	else if (h.nlmsg_type == RTM_NEWNEXTHOPBUCKET)
		neutral_bucket(msg, len);
	h.nlmsg_len = len;
	memcpy(msg, &h, sizeof(h));
	return len;
}

long neutral_answer(uint8_t *bytes, long len)
{
	struct nlmsghdr h;

	for (long at = 0; at + (long)sizeof(h) <= len;) {
		uint32_t now;

		memcpy(&h, bytes + at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len - at)
			break;
		now = neutral_message(bytes + at, h.nlmsg_len);
		if (now < h.nlmsg_len) {
			memmove(bytes + at + now, bytes + at + h.nlmsg_len,
				(size_t)(len - at - h.nlmsg_len));
			len -= h.nlmsg_len - now;
		}
		at += (now + 3) & ~3u;
	}
	return len;
}

void make_neutral_all(struct answers *a)
{
	for (unsigned k = 0; k < a->n; k++)
		a->len[k] = neutral_answer(a->bytes[k], a->len[k]);
}

/* -- compared -- */

static void print_bytes(const char *who, const uint8_t *bytes, long len)
{
	printf("  %s %ld:", who, len);
	for (long i = 0; i < len; i++)
		printf("%s%02x", i % 4 ? "" : " ", bytes[i]);
	printf("\n");
}

static void print_request(const struct request *r, unsigned mode)
{
	printf("differ: %s (type %u, flags 0x%x, mode %u)\n", r->name, r->type, r->flags, mode);
	print_bytes("body", r->body, r->len);
}

static bool same(struct answers *a, struct answers *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->len[i] != b->len[i] ||
		    (a->len[i] > 0 && memcmp(a->bytes[i], b->bytes[i], (size_t)a->len[i]) != 0))
			return false;
	return true;
}

void judge(const struct request *r, unsigned mode, const long sent[2], struct answers a[2])
{
	for (unsigned i = 0; i < 2; i++)
		make_neutral_all(&a[i]);
	n_compared++;
	if (sent[0] == sent[1] && same(&a[0], &a[1]))
		return;
	n_differ++;
	print_request(r, mode);
	for (unsigned i = 0; i < 2; i++) {
		printf("  %s: sent %ld, %u datagrams\n", i ? "ours" : "kernel", sent[i], a[i].n);
		for (unsigned k = 0; k < a[i].n; k++)
			print_bytes(i ? "ours" : "kernel", a[i].bytes[k], a[i].len[k]);
	}
}

void compare(struct world w[2], const struct request *r, unsigned mode)
{
	static struct answers a[2];
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		struct wsock s;

		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s)) {
			printf("no socket\n");
			exit(1);
		}
		set_mode(&w[i], s, mode);
		sent[i] = ask(&w[i], s, r);
		listen_to(&w[i], s, &a[i]);
		world_close(&w[i], &s);
	}
	judge(r, mode, sent, a);
}

void compare_results(const char *what, const long r[2])
{
	n_compared++;
	if (r[0] == r[1])
		return;
	n_differ++;
	printf("differ: %s: kernel %ld, ours %ld\n", what, r[0], r[1]);
}

/* -- requests -- */

void put(struct request *r, const void *bytes, uint32_t len)
{
	if (!len || r->len + len > REQUEST_MAX)
		return;
	memcpy(r->body + r->len, bytes, len);
	r->len += len;
}

void put_attr(struct request *r, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	static const uint8_t zeros[4];

	put(r, &a, sizeof(a));
	put(r, value, len);
	put(r, zeros, (4u - len % 4u) % 4u);
}

struct request request_of(const char *name, uint16_t type, uint16_t flags, const void *hdr,
			  uint32_t hdr_len)
{
	struct request r = { .name = name, .type = type, .flags = flags | NLM_F_REQUEST };

	put(&r, hdr, hdr_len);
	return r;
}
