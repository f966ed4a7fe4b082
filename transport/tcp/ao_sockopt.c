/* SPDX-License-Identifier: Apache-2.0 */
/* How keys come and go: TCP_AO_ADD_KEY, TCP_AO_DEL_KEY and TCP_AO_INFO, with Linux's bounds and errors. */
#include "transport/tcp/ao.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/tcp/repair.h"
#include "transport/tcp/socket.h"

#define MACLEN_DEFAULT 12
#define SYN_ROOM 20u /* beside MSS, timestamps and window scale */
#define KEYFLAGS (TCP_AO_KEYF_IFINDEX | TCP_AO_KEYF_EXCLUDE_OPT)

/* -- what the program says -- */

static bool is_any_beyond(const uint8_t *b, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		if (b[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static int check_prefix(const struct tcp_md5_peer *peer)
{
	unsigned bits = peer->family == SEA_AF_INET ? 32 : 128;

	if (peer->prefixlen > bits || !is_any_beyond(peer->addr.b, peer->prefixlen, bits))
		return -EINVAL;
	return peer->prefixlen && is_any_beyond(peer->addr.b, 0, bits) ? -EINVAL : 0;
}

/* An IPv4-mapped address is IPv4's. */
int sea_tcp_ao_take_peer(const struct tcp_conn *c, const struct sockaddr_storage *addr,
			 uint8_t prefix, struct tcp_md5_peer *peer)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (addr->ss_family != (c->sock.domain == SEA_AF_INET ? AF_INET : AF_INET6))
		return -EINVAL;
	memcpy(&in, addr, sizeof(in));
	if (in.sin_port)
		return -EINVAL;
	peer->prefixlen = prefix;
	peer->family = SEA_AF_INET;
	if (c->sock.domain == SEA_AF_INET) {
		memcpy(peer->addr.b, &in.sin_addr, 4);
		return check_prefix(peer);
	}
	memcpy(&in6, addr, sizeof(in6));
	if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
		memcpy(peer->addr.b, in6.sin6_addr.s6_addr + 12, 4);
		return check_prefix(peer);
	}
	peer->family = SEA_AF_INET6;
	memcpy(peer->addr.b, &in6.sin6_addr, 16);
	return check_prefix(peer);
}

static int take_flags(uint8_t keyflags, int32_t ifindex, struct tcp_md5_peer *peer)
{
	if (keyflags & ~KEYFLAGS || (ifindex && !(keyflags & TCP_AO_KEYF_IFINDEX)))
		return -EINVAL;
	peer->flags = keyflags & TCP_AO_KEYF_IFINDEX;
	peer->l3index = ifindex;
	return 0;
}

/* A listener signs nothing of its own. */
static int check_chooses(const struct tcp_conn *c, uint32_t bits)
{
	bool chooses = bits & (TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT);

	return chooses && c->state == TCP_S_LISTEN ? -EINVAL : 0;
}

int sea_tcp_ao_read(void *to, size_t size, const void *val, socklen_t len)
{
	const uint8_t *rest = val;

	if (len < size)
		return -EINVAL;
	for (size_t i = size; i < len; i++)
		if (rest[i])
			return -E2BIG;
	memcpy(to, val, size);
	return 0;
}

/* -- the socket's -- */

/* A connection that is there begins to sign only while it is put together. */
static bool may_begin(const struct tcp_conn *c)
{
	return c->state == TCP_S_CLOSED || c->state == TCP_S_LISTEN;
}

/* It has keys, or may have some. */
static int get_ao(struct tcp_conn *c, struct tcp_ao **ao)
{
	struct tcp_side *side;

	*ao = c->side->ao;
	if (*ao)
		return 0;
	if (!may_begin(c) && !tcp_in_repair(c))
		return -EISCONN;
	side = sea_tcp_side_edit(c);
	*ao = side ? sea_tcp_ao_new(c->sock.stack) : NULL;
	if (!*ao)
		return -ENOMEM;
	side->ao = *ao;
	side->ao->snd = c->snd_una.v;
	side->ao->rcv = c->rcv_nxt.v;
	return 0;
}

/* It was refused what it would have had them for: it has none, as if nobody had asked. */
static void forget_new(struct tcp_conn *c)
{
	sea_tcp_ao_free(c->sock.stack, c->side->ao);
	sea_tcp_side_edit(c)->ao = NULL;
}

static void changed(struct tcp_conn *c)
{
	sea_tcp_note_look(c);
	if (c->pmtu)
		sea_tcp_sync_mss(c, c->pmtu);
}

static struct tcp_ao_key *by_id(const struct tcp_ao *ao, int sndid, int rcvid)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ao->keys)
	{
		struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);

		if ((sndid < 0 || key->sndid == sndid) && (rcvid < 0 || key->rcvid == rcvid))
			return key;
	}
	return NULL;
}

