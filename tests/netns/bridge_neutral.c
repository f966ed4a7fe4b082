/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/netns/bridge_neutral.h"

#include <string.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

#define ALIGNED(n) (((n) + 3u) & ~3u)
#define TYPE_MASK 0x3fffu

/* What is written anew. */
struct text {
	uint8_t bytes[BYTES_MAX] __attribute__((aligned(8)));
	uint32_t len;
	uint32_t last; /* where the last message begins */
};

static void add(struct text *t, const void *bytes, uint32_t len)
{
	if (t->len + ALIGNED(len) > BYTES_MAX)
		return;
	memset(t->bytes + t->len, 0, ALIGNED(len));
	if (len)
		memcpy(t->bytes + t->len, bytes, len);
	t->len += ALIGNED(len);
}

static uint32_t begin_nest(struct text *t, uint16_t type)
{
	const struct nlattr a = { .nla_type = type };

	add(t, &a, sizeof(a));
	return t->len - (uint32_t)sizeof(a);
}

static void end_nest(struct text *t, uint32_t nest)
{
	const uint16_t len = (uint16_t)(t->len - nest);

	memcpy(t->bytes + nest, &len, sizeof(len));
}

struct attr {
	struct nlattr a;
	const uint8_t *at; /* the attribute itself */
	const uint8_t *value;
	uint32_t len; /* of the value */
};

static bool next(const uint8_t *bytes, uint32_t len, uint32_t *at, struct attr *out)
{
	if (*at + sizeof(out->a) > len)
		return false;
	memcpy(&out->a, bytes + *at, sizeof(out->a));
	if (out->a.nla_len < sizeof(out->a) || out->a.nla_len > len - *at)
		return false;
	out->at = bytes + *at;
	out->value = out->at + sizeof(out->a);
	out->len = out->a.nla_len - (uint32_t)sizeof(out->a);
	*at += ALIGNED(out->a.nla_len);
	return true;
}

/* -- bridges -- */

static bool is_bridge_s(unsigned type)
{
	if (type >= IFLA_BR_MCAST_ROUTER && type <= IFLA_BR_MCAST_STARTUP_QUERY_INTVL)
		return false;
	if (type >= IFLA_BR_VLAN_DEFAULT_PVID && type <= IFLA_BR_VLAN_STATS_PER_PORT)
		return false;
	if (type >= IFLA_BR_HELLO_TIMER && type <= IFLA_BR_GC_TIMER)
		return false;
	return type != IFLA_BR_VLAN_PROTOCOL;
}

static bool is_port_s(unsigned type)
{
	if (type >= IFLA_BRPORT_MESSAGE_AGE_TIMER && type <= IFLA_BRPORT_HOLD_TIMER)
		return false;
	return type != IFLA_BRPORT_MULTICAST_ROUTER && type != 37 && type != 38 && type != 41 &&
	       type != 42;
}

static void add_nest(struct text *t, const struct attr *nest, bool (*keep)(unsigned type))
{
	uint32_t begin = begin_nest(t, nest->a.nla_type), at = 0;
	struct attr a;

	while (next(nest->value, nest->len, &at, &a))
		if (keep(a.a.nla_type & TYPE_MASK))
			add(t, a.at, a.a.nla_len);
	end_nest(t, begin);
}

/* Only of bridges and macvlans: what taps and links of ours are is not the same. */
static void add_info(struct text *t, const struct attr *info)
{
	uint32_t at = 0;
	bool bridge = false, macvlan = false;
	struct attr a;

	while (next(info->value, info->len, &at, &a)) {
		if (a.a.nla_type == IFLA_INFO_KIND)
			bridge = !strncmp((const char *)a.value, "bridge", a.len);
		if (a.a.nla_type == IFLA_INFO_KIND)
			macvlan = !strncmp((const char *)a.value, "macvlan", a.len);
		if (a.a.nla_type == IFLA_INFO_DATA && macvlan)
			add(t, a.at, a.a.nla_len);
		if (a.a.nla_type == IFLA_INFO_DATA && bridge)
			add_nest(t, &a, is_bridge_s);
	}
}

