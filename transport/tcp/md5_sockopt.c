/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How keys come and go: TCP_MD5SIG and TCP_MD5SIG_EXT in any state, with Linux's bounds and errors, and what a child gets
 * of its listener's.
 */
#include "transport/tcp/md5.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/tcp/ao.h"
#include "transport/tcp/socket.h"

/* <linux/tcp.h>'s, whole: the C library's has no link. */
struct tcp_md5_option {
	struct sockaddr_storage addr;
	uint8_t flags, prefixlen;
	uint16_t keylen;
	int32_t ifindex;
	uint8_t key[TCP_MD5_KEY_MAX];
};
static_assert(sizeof(struct tcp_md5_option) == 216, "as <linux/tcp.h>");

/* -- keys of a socket -- */

static struct tcp_md5_key *find_exact(const struct tcp_conn *c, const struct tcp_md5_peer *peer)
{
	struct sea_list *node, *tmp;

	if (!c->side->md5)
		return NULL;
	SEA_LIST_EACH(node, tmp, &c->side->md5->keys)
	{
		struct tcp_md5_key *key = sea_container(node, struct tcp_md5_key, node);
		const struct tcp_md5_peer *p = &key->peer;

		if (p->family == peer->family && p->prefixlen == peer->prefixlen &&
		    p->l3index == peer->l3index &&
		    !((p->flags ^ peer->flags) & TCP_MD5_FLAG_IFINDEX) &&
		    sea_ipaddr_equal(&p->addr, &peer->addr))
			return key;
	}
	return NULL;
}

static bool overlap(const struct tcp_md5_peer *a, const struct tcp_md5_peer *b)
{
	uint8_t bits = a->prefixlen < b->prefixlen ? a->prefixlen : b->prefixlen;

	if (a->l3index && b->l3index && a->l3index != b->l3index)
		return false;
	return a->family == b->family && sea_tcp_same_prefix(&a->addr, &b->addr, bits);
}

bool sea_tcp_md5_overlaps(const struct tcp_conn *c, const struct tcp_md5_peer *peer)
{
	struct sea_list *node, *tmp;

	if (!c->side->md5)
		return false;
	SEA_LIST_EACH(node, tmp, &c->side->md5->keys)
	if (overlap(&sea_container(node, struct tcp_md5_key, node)->peer, peer))
		return true;
	return false;
}

/* The same of RFC 5925's. */
static bool ao_overlaps(const struct tcp_conn *c, const struct tcp_md5_peer *peer)
{
	const struct tcp_ao *ao = c->side->ao;
	struct sea_list *node, *tmp;

	if (!ao)
		return false;
	SEA_LIST_EACH(node, tmp, &ao->keys)
	if (overlap(&sea_container(node, struct tcp_ao_key, node)->peer, peer))
		return true;
	return ao->required;
}

/* Signatures take their part of each segment from now on, or no more. */
static void changed(struct tcp_conn *c)
{
	sea_tcp_note_look(c);
	if (c->pmtu)
		sea_tcp_sync_mss(c, c->pmtu);
}

/* There may be one more key, and this is its list. NULL: no memory. */
static struct tcp_md5 *keys_of(struct tcp_conn *c)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!side || side->md5)
		return side ? side->md5 : NULL;
	side->md5 = sea_pool_alloc(&c->sock.stack->shard.pool, sizeof(*side->md5));
	if (side->md5)
		sea_list_init(&side->md5->keys);
	return side->md5;
}

static void settle(struct tcp_conn *c)
{
	struct tcp_md5 *md5 = c->side->md5;

	if (md5 && sea_list_empty(&md5->keys)) {
		sea_tcp_md5_free(c->sock.stack, md5);
		sea_tcp_side_edit(c)->md5 = NULL;
	}
	changed(c);
}

static int add(struct tcp_conn *c, const struct tcp_md5_key *from)
{
	struct sea_sock_more *more = sea_sock_more_edit(&c->sock);
	struct tcp_md5_key *key;
	struct tcp_md5 *md5;

	if (!more || more->optmem >= c->sock.stack->sysctl.optmem_max - TCP_MD5_OPTMEM)
		return -ENOMEM;
	md5 = keys_of(c);
	key = md5 ? sea_pool_alloc(&c->sock.stack->shard.pool, sizeof(*key)) : NULL;
	if (key) {
		*key = *from;
		sea_list_push_back(&md5->keys, &key->node);
		more->optmem += TCP_MD5_OPTMEM;
	}
	settle(c);
	return key ? 0 : -ENOMEM;
}

