/* SPDX-License-Identifier: Apache-2.0 */
/* Whose keys are whose, and how they follow a connection. */
#include "transport/tcp/ao.h"

#include <errno.h>
#include <string.h>

#include "transport/tcp/sig.h"
#include "transport/tcp/socket.h"

/* Far more than net.core.optmem_max lets in by default: what is loaded is to be no longer than can be. */
#define LOADED_MAX (INT32_MAX / TCP_AO_OPTMEM)

/* -- finding -- */

bool sea_tcp_ao_fits(const struct tcp_ao_key *key, uint8_t family, const struct sea_ipaddr *addr,
		     int l3index, int sndid, int rcvid)
{
	const struct tcp_md5_peer *p = &key->peer;

	if (sndid >= 0 && key->sndid != sndid)
		return false;
	if (rcvid >= 0 && key->rcvid != rcvid)
		return false;
	if (p->flags & TCP_AO_KEYF_IFINDEX && p->l3index != l3index)
		return false;
	return p->family == family && sea_tcp_same_prefix(&p->addr, addr, p->prefixlen);
}

struct tcp_ao_key *sea_tcp_ao_find(const struct tcp_ao *ao, uint8_t family,
				   const struct sea_ipaddr *addr, int l3index, int sndid, int rcvid)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ao->keys)
	{
		struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);

		if (sea_tcp_ao_fits(key, family, addr, l3index, sndid, rcvid))
			return key;
	}
	return NULL;
}

static int l3index_of(const struct tcp_conn *c)
{
	return sea_l3mdev_of_index(c->sock.stack, c->sock.bound_ifindex);
}

static struct sea_ipaddr peer_of(const struct tcp_conn *c)
{
	struct sea_ipaddr peer;

	memcpy(peer.b, c->sock.raddr, sizeof(peer.b));
	return peer;
}

struct tcp_ao_key *sea_tcp_ao_of_peer(const struct tcp_conn *c, int sndid, int rcvid)
{
	struct sea_ipaddr peer = peer_of(c);

	if (!c->side->ao)
		return NULL;
	return sea_tcp_ao_find(c->side->ao, c->node.family, &peer, l3index_of(c), sndid, rcvid);
}

/* -- what their signatures take: here, as what reckons sizes sends nothing -- */

static unsigned ao_len(const struct tcp_conn *c)
{
	const struct tcp_ao *ao = c->side->ao;

	return ao && ao->current ? SEA_TCP_AO_HEAD_LEN + ao->current->maclen : 0u;
}

unsigned sea_tcp_sig_len_of(const struct tcp_conn *c)
{
	unsigned len = ao_len(c);

	if (len)
		return (len + 3) & ~3u;
	return sea_tcp_md5_of_peer(c) ? TCP_MD5_OPT_LEN : 0;
}

void sea_tcp_sig_opts(const struct tcp_conn *c, struct sea_tcp_opts *o)
{
	o->ao = (uint8_t)ao_len(c);
	o->sig = o->ao || sea_tcp_md5_of_peer(c);
}

/* -- having -- */

struct tcp_ao *sea_tcp_ao_new(struct sea_stack *stack)
{
	struct tcp_ao *ao = sea_pool_zalloc(&stack->shard.pool, sizeof(*ao));

	if (ao)
		sea_list_init(&ao->keys);
	return ao;
}

void sea_tcp_ao_key_free(struct sea_stack *stack, struct tcp_ao_key *key)
{
	sea_list_remove(&key->node);
	sea_pool_free(&stack->shard.pool, key, sizeof(*key));
}

void sea_tcp_ao_free(struct sea_stack *stack, struct tcp_ao *ao)
{
	struct sea_list *node;

	if (!ao)
		return;
	while ((node = sea_list_first(&ao->keys)))
		sea_tcp_ao_key_free(stack, sea_container(node, struct tcp_ao_key, node));
	sea_pool_free(&stack->shard.pool, ao, sizeof(*ao));
}

/* -- a connection begins -- */

void sea_tcp_ao_renumber(struct tcp_ao *ao, uint32_t lisn, uint32_t risn)
{
	struct sea_list *node, *tmp;

	ao->lisn = lisn;
	ao->risn = risn;
	SEA_LIST_EACH(node, tmp, &ao->keys)
	sea_container(node, struct tcp_ao_key, node)->derived = false;
}