static void add_link(struct text *t, const uint8_t *msg, uint32_t len)
{
	struct ifinfomsg hdr;
	uint32_t at = 0;
	struct attr a;

	memcpy(&hdr, msg, sizeof(hdr));
	hdr.ifi_flags &= ~(unsigned)(IFF_RUNNING | IFF_LOWER_UP);
	add(t, &hdr, sizeof(hdr));
	while (next(msg + sizeof(hdr), len - (uint32_t)sizeof(hdr), &at, &a)) {
		switch (a.a.nla_type & TYPE_MASK) {
		case IFLA_IFNAME:
		case IFLA_MASTER:
		case IFLA_MTU:
		case IFLA_ADDRESS:
		case IFLA_PROMISCUITY:
		case IFLA_ALLMULTI:
			add(t, a.at, a.a.nla_len);
			break;
		case IFLA_PROTINFO:
			add_nest(t, &a, is_port_s);
			break;
		case IFLA_LINKINFO:
			add_info(t, &a);
			break;
		}
	}
}

static void add_entry(struct text *t, const uint8_t *msg, uint32_t len)
{
	static const struct nlattr no_age = { .nla_len = sizeof(no_age),
					      .nla_type = NDA_CACHEINFO };
	uint32_t at = 0;
	struct attr a;

	add(t, msg, sizeof(struct ndmsg));
	while (next(msg + sizeof(struct ndmsg), len - (uint32_t)sizeof(struct ndmsg), &at, &a))
		if (a.a.nla_type == NDA_CACHEINFO)
			add(t, &no_age, sizeof(no_age));
		else
			add(t, a.at, a.a.nla_len);
}

/* -- messages -- */

static bool is_link(const struct nlmsghdr *h)
{
	return h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK;
}

static bool is_entry(const struct nlmsghdr *h)
{
	return h->nlmsg_type == RTM_NEWNEIGH || h->nlmsg_type == RTM_DELNEIGH;
}

static bool is_filter(const struct nlmsghdr *h, const uint8_t *body)
{
	return is_entry(h) && body[offsetof(struct ndmsg, ndm_flags)] & NTF_SELF;
}

static void add_message(struct text *t, const uint8_t *msg, struct nlmsghdr h, bool news)
{
	const uint8_t *body = msg + sizeof(h);
	const uint32_t begin = t->len, len = h.nlmsg_len - (uint32_t)sizeof(h);

	if (is_filter(&h, body) || (news && body[0] != AF_BRIDGE))
		return;
	h.nlmsg_flags &= (uint16_t)~NLM_F_MULTI;
	add(t, &h, sizeof(h));
	if (is_link(&h) && len >= sizeof(struct ifinfomsg))
		add_link(t, body, len);
	else if (is_entry(&h) && len >= sizeof(struct ndmsg))
		add_entry(t, body, len);
	else
		add(t, body, len);
	h.nlmsg_len = t->len - begin;
	memcpy(t->bytes + begin, &h, sizeof(h));
	if (begin - t->last == h.nlmsg_len &&
	    !memcmp(t->bytes + begin, t->bytes + t->last, h.nlmsg_len))
		t->len = begin; /* the kernel says some things several times */
	else
		t->last = begin;
}

static void rewrite(struct answers *a, bool news)
{
	static struct text t;

	t.len = t.last = 0;
	for (unsigned i = 0; i < a->n; i++) {
		struct nlmsghdr h;

		if (a->len[i] < 0)
			return;
		for (uint32_t at = 0; at + sizeof(h) <= (uint32_t)a->len[i];
		     at += ALIGNED(h.nlmsg_len)) {
			memcpy(&h, a->bytes[i] + at, sizeof(h));
			if (h.nlmsg_len < sizeof(h) + 4 || h.nlmsg_len > a->len[i] - at)
				break;
			add_message(&t, a->bytes[i] + at, h, news);
		}
	}
	a->n = t.len > 0;
	a->len[0] = t.len;
	memcpy(a->bytes[0], t.bytes, t.len);
}

void bridge_neutral(struct answers *a)
{
	rewrite(a, false);
}

void bridge_news(struct answers *a)
{
	rewrite(a, true);
}