int sea_tcp_md5_put(struct tcp_conn *c, const struct tcp_md5_peer *peer, const uint8_t *bytes,
		    uint8_t len)
{
	struct tcp_md5_key *key = find_exact(c, peer), fresh = { .peer = *peer, .len = len };

	if (!key) {
		memcpy(fresh.bytes, bytes, len);
		return add(c, &fresh);
	}
	memcpy(key->bytes, bytes, len);
	key->len = len;
	return 0;
}

static int take_away(struct tcp_conn *c, const struct tcp_md5_peer *peer)
{
	struct tcp_md5_key *key = find_exact(c, peer);

	if (!key)
		return -ENOENT;
	sea_tcp_md5_key_free(c->sock.stack, key);
	sea_sock_more_edit(&c->sock)->optmem -= TCP_MD5_OPTMEM;
	settle(c);
	return 0;
}

int sea_tcp_md5_inherit(struct tcp_conn *c, const struct tcp_req *req)
{
	const struct tcp_md5_key *key = sea_tcp_md5_of_req(req);
	struct tcp_md5_peer peer;

	if (!key)
		return 0;
	peer = key->peer;
	peer.addr = req->raddr;
	peer.prefixlen = peer.family == SEA_AF_INET ? 32 : 128;
	peer.l3index = sea_l3mdev_of_index(c->sock.stack, req->ifindex);
	return sea_tcp_md5_put(c, &peer, key->bytes, key->len);
}

/* -- what the program says -- */

/* An IPv4-mapped address is IPv4's. */
static int take_addr(const struct tcp_conn *c, const struct sockaddr_storage *from,
		     struct tcp_md5_peer *peer)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (from->ss_family != (c->sock.domain == SEA_AF_INET ? AF_INET : AF_INET6))
		return -EINVAL;
	peer->family = SEA_AF_INET;
	if (c->sock.domain == SEA_AF_INET) {
		memcpy(&in, from, sizeof(in));
		memcpy(peer->addr.b, &in.sin_addr, 4);
		return 0;
	}
	memcpy(&in6, from, sizeof(in6));
	if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
		memcpy(peer->addr.b, in6.sin6_addr.s6_addr + 12, 4);
		return 0;
	}
	peer->family = SEA_AF_INET6;
	memcpy(peer->addr.b, &in6.sin6_addr, 16);
	return 0;
}

static int take_prefix(const struct tcp_md5_option *from, int name, struct tcp_md5_peer *peer)
{
	uint8_t max = peer->family == SEA_AF_INET ? 32 : 128;

	peer->prefixlen = max;
	if (name != TCP_MD5SIG_EXT || !(from->flags & TCP_MD5_FLAG_PREFIX))
		return 0;
	peer->prefixlen = from->prefixlen;
	return from->prefixlen > max ? -EINVAL : 0;
}

static int take_vrf(struct sea_stack *stack, const struct tcp_md5_option *from, int name,
		    struct tcp_md5_peer *peer)
{
	peer->flags = from->flags & TCP_MD5_FLAG_IFINDEX;
	if (name != TCP_MD5SIG_EXT || !peer->flags || !from->ifindex)
		return 0;
	peer->l3index = from->ifindex;
	return sea_l3mdev_is_master(stack, from->ifindex) ? 0 : -EINVAL;
}

int sea_tcp_md5_set(struct tcp_conn *c, int name, const void *val, socklen_t len)
{
	struct tcp_md5_peer peer = { 0 };
	struct tcp_md5_option in;
	int err;

	if (!sea_tcp_has_md5)
		return -ENOPROTOOPT;
	if (len < sizeof(in))
		return -EINVAL;
	memcpy(&in, val, sizeof(in));
	err = take_addr(c, &in.addr, &peer);
	if (!err)
		err = take_prefix(&in, name, &peer);
	if (!err)
		err = take_vrf(c->sock.stack, &in, name, &peer);
	if (err)
		return err;
	if (!in.keylen)
		return take_away(c, &peer);
	if (in.keylen > TCP_MD5_KEY_MAX)
		return -EINVAL;
	if (ao_overlaps(c, &peer))
		return -EKEYREJECTED;
	return sea_tcp_md5_put(c, &peer, in.key, (uint8_t)in.keylen);
}
