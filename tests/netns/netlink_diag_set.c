/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as sets of messages, without what cannot be the same. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/netns/netlink_diag.h"

#define ATTR_SOCKOPT 22
#define ATTR_CGROUP_ID 21
#define UNKNOWN 0xee

/* -- attributes -- */

static void keep_u32(uint8_t *info, const uint8_t *from, size_t at)
{
	memcpy(info + at, from + at, 4);
}

/*
 * What neither a clock nor the time of an acknowledgment decides (the segment size follows the windows seen). Of one that
 * ended, its path and options are the kernel's leavings.
 */
static void neutral_info(uint8_t *info, uint32_t len)
{
	static const size_t at[] = {
		offsetof(struct tcp_info, tcpi_advmss),
		offsetof(struct tcp_info, tcpi_unacked),
		offsetof(struct tcp_info, tcpi_sacked),
		offsetof(struct tcp_info, tcpi_lost),
		offsetof(struct tcp_info, tcpi_retrans),
		offsetof(struct tcp_info, tcpi_fackets),
		offsetof(struct tcp_info, tcpi_reordering),
		offsetof(struct tcp_info, tcpi_snd_ssthresh),
		offsetof(struct tcp_info, tcpi_total_retrans),
	};
	uint8_t was[512];

	memcpy(was, info, len);
	memset(info, 0, len);
	if (was[0] == TCP_CLOSE) {
		info[0] = was[0];
		return;
	}
	memcpy(info, was, 7);
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]) && len >= 104; i++)
		keep_u32(info, was, at[i]);
	keep_u32(info, was, offsetof(struct tcp_info, tcpi_pmtu));
	/* bytes acknowledged, received */
	memcpy(info + 120, was + 120, 16);
}

static bool neutral_attr(uint16_t type, uint8_t *value, uint32_t len, bool tcp)
{
	switch (type) {
	case INET_DIAG_INFO:
		neutral_info(value, len);
		return true;
	case INET_DIAG_MEMINFO:
		memset(value + 8, 0, 4);
		memset(value, 0, tcp ? 4 : 0);
		return true;
	case INET_DIAG_SKMEMINFO:
		memset(value + 16, 0, 4);
		memset(value, 0, tcp ? 4 : 0);
		memset(value + 32, 0, tcp ? 4 : 0);
		return true;
	default:
		return type != ATTR_CGROUP_ID;
	}
}

/* In place; what is left of them. */
static uint32_t neutral_attrs(uint8_t *bytes, uint32_t len, bool tcp)
{
	uint32_t at = 0, to = 0;

	while (at + sizeof(struct nlattr) <= len) {
		struct nlattr a;
		uint32_t whole;

		memcpy(&a, bytes + at, sizeof(a));
		whole = (a.nla_len + 3u) & ~3u;
		if (a.nla_len < sizeof(a) || whole > len - at)
			abort();
		memmove(bytes + to, bytes + at, whole);
		if (neutral_attr(a.nla_type, bytes + to + sizeof(a), a.nla_len - 4u, tcp))
			to += whole;
		at += whole;
	}
	return to;
}

/* -- messages -- */

static void neutral_cookie(const struct twins *t, unsigned world, uint32_t cookie[2])
{
	uint64_t v = cookie[0] | (uint64_t)cookie[1] << 32;

	cookie[0] = UNKNOWN;
	cookie[1] = 0;
	for (unsigned i = 0; i < t->n; i++)
		if (t->v[i].cookie[world] == v)
			cookie[0] = i;
}

static void neutral_error(uint8_t *body, uint32_t len)
{
	/* The request's cookie, wherever it stands: 44 or 48 bytes behind its header. */
	if (len >= 4 + 16 + 56)
		memset(body + 20 + 44, 0, 12);
}

static void neutral_inet(const struct twins *t, unsigned world, bool news, bool tcp, uint8_t *body)
{
	struct inet_diag_msg m;

	memcpy(&m, body, sizeof(m));
	neutral_cookie(t, world, m.id.idiag_cookie);
	m.idiag_expires = 0;
	/* What a connection that was none, or is dissolved, leaves of peer and numbers. */
	if (!m.id.idiag_dport && (m.idiag_state == TCP_CLOSE || m.idiag_state == TCP_LISTEN))
		memset(m.id.idiag_dst, 0, sizeof(m.id.idiag_dst));
	if (tcp && m.idiag_state == TCP_CLOSE)
		m.idiag_rqueue = m.idiag_wqueue = 0;
	/* Who was reset by its own program has no peer any more there. */
	if (news && tcp) {
		m.id.idiag_dport = 0;
		memset(m.id.idiag_src, 0, sizeof(m.id.idiag_src));
		memset(m.id.idiag_dst, 0, sizeof(m.id.idiag_dst));
	}
	memcpy(body, &m, sizeof(m));
}

