/* SPDX-License-Identifier: Apache-2.0 */
/* What a socket's keys are: TCP_AO_INFO and TCP_AO_GET_KEYS. */
#include "transport/tcp/ao.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define KEYFLAGS (TCP_AO_KEYF_IFINDEX | TCP_AO_KEYF_EXCLUDE_OPT)

static int get_info(const struct tcp_ao *ao, void *val, socklen_t *len)
{
	struct tcp_ao_info_opt out = {
		.bits = (ao->current ? TCP_AO_SET_CURRENT : 0) |
			(ao->rnext ? TCP_AO_SET_RNEXT : 0) | (ao->required ? TCP_AO_REQUIRED : 0) |
			(ao->accept_icmps ? TCP_AO_ACCEPT_ICMPS : 0),
		.current_key = ao->current ? ao->current->sndid : 0,
		.rnext = ao->rnext ? ao->rnext->rcvid : 0,
		.pkt_good = ao->good,
		.pkt_bad = ao->bad,
		.pkt_key_not_found = ao->key_not_found,
		.pkt_ao_required = ao->ao_required,
		.pkt_dropped_icmp = ao->dropped_icmp,
	};

	if (!*len)
		return -EINVAL;
	if (*len > sizeof(out))
		*len = sizeof(out);
	memcpy(val, &out, *len);
	return 0;
}

/* -- which keys are asked for -- */

struct wish {
	struct tcp_ao_getsockopt in;
	struct tcp_md5_peer peer;
	bool by_addr, by_ids;
};

static bool is_zero(const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++)
		if (b[i])
			return false;
	return true;
}

static int check_bits(const struct tcp_ao_getsockopt *in)
{
	uint16_t known = TCP_AO_IS_CURRENT | TCP_AO_IS_RNEXT | TCP_AO_GET_ALL;

	if (in->bits & ~known || in->pkt_good || in->pkt_bad || in->keyflags & ~KEYFLAGS)
		return -EINVAL;
	if (in->ifindex && !(in->keyflags & TCP_AO_KEYF_IFINDEX))
		return -EINVAL;
	if (in->bits & TCP_AO_GET_ALL && in->bits & (TCP_AO_IS_CURRENT | TCP_AO_IS_RNEXT))
		return -EINVAL;
	return 0;
}

/* All, or those that are in use: then nothing else is said. Or those of an address and of IDs. */
static int take_wish(const struct tcp_conn *c, const void *val, socklen_t len, struct wish *w)
{
	int err;

	memset(w, 0, sizeof(*w));
	if (len < sizeof(w->in))
		return -EINVAL;
	memcpy(&w->in, val, sizeof(w->in));
	err = check_bits(&w->in);
	if (err)
		return err;
	w->by_ids = w->in.sndid || w->in.rcvid;
	if (w->in.bits)
		return w->by_ids || w->in.prefix || !is_zero(&w->in.addr, sizeof(w->in.addr))
			       ? -EINVAL
			       : 0;
	if (!w->in.addr.ss_family)
		return w->in.prefix ? -EINVAL : 0;
	w->by_addr = w->in.prefix;
	w->peer.flags = w->in.keyflags & TCP_AO_KEYF_IFINDEX;
	w->peer.l3index = w->in.ifindex;
	return sea_tcp_ao_take_peer(c, &w->in.addr, w->in.prefix, &w->peer);
}

static bool is_wanted(const struct tcp_ao *ao, const struct tcp_ao_key *key, const struct wish *w)
{
	const struct tcp_md5_peer *p = &key->peer;

	if (w->in.bits & TCP_AO_GET_ALL)
		return true;
	if (w->in.bits)
		return (w->in.bits & TCP_AO_IS_CURRENT && key == ao->current) ||
		       (w->in.bits & TCP_AO_IS_RNEXT && key == ao->rnext);
	if (w->by_ids && (key->sndid != w->in.sndid || key->rcvid != w->in.rcvid))
		return false;
	if (w->peer.flags && (p->flags != w->peer.flags || p->l3index != w->peer.l3index))
		return false;
	return !w->by_addr || (p->family == w->peer.family && p->prefixlen >= w->peer.prefixlen &&
			       sea_tcp_same_prefix(&p->addr, &w->peer.addr, w->peer.prefixlen));
}

/* -- telling -- */

static void put_addr(const struct tcp_conn *c, const struct tcp_md5_peer *p,
		     struct sockaddr_storage *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (p->family == SEA_AF_INET && c->sock.domain == SEA_AF_INET) {
		memcpy(&in.sin_addr, p->addr.b, 4);
		memcpy(to, &in, sizeof(in));
		return;
	}
	if (p->family == SEA_AF_INET) {
		in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
		memcpy(in6.sin6_addr.s6_addr + 12, p->addr.b, 4);
	} else {
		memcpy(&in6.sin6_addr, p->addr.b, 16);
	}
	memcpy(to, &in6, sizeof(in6));
}

static void put_key(const struct tcp_conn *c, const struct tcp_ao_key *key,
		    struct tcp_ao_getsockopt *out)
{
	const struct tcp_ao *ao = c->side->ao;
	const char *name = sea_tcp_ao_alg_name(key->alg);

	memset(out, 0, sizeof(*out));
	put_addr(c, &key->peer, &out->addr);
	memcpy(out->alg_name, name, strlen(name));
	memcpy(out->key, key->bytes, key->len);
	out->bits = (uint16_t)((key == ao->current ? TCP_AO_IS_CURRENT : 0) |
			       (key == ao->rnext ? TCP_AO_IS_RNEXT : 0));
	out->sndid = key->sndid;
	out->rcvid = key->rcvid;
	out->prefix = key->peer.prefixlen;
	out->maclen = key->maclen;
	out->keyflags = key->keyflags;
	out->keylen = key->len;
	out->ifindex = key->peer.l3index;
	out->pkt_good = key->good;
	out->pkt_bad = key->bad;
}

/* Nothing is written beyond *len, which on Linux is one element's alone: who calls may be handing on what another says. */
static int get_keys(const struct tcp_conn *c, void *val, socklen_t *len)
{
	struct tcp_ao_getsockopt out;
	uint8_t *to = val;
	struct sea_list *node, *tmp;
	struct wish w;
	size_t n = 0, room;
	int err = take_wish(c, val, *len, &w);

	if (err)
		return err;
	room = *len / sizeof(out);
	if (w.in.nkeys < room)
		room = w.in.nkeys;
	SEA_LIST_EACH(node, tmp, &c->side->ao->keys)
	{
		const struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);

		if (!is_wanted(c->side->ao, key, &w))
			continue;
		if (n < room) {
			put_key(c, key, &out);
			memcpy(to + n * sizeof(out), &out, sizeof(out));
		}
		n++;
	}
	w.in.nkeys = (uint32_t)n;
	memcpy(to + offsetof(struct tcp_ao_getsockopt, nkeys), &w.in.nkeys, sizeof(w.in.nkeys));
	*len = sizeof(out);
	return 0;
}

int sea_tcp_ao_get(struct tcp_conn *c, int name, void *val, socklen_t *len)
{
	if (name == TCP_AO_REPAIR)
		return sea_tcp_ao_numbers(c, val, *len);
	if (!sea_tcp_has_ao)
		return -ENOPROTOOPT;
	if (!c->side->ao)
		return -ENOENT;
	return name == TCP_AO_INFO ? get_info(c->side->ao, val, len) : get_keys(c, val, len);
}
