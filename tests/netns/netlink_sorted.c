/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dumps of neighbours. The kernel's order is that of hashes, with a key by chance, and it has entries for groups that
 * packets of its own went to: messages are sorted, and those left out.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/neighbour.h>

#include "tests/netns/netlink_compare.h"

#define MESSAGES_MAX 64
#define MESSAGE_MAX 160

struct messages {
	unsigned n;
	struct message {
		uint32_t len;
		uint8_t bytes[MESSAGE_MAX];
	} m[MESSAGES_MAX];
};

/* -- dumps, sorted -- */

static bool is_of_a_group(const uint8_t *msg)
{
	const uint8_t *dst = msg + sizeof(struct nlmsghdr) + sizeof(struct ndmsg) + 4;
	struct ndmsg hdr;

	memcpy(&hdr, msg + sizeof(struct nlmsghdr), sizeof(hdr));
	return hdr.ndm_state == NUD_NOARP &&
	       (hdr.ndm_family == AF_INET ? dst[0] >= 224 : dst[0] == 0xff);
}

static void keep(struct messages *all, const uint8_t *msg, uint32_t len)
{
	struct nlmsghdr h;

	memcpy(&h, msg, sizeof(h));
	if (h.nlmsg_type == RTM_NEWNEIGH && is_of_a_group(msg))
		return;
	if (all->n == MESSAGES_MAX || len > MESSAGE_MAX) {
		printf("more neighbours than there is room for\n");
		exit(1);
	}
	all->m[all->n].len = len;
	memcpy(all->m[all->n++].bytes, msg, len);
}

static int by_bytes(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	return x->len == y->len ? memcmp(x->bytes, y->bytes, x->len) : x->len < y->len ? -1 : 1;
}

/* Of datagrams that are neutral already. */
static void sort(struct messages *all, const struct answers *a)
{
	struct nlmsghdr h;

	all->n = 0;
	for (unsigned i = 0; i < a->n; i++)
		for (long at = 0; at + (long)sizeof(h) <= a->len[i];
		     at += (h.nlmsg_len + 3) & ~3u) {
			memcpy(&h, a->bytes[i] + at, sizeof(h));
			keep(all, a->bytes[i] + at, h.nlmsg_len);
		}
	if (all->n)
		qsort(all->m, all->n, sizeof(all->m[0]), by_bytes);
}

static void print_all(const char *who, const struct messages *all)
{
	for (unsigned i = 0; i < all->n; i++) {
		printf("  %s:", who);
		for (uint32_t k = 0; k < all->m[i].len; k++)
			printf("%s%02x", k % 4 ? "" : " ", all->m[i].bytes[k]);
		printf("\n");
	}
}

static bool same(const struct messages all[2])
{
	if (all[0].n != all[1].n)
		return false;
	for (unsigned i = 0; i < all[0].n; i++)
		if (by_bytes(&all[0].m[i], &all[1].m[i]))
			return false;
	return true;
}

static void judge_sorted(const struct request *r, unsigned mode, struct answers a[2])
{
	static struct messages all[2];

	for (unsigned i = 0; i < 2; i++) {
		make_neutral_all(&a[i]);
		sort(&all[i], &a[i]);
	}
	n_compared++;
	if (same(all))
		return;
	n_differ++;
	printf("differ: %s (type %u, flags 0x%x, mode %u)\n", r->name, r->type, r->flags, mode);
	for (unsigned i = 0; i < 2; i++)
		print_all(i ? "ours" : "kernel", &all[i]);
}

void compare_sorted(struct world w[2], const struct request *r, unsigned mode)
{
	static struct answers a[2];

	for (unsigned i = 0; i < 2; i++) {
		struct wsock s;

		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s))
			exit(1);
		set_mode(&w[i], s, mode);
		(void)ask(&w[i], s, r);
		listen_to(&w[i], s, &a[i]);
		world_close(&w[i], &s);
	}
	judge_sorted(r, mode, a);
}