/* Of a socket: as its options say; of one that is gone, its protocol. */
static bool is_tcp(const uint8_t *body, uint32_t len)
{
	uint32_t at = sizeof(struct inet_diag_msg);

	while (at + sizeof(struct nlattr) <= len) {
		struct nlattr a;

		memcpy(&a, body + at, sizeof(a));
		if (a.nla_type == ATTR_SOCKOPT)
			return body[at + sizeof(a)] & 2; /* is_icsk */
		if (a.nla_type == INET_DIAG_PROTOCOL)
			return body[at + sizeof(a)] == IPPROTO_TCP;
		at += (a.nla_len + 3u) & ~3u;
	}
	return false;
}

static void take(const struct twins *t, unsigned world, const uint8_t *bytes, uint32_t len,
		 struct messages *m)
{
	uint8_t *to = m->bytes[m->n];
	struct nlmsghdr h;

	if (m->n == MESSAGES_MAX || len > MESSAGE_MAX)
		abort();
	memcpy(to, bytes, len);
	memcpy(&h, to, sizeof(h));
	h.nlmsg_pid = h.nlmsg_pid != 0;
	if (h.nlmsg_type == NLMSG_ERROR)
		neutral_error(to + sizeof(h), len - (uint32_t)sizeof(h));
	if (h.nlmsg_type >= TCPDIAG_GETSOCK && len >= sizeof(h) + sizeof(struct inet_diag_msg)) {
		const uint32_t behind = sizeof(h) + sizeof(struct inet_diag_msg);
		const bool tcp = is_tcp(to + sizeof(h), len - (uint32_t)sizeof(h));

		neutral_inet(t, world, !h.nlmsg_seq, tcp, to + sizeof(h));
		h.nlmsg_len = behind + neutral_attrs(to + behind, len - behind, tcp);
	}
	memcpy(to, &h, sizeof(h));
	m->len[m->n++] = h.nlmsg_len;
}

static int in_order(const struct messages *m, unsigned a, unsigned b)
{
	uint32_t least = m->len[a] < m->len[b] ? m->len[a] : m->len[b];
	int diff = memcmp(m->bytes[a], m->bytes[b], least);

	return diff ? diff : (int)m->len[a] - (int)m->len[b];
}

static void sort(struct messages *m)
{
	static uint8_t bytes[MESSAGE_MAX];

	for (unsigned i = 1; i < m->n; i++)
		for (unsigned k = i; k && in_order(m, k - 1, k) > 0; k--) {
			uint32_t len = m->len[k];

			memcpy(bytes, m->bytes[k], MESSAGE_MAX);
			memcpy(m->bytes[k], m->bytes[k - 1], MESSAGE_MAX);
			memcpy(m->bytes[k - 1], bytes, MESSAGE_MAX);
			m->len[k] = m->len[k - 1];
			m->len[k - 1] = len;
		}
}

void messages_of(const struct twins *t, unsigned world, const struct answers *a, struct messages *m)
{
	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < a->n; i++) {
		uint32_t left = a->len[i] > 0 ? (uint32_t)a->len[i] : 0;
		const uint8_t *at = a->bytes[i];

		while (left >= sizeof(struct nlmsghdr)) {
			struct nlmsghdr h;
			uint32_t step;

			memcpy(&h, at, sizeof(h));
			step = (h.nlmsg_len + 3) & ~3u;
			if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > left)
				abort();
			take(t, world, at, h.nlmsg_len, m);
			step = step < left ? step : left;
			at += step;
			left -= step;
		}
	}
	sort(m);
}

bool messages_same(const struct messages *a, const struct messages *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->len[i] != b->len[i] || memcmp(a->bytes[i], b->bytes[i], a->len[i]) != 0)
			return false;
	return true;
}

void messages_print(const char *who, const struct messages *m)
{
	for (unsigned i = 0; i < m->n; i++) {
		printf("  %s %u:", who, m->len[i]);
		for (uint32_t k = 0; k < m->len[i]; k++)
			printf("%s%02x", k % 4 ? "" : " ", m->bytes[i][k]);
		printf("\n");
	}
}
