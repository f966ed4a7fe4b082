/* SPDX-License-Identifier: Apache-2.0 */
/* What came back of generic netlink, message by message, and made comparable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ethtool_netlink.h>

#include "tests/netns/netlink_genl.h"

#define CANONICAL 1000 /* for the number of tcp_metrics */
#define HDR 20u        /* both headers */

/* -- attributes -- */

static uint8_t *attr_of(uint8_t *bytes, uint32_t len, uint16_t type, uint32_t *value_len)
{
	for (uint32_t at = 0; at + sizeof(struct nlattr) <= len;) {
		struct nlattr a;

		memcpy(&a, bytes + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len - at)
			return NULL;
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*value_len = (uint32_t)(a.nla_len - sizeof(a));
			return bytes + at + sizeof(a);
		}
		at += (a.nla_len + 3u) & ~3u;
	}
	return NULL;
}

static void neutral_id(uint8_t *at, uint16_t id)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	if (v == id)
		v = CANONICAL;
	memcpy(at, &v, sizeof(v));
}

/* -- kinds of messages -- */

/* Is the family one that is in both worlds? */
static bool is_known(uint8_t *attrs, uint32_t len)
{
	uint32_t n = 0;
	const uint8_t *name = attr_of(attrs, len, CTRL_ATTR_FAMILY_NAME, &n);

	return !name || !strcmp((const char *)name, "nlctrl") ||
	       !strcmp((const char *)name, TCP_METRICS_GENL_NAME);
}

static void neutral_ctrl(uint8_t *attrs, uint32_t len, uint16_t id)
{
	uint32_t n = 0;
	uint8_t *at = attr_of(attrs, len, CTRL_ATTR_FAMILY_ID, &n);

	if (at)
		neutral_id(at, id);
}

/* Of each kind of value only that it is there. */
static void neutral_metrics(uint8_t *attrs, uint32_t len)
{
	uint32_t n = 0, m = 0;
	uint8_t *age = attr_of(attrs, len, TCP_METRICS_ATTR_AGE, &n);
	uint8_t *vals;

	if (age)
		memset(age, 0, n);
	vals = attr_of(attrs, len, TCP_METRICS_ATTR_VALS, &n);
	for (uint16_t t = 1; vals && t <= TCP_METRIC_MAX + 1; t++) {
		uint8_t *v = attr_of(vals, n, t, &m);

		if (v)
			memset(v, 0, m);
	}
}

/* What of lo can be changed, and is wanted of that: nothing, in ours. Returns by how much the message is shorter. */
static uint32_t without(uint8_t *msg, uint32_t len, uint16_t type)
{
	uint32_t n = 0, whole;
	uint8_t *value = attr_of(msg + HDR, len - HDR, type, &n), *from;

	if (!value)
		return 0;
	from = value - sizeof(struct nlattr);
	whole = (n + (uint32_t)sizeof(struct nlattr) + 3) & ~3u;
	memmove(from, from + whole, len - (uint32_t)(from - msg) - whole);
	memset(msg + len - whole, 0, whole);
	return whole;
}

static void neutral_features(uint8_t *msg, uint32_t *len)
{
	if (msg[sizeof(struct nlmsghdr)] != ETHTOOL_MSG_FEATURES_GET_REPLY)
		return;
	*len -= without(msg, *len, ETHTOOL_A_FEATURES_HW);
	*len -= without(msg, *len, ETHTOOL_A_FEATURES_WANTED);
	memcpy(msg, len, sizeof(*len));
}

static void neutral_error(uint8_t *msg, uint32_t len, const struct genl_ask *ask, uint16_t id)
{
	const uint32_t inner = sizeof(struct nlmsghdr) + 4;
	const uint32_t body = inner + sizeof(struct nlmsghdr);

	if (inner + 6 <= len)
		neutral_id(msg + inner + 4, id);
	if (ask->id_at && ask->mode % 4 < 2 && body + ask->id_at + 2 <= len)
		neutral_id(msg + body + ask->id_at, id);
}