/* Keys for others are of no use any more. */
static void prune(struct tcp_conn *c, struct tcp_ao *ao)
{
	struct sea_ipaddr peer = peer_of(c);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ao->keys)
	{
		struct tcp_ao_key *key = sea_container(node, struct tcp_ao_key, node);

		if (sea_tcp_ao_fits(key, c->node.family, &peer, l3index_of(c), -1, -1))
			continue;
		if (ao->current == key)
			ao->current = NULL;
		if (ao->rnext == key)
			ao->rnext = NULL;
		sea_tcp_ao_key_free(c->sock.stack, key);
		sea_sock_more_edit(&c->sock)->optmem -= TCP_AO_OPTMEM;
	}
}

int sea_tcp_ao_connect(struct tcp_conn *c)
{
	struct tcp_ao *ao = c->side->ao;
	struct tcp_ao_key *key;

	if (!ao)
		return 0;
	key = sea_tcp_ao_of_peer(c, -1, -1);
	if (!key && !ao->required && sea_tcp_md5_of_peer(c)) {
		prune(c, ao);
		sea_tcp_ao_free(c->sock.stack, ao);
		sea_tcp_side_edit(c)->ao = NULL;
		return 0;
	}
	if (!key)
		return -EKEYREJECTED;
	prune(c, ao);
	if (!ao->current)
		ao->current = key;
	if (!ao->rnext)
		ao->rnext = key;
	return 0;
}

struct tcp_ao *sea_tcp_ao_take(struct tcp_conn *c)
{
	struct tcp_ao *ao = c->side->ao;
	struct sea_list *node, *tmp;

	if (!ao)
		return NULL;
	SEA_LIST_EACH(node, tmp, &ao->keys)
	sea_sock_more_edit(&c->sock)->optmem -= TCP_AO_OPTMEM;
	sea_tcp_side_edit(c)->ao = NULL;
	return ao;
}

void sea_tcp_ao_begin(struct tcp_conn *c)
{
	struct tcp_ao *ao = c->side->ao;

	if (!ao)
		return;
	sea_tcp_ao_renumber(ao, c->iss.v, 0);
	ao->snd = c->iss.v;
	ao->rcv = 0;
}

void sea_tcp_ao_established(struct tcp_conn *c, sea_seq irs)
{
	struct tcp_ao *ao = c->side->ao;

	if (!ao)
		return;
	sea_tcp_ao_renumber(ao, ao->lisn, irs.v);
	ao->rcv = irs.v;
}

void sea_tcp_ao_repaired(struct tcp_conn *c)
{
	if (!c->side->ao)
		return;
	sea_tcp_ao_begin(c);
	c->side->ao->rcv = c->rcv_nxt.v;
}

/* -- as bytes -- */

static void put_key(struct sea_saver *to, const struct tcp_ao *ao, const struct tcp_ao_key *key)
{
	const char *name = sea_tcp_ao_alg_name(key->alg);

	sea_save_u8(to, (uint8_t)strlen(name));
	sea_save_bytes(to, name, strlen(name));
	sea_save_u8(to, key->peer.family);
	sea_save_u8(to, key->peer.prefixlen);
	sea_save_u8(to, key->peer.flags);
	sea_save_u32(to, (uint32_t)key->peer.l3index);
	sea_save_bytes(to, key->peer.addr.b, sizeof(key->peer.addr.b));
	sea_save_u8(to, key->sndid);
	sea_save_u8(to, key->rcvid);
	sea_save_u8(to, key->maclen);
	sea_save_u8(to, key->keyflags);
	sea_save_u8(to, key->len);
	sea_save_bytes(to, key->bytes, key->len);
	sea_save_u64(to, key->good);
	sea_save_u64(to, key->bad);
	sea_save_u8(to, (uint8_t)((ao->current == key) | (ao->rnext == key) << 1));
}