/* What bits ask for, by ID; 0 or -ENOENT. */
static int choose(const struct tcp_ao *ao, uint32_t bits, uint8_t current, uint8_t rnext,
		  struct tcp_ao_key **cur, struct tcp_ao_key **next)
{
	*cur = bits & TCP_AO_SET_CURRENT ? by_id(ao, current, -1) : NULL;
	*next = bits & TCP_AO_SET_RNEXT ? by_id(ao, -1, rnext) : NULL;
	if ((bits & TCP_AO_SET_CURRENT && !*cur) || (bits & TCP_AO_SET_RNEXT && !*next))
		return -ENOENT;
	return 0;
}

/* -- TCP_AO_ADD_KEY -- */

/* RFC 5925 §3.1: IDs of keys that could be for one peer are different. */
static bool overlaps(const struct tcp_ao *ao, const struct tcp_ao_key *fresh)
{
	const struct tcp_md5_peer *p = &fresh->peer;
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ao->keys)
	{
		const struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);
		uint8_t bits = key->peer.prefixlen < p->prefixlen ? key->peer.prefixlen
								  : p->prefixlen;

		if (key->sndid != fresh->sndid && key->rcvid != fresh->rcvid)
			continue;
		if (key->peer.flags & p->flags & TCP_AO_KEYF_IFINDEX &&
		    key->peer.l3index != p->l3index)
			continue;
		if (key->peer.family == p->family &&
		    sea_tcp_same_prefix(&key->peer.addr, &p->addr, bits))
			return true;
	}
	return false;
}

static int take_add(const struct tcp_conn *c, const struct tcp_ao_add *in, struct tcp_ao_key *key)
{
	uint32_t known = TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT;
	int err;

	if (in->keylen > TCP_AO_KEY_MAX || in->bits & ~known || in->reserved2)
		return -EINVAL;
	err = sea_tcp_ao_take_peer(c, &in->addr, in->prefix, &key->peer);
	if (!err)
		err = take_flags(in->keyflags, in->ifindex, &key->peer);
	if (!err)
		err = check_chooses(c, in->bits);
	if (!err && in->ifindex && !sea_l3mdev_is_master(c->sock.stack, in->ifindex))
		err = -EINVAL;
	key->sndid = in->sndid;
	key->rcvid = in->rcvid;
	key->keyflags = in->keyflags;
	return err;
}

static int take_alg(const struct tcp_ao_add *in, struct tcp_ao_key *key)
{
	char name[TCP_AO_NAME_LEN];

	memcpy(name, in->alg_name, sizeof(name));
	name[sizeof(name) - 1] = '\0';
	key->alg = sea_tcp_ao_alg_find(name);
	if (!key->alg)
		return -ENOENT;
	key->maclen = in->maclen ? in->maclen : MACLEN_DEFAULT;
	if (((key->maclen + SEA_TCP_AO_HEAD_LEN + 3u) & ~3u) > SYN_ROOM)
		return -EMSGSIZE;
	key->len = sea_tcp_ao_master(key->alg, in->key, in->keylen, key->bytes);
	return key->len || !in->keylen ? 0 : -EINVAL;
}

/* A connection has the keys of its peer alone. */
static bool is_for_peer(const struct tcp_conn *c, const struct tcp_md5_peer *p)
{
	struct sea_ipaddr peer;

	if (c->state == TCP_S_CLOSED || c->state == TCP_S_LISTEN)
		return true;
	memcpy(peer.b, c->sock.raddr, sizeof(peer.b));
	if (p->flags & TCP_AO_KEYF_IFINDEX &&
	    p->l3index != sea_l3mdev_of_index(c->sock.stack, c->sock.bound_ifindex))
		return false;
	return p->family == c->node.family && sea_tcp_same_prefix(&p->addr, &peer, p->prefixlen);
}

static int put_key(struct tcp_conn *c, struct tcp_ao *ao, const struct tcp_ao_key *fresh,
		   uint32_t bits)
{
	struct sea_sock_more *more = sea_sock_more_edit(&c->sock);
	struct tcp_ao_key *key;

	if (!more || more->optmem >= c->sock.stack->sysctl.optmem_max - TCP_AO_OPTMEM)
		return -ENOMEM;
	key = sea_pool_alloc(&c->sock.stack->shard.pool, sizeof(*key));
	if (!key)
		return -ENOMEM;
	*key = *fresh;
	sea_list_init(&key->node);
	sea_list_push_front(&ao->keys, &key->node);
	more->optmem += TCP_AO_OPTMEM;
	if (bits & TCP_AO_SET_CURRENT)
		ao->current = key;
	if (bits & TCP_AO_SET_RNEXT)
		ao->rnext = key;
	return 0;
}