/* False: it is not compared. */
static bool neutral(uint8_t *msg, uint32_t *length, const struct genl_ask *ask, uint16_t id)
{
	uint32_t len = *length;
	struct nlmsghdr h;

	memcpy(&h, msg, sizeof(h));
	h.nlmsg_pid = h.nlmsg_pid != 0;
	memcpy(msg, &h, sizeof(h));
	if (h.nlmsg_type == NLMSG_ERROR)
		neutral_error(msg, len, ask, id);
	if (h.nlmsg_type == GENL_ID_CTRL && len > HDR) {
		if (!is_known(msg + HDR, len - HDR))
			return false;
		neutral_ctrl(msg + HDR, len - HDR, id);
	} else if (h.nlmsg_type == id && len > HDR) {
		if (!strcmp(ask->family, TCP_METRICS_GENL_NAME))
			neutral_metrics(msg + HDR, len - HDR);
		else
			neutral_features(msg, length);
		neutral_id(msg + 4, id);
	}
	return true;
}

/* -- all of an answer -- */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, GENL_MESSAGE_MAX);
}

/* One of a datagram; the end of a dump remembers whether it came apart. */
static void add(struct genl_messages *m, const uint8_t *bytes, uint32_t len, bool first,
		const struct genl_ask *ask, uint16_t id)
{
	struct nlmsghdr h;

	if (m->n == GENL_MESSAGES_MAX || len + 1 > GENL_MESSAGE_MAX)
		abort();
	memset(m->bytes[m->n], 0, GENL_MESSAGE_MAX);
	memcpy(m->bytes[m->n], bytes, len);
	if (!neutral(m->bytes[m->n], &len, ask, id))
		return;
	memcpy(&h, bytes, sizeof(h));
	if (h.nlmsg_type == NLMSG_DONE)
		m->bytes[m->n][len++] = first;
	m->len[m->n++] = len;
}

void genl_messages_of(const struct answers *a, const struct genl_ask *ask, uint16_t id,
		      struct genl_messages *m)
{
	m->n = 0;
	for (unsigned i = 0; i < a->n; i++) {
		struct nlmsghdr h;

		if (a->len[i] < 0) {
			memset(m->bytes[m->n], 0, GENL_MESSAGE_MAX);
			memcpy(m->bytes[m->n], &a->len[i], sizeof(a->len[i]));
			m->len[m->n++] = sizeof(a->len[i]);
			continue;
		}
		for (long at = 0; at + (long)sizeof(h) <= a->len[i];) {
			memcpy(&h, a->bytes[i] + at, sizeof(h));
			if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > a->len[i] - at)
				break;
			add(m, a->bytes[i] + at, h.nlmsg_len, !at, ask, id);
			at += (h.nlmsg_len + 3) & ~3u;
		}
	}
	if (!ask->family)
		return;
	qsort(m->bytes, m->n, GENL_MESSAGE_MAX, by_bytes);
	for (unsigned i = 0; i < m->n; i++)
		m->len[i] = GENL_MESSAGE_MAX;
}

bool genl_messages_same(const struct genl_messages *a, const struct genl_messages *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->len[i] != b->len[i] || memcmp(a->bytes[i], b->bytes[i], a->len[i]) != 0)
			return false;
	return true;
}

void genl_messages_print(const char *who, const struct genl_messages *m)
{
	for (unsigned i = 0; i < m->n; i++) {
		uint32_t shown = m->len[i] < 256 ? m->len[i] : 256;

		printf("  %s %u:", who, m->len[i]);
		for (uint32_t k = 0; k < shown; k++)
			printf("%s%02x", k % 4 ? "" : " ", m->bytes[i][k]);
		printf("\n");
	}
}

/* -- numbers -- */

uint16_t genl_id_of(struct world *w, const char *family)
{
	static struct answers a;
	struct genl_ask get = genl_ask_of("the number", NULL, CTRL_CMD_GETFAMILY, 0);
	struct wsock s;
	uint32_t n = 0;
	uint16_t id;
	uint8_t *at;

	put_attr(&get.r, CTRL_ATTR_FAMILY_NAME, family, (uint16_t)(strlen(family) + 1));
	if (world_open(w, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &s))
		return 0;
	ask(w, s, &get.r);
	listen_to(w, s, &a);
	world_close(w, &s);
	if (!a.n || a.len[0] < (long)HDR)
		return 0;
	at = attr_of(a.bytes[0] + HDR, (uint32_t)a.len[0] - HDR, CTRL_ATTR_FAMILY_ID, &n);
	if (!at)
		return 0;
	memcpy(&id, at, sizeof(id));
	return id;
}