void sea_tcp_ao_save(struct sea_saver *to, const struct tcp_ao *ao)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	sea_save_u8(to, ao != NULL);
	if (!ao)
		return;
	SEA_LIST_EACH(node, tmp, &ao->keys)
	n++;
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &ao->keys)
	put_key(to, ao, sea_container(node, struct tcp_ao_key, node));
	sea_save_u32(to, ao->lisn);
	sea_save_u32(to, ao->risn);
	sea_save_u64(to, ao->snd);
	sea_save_u64(to, ao->rcv);
	sea_save_u8(to, (uint8_t)(ao->required | ao->accept_icmps << 1));
	sea_save_u64(to, ao->good);
	sea_save_u64(to, ao->bad);
	sea_save_u64(to, ao->key_not_found);
	sea_save_u64(to, ao->ao_required);
	sea_save_u64(to, ao->dropped_icmp);
}

static void load_alg(struct sea_loader *from, struct tcp_ao_key *key)
{
	char name[64] = "";
	uint8_t len = sea_load_u8(from);

	if (len < sizeof(name))
		sea_load_bytes(from, name, len);
	key->alg = from->err ? NULL : sea_tcp_ao_alg_find(name);
	if (!from->err && !key->alg)
		sea_load_fail(from, -EPROTONOSUPPORT);
}

static void load_members(struct sea_loader *from, struct tcp_ao *ao, struct tcp_ao_key *key)
{
	uint8_t chosen;

	key->peer.family = sea_load_u8(from);
	key->peer.prefixlen = sea_load_u8(from);
	key->peer.flags = sea_load_u8(from);
	key->peer.l3index = (int)sea_load_u32(from);
	sea_load_bytes(from, key->peer.addr.b, sizeof(key->peer.addr.b));
	key->sndid = sea_load_u8(from);
	key->rcvid = sea_load_u8(from);
	key->maclen = sea_load_u8(from);
	key->keyflags = sea_load_u8(from);
	key->len = sea_load_u8(from);
	if (!key->maclen || key->maclen > TCP_AO_MAC_MAX || key->len > TCP_AO_KEY_MAX ||
	    (key->peer.family != SEA_AF_INET && key->peer.family != SEA_AF_INET6) ||
	    key->peer.prefixlen > (key->peer.family == SEA_AF_INET ? 32 : 128)) {
		sea_load_fail(from, -EINVAL);
		return;
	}
	sea_load_bytes(from, key->bytes, key->len);
	key->good = sea_load_u64(from);
	key->bad = sea_load_u64(from);
	chosen = sea_load_u8(from);
	if (chosen & 1)
		ao->current = key;
	if (chosen & 2)
		ao->rnext = key;
}

static bool load_key(struct sea_loader *from, struct sea_stack *stack, struct tcp_ao *ao)
{
	struct tcp_ao_key *key = sea_pool_zalloc(&stack->shard.pool, sizeof(*key));

	if (!key) {
		sea_load_fail(from, -ENOMEM);
		return false;
	}
	sea_list_init(&key->node);
	sea_list_push_back(&ao->keys, &key->node);
	load_alg(from, key);
	if (!from->err)
		load_members(from, ao, key);
	return !from->err;
}

static void load_rest(struct sea_loader *from, struct tcp_ao *ao)
{
	uint8_t flags;

	ao->lisn = sea_load_u32(from);
	ao->risn = sea_load_u32(from);
	ao->snd = sea_load_u64(from);
	ao->rcv = sea_load_u64(from);
	flags = sea_load_u8(from);
	ao->required = flags & 1;
	ao->accept_icmps = flags & 2;
	ao->good = sea_load_u64(from);
	ao->bad = sea_load_u64(from);
	ao->key_not_found = sea_load_u64(from);
	ao->ao_required = sea_load_u64(from);
	ao->dropped_icmp = sea_load_u64(from);
}

struct tcp_ao *sea_tcp_ao_load(struct sea_loader *from, struct sea_stack *stack)
{
	struct tcp_ao *ao;
	uint32_t n;

	if (!sea_load_u8(from) || from->err)
		return NULL;
	ao = sea_tcp_ao_new(stack);
	if (!ao) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	for (n = sea_load_count(from, LOADED_MAX); n && load_key(from, stack, ao); n--)
		continue;
	if (!from->err)
		load_rest(from, ao);
	if (!from->err)
		return ao;
	sea_tcp_ao_free(stack, ao);
	return NULL;
}