static int add_key(struct tcp_conn *c, const void *val, socklen_t len)
{
	struct tcp_ao_key fresh = { 0 };
	bool first = !c->side->ao;
	struct tcp_ao_add in;
	struct tcp_ao *ao;
	int err = sea_tcp_ao_read(&in, sizeof(in), val, len);

	if (!err)
		err = take_add(c, &in, &fresh);
	if (!err && sea_tcp_md5_overlaps(c, &fresh.peer))
		err = -EKEYREJECTED;
	if (!err)
		err = get_ao(c, &ao);
	if (!err && !is_for_peer(c, &fresh.peer))
		err = -EINVAL;
	if (!err && overlaps(ao, &fresh))
		err = -EEXIST;
	if (!err)
		err = take_alg(&in, &fresh);
	if (!err && first && !may_begin(c))
		in.bits = TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT;
	if (!err)
		err = put_key(c, ao, &fresh, in.bits);
	if (err && first && c->side->ao)
		forget_new(c);
	changed(c);
	return err;
}

/* -- TCP_AO_DEL_KEY -- */

static struct tcp_ao_key *find_exact(const struct tcp_ao *ao, const struct tcp_md5_peer *peer,
				     const struct tcp_ao_del *in)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ao->keys)
	{
		struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);
		const struct tcp_md5_peer *p = &key->peer;

		if (key->sndid == in->sndid && key->rcvid == in->rcvid && p->flags == peer->flags &&
		    p->l3index == peer->l3index && p->family == peer->family &&
		    p->prefixlen == peer->prefixlen && sea_ipaddr_equal(&p->addr, &peer->addr))
			return key;
	}
	return NULL;
}

static int take_del(const struct tcp_conn *c, const struct tcp_ao_del *in,
		    struct tcp_md5_peer *peer)
{
	uint32_t known = TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT | TCP_AO_DEL_ASYNC;
	int err;

	if (in->bits & ~known || in->reserved2)
		return -EINVAL;
	err = take_flags(in->keyflags, in->ifindex, peer);
	if (!err)
		err = check_chooses(c, in->bits);
	if (!err && in->bits & TCP_AO_DEL_ASYNC && c->state != TCP_S_LISTEN)
		err = -EINVAL;
	return err ? err : sea_tcp_ao_take_peer(c, &in->addr, in->prefix, peer);
}

/* What is in use goes only with another in its place. */
static int take_away(struct tcp_conn *c, struct tcp_ao_key *key, struct tcp_ao_key *cur,
		     struct tcp_ao_key *next)
{
	struct tcp_ao *ao = c->side->ao;

	if (key == cur || key == next)
		return -ENOENT;
	if ((key == ao->current && !cur) || (key == ao->rnext && !next))
		return -EBUSY;
	if (cur)
		ao->current = cur;
	if (next)
		ao->rnext = next;
	sea_tcp_ao_key_free(c->sock.stack, key);
	sea_sock_more_edit(&c->sock)->optmem -= TCP_AO_OPTMEM;
	changed(c);
	return 0;
}

static int del_key(struct tcp_conn *c, const void *val, socklen_t len)
{
	struct tcp_ao_key *key, *cur, *next;
	struct tcp_md5_peer peer = { 0 };
	struct tcp_ao *ao = c->side->ao;
	struct tcp_ao_del in;
	int err = sea_tcp_ao_read(&in, sizeof(in), val, len);

	if (!err)
		err = take_del(c, &in, &peer);
	if (err)
		return err;
	if (!ao)
		return -ENOENT;
	err = choose(ao, in.bits, in.current_key, in.rnext, &cur, &next);
	if (err)
		return err;
	key = find_exact(ao, &peer, &in);
	return key ? take_away(c, key, cur, next) : -ENOENT;
}

/* -- TCP_AO_INFO -- */

static void set_counters(struct tcp_ao *ao, const struct tcp_ao_info_opt *in)
{
	ao->good = in->pkt_good;
	ao->bad = in->pkt_bad;
	ao->key_not_found = in->pkt_key_not_found;
	ao->ao_required = in->pkt_ao_required;
	ao->dropped_icmp = in->pkt_dropped_icmp;
}

static int check_info(const struct tcp_conn *c, const struct tcp_ao_info_opt *in)
{
	uint32_t known = TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT | TCP_AO_REQUIRED |
			 TCP_AO_SET_COUNTERS | TCP_AO_ACCEPT_ICMPS;
	int err = in->bits & ~known || in->reserved2 ? -EINVAL : check_chooses(c, in->bits);

	if (!err && in->bits & TCP_AO_REQUIRED && c->side->md5)
		return -EKEYREJECTED;
	if (!err && !c->side->ao && !may_begin(c) && tcp_in_repair(c))
		return -EINVAL; /* keys come first */
	return err;
}

static int set_info(struct tcp_conn *c, const void *val, socklen_t len)
{
	struct tcp_ao_key *cur, *next;
	bool first = !c->side->ao;
	struct tcp_ao_info_opt in;
	struct tcp_ao *ao;
	int err = sea_tcp_ao_read(&in, sizeof(in), val, len);

	if (!err)
		err = check_info(c, &in);
	if (!err)
		err = get_ao(c, &ao);
	if (err)
		return err;
	err = choose(ao, in.bits, in.current_key, in.rnext, &cur, &next);
	if (err) {
		if (first)
			forget_new(c);
		return err;
	}
	if (cur)
		ao->current = cur;
	if (next)
		ao->rnext = next;
	ao->required = in.bits & TCP_AO_REQUIRED;
	ao->accept_icmps = in.bits & TCP_AO_ACCEPT_ICMPS;
	if (in.bits & TCP_AO_SET_COUNTERS)
		set_counters(ao, &in);
	changed(c);
	return 0;
}

/* -- a child -- */

static bool copy_key(struct tcp_conn *c, struct tcp_ao *ao, const struct tcp_ao_key *from)
{
	struct sea_sock_more *more = sea_sock_more_edit(&c->sock);
	struct tcp_ao_key *key = more ? sea_pool_alloc(&c->sock.stack->shard.pool, sizeof(*key))
				      : NULL;

	if (!key)
		return false;
	*key = *from;
	key->good = key->bad = 0;
	key->derived = false;
	sea_list_init(&key->node);
	sea_list_push_back(&ao->keys, &key->node);
	more->optmem += TCP_AO_OPTMEM;
	return true;
}

static bool copy_keys(struct tcp_conn *c, struct tcp_ao *ao, const struct tcp_req *req)
{
	int l3index = sea_l3mdev_of_index(c->sock.stack, req->ifindex);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &req->listener->side->ao->keys)
	{
		const struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);

		if (sea_tcp_ao_fits(key, req->node.family, &req->raddr, l3index, -1, -1) &&
		    !copy_key(c, ao, key))
			return false;
	}
	return true;
}

int sea_tcp_ao_inherit(struct tcp_conn *c, const struct tcp_req *req)
{
	const struct tcp_ao *of = req->listener->side->ao;
	struct tcp_side *side;
	struct sea_list *first;
	struct tcp_ao *ao;

	if (!req->ao || !of)
		return 0;
	side = sea_tcp_side_edit(c);
	ao = side ? sea_tcp_ao_new(c->sock.stack) : NULL;
	if (!ao)
		return -ENOMEM;
	side->ao = ao;
	sea_tcp_note_look(c);
	if (!copy_keys(c, ao, req))
		return -ENOMEM;
	first = sea_list_first(&ao->keys);
	if (!first) /* they went meanwhile */
		return -ENOKEY;
	ao->current = sea_tcp_ao_of_peer(c, req->ao_rnext, -1);
	ao->rnext = sea_tcp_ao_of_peer(c, -1, req->ao_keyid);
	if (!ao->current)
		ao->current = sea_container(first, struct tcp_ao_key, node);
	if (!ao->rnext)
		ao->rnext = ao->current;
	ao->lisn = req->iss.v;
	ao->risn = req->irs.v;
	ao->snd = req->iss.v;
	ao->rcv = req->irs.v;
	ao->required = of->required;
	ao->accept_icmps = of->accept_icmps;
	return 0;
}

/* -- all -- */

int sea_tcp_ao_set(struct tcp_conn *c, int name, const void *val, socklen_t len)
{
	if (name == TCP_AO_REPAIR)
		return sea_tcp_ao_repair(c, val, len);
	if (!sea_tcp_has_ao)
		return -ENOPROTOOPT;
	switch (name) {
	case TCP_AO_ADD_KEY:
		return add_key(c, val, len);
	case TCP_AO_DEL_KEY:
		return del_key(c, val, len);
	case TCP_AO_INFO:
		return set_info(c, val, len);
	default:
		return -ENOPROTOOPT;
	}
}
