/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of flow labels: asked for, renewed, given back. */
#include "transport/flow_lease.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/in6.h>

#include "core/save.h"
#include "ip/ipv6.h"
#include "transport/cmsg.h"

#define REQ_LEN ((socklen_t)sizeof(struct in6_flowlabel_req))
#define OPTIONS_MAX 65536u
#define LEASES_MAX SEA_FLOW_LABELS_MAX /* of a socket; one label may be leased more than once */

struct lease {
	struct sea_list node;
	struct sea_flow_label *fl;
};

/* Hangs on sea_sock_more.leases. */
struct leases {
	struct sea_sock_attached attached; /* first */
	struct sea_list list;              /* the latest first */
	uint32_t n;
};

static struct sea_flow_labels *labels_of(const struct sea_sock *sock)
{
	return &sea_ipv6_of(sock->stack)->leased;
}

static struct sea_pool *pool_of(const struct sea_sock *sock)
{
	return &sock->stack->shard.pool;
}

static struct leases *leases_of(const struct sea_sock *sock)
{
	return (struct leases *)(void *)sock->more->leases;
}

static struct lease *lease_of(const struct sea_sock *sock, uint32_t label)
{
	struct leases *all = leases_of(sock);
	struct sea_list *node, *tmp;

	if (!all)
		return NULL;
	SEA_LIST_EACH(node, tmp, &all->list)
	{
		struct lease *l = sea_container(node, struct lease, node);

		if (l->fl->label == label)
			return l;
	}
	return NULL;
}

/* -- life -- */

static void end(struct sea_sock *sock, struct lease *l)
{
	sea_list_remove(&l->node);
	leases_of(sock)->n--;
	sea_flow_label_put(labels_of(sock), l->fl);
	sea_pool_free(pool_of(sock), l, sizeof(*l));
}

static void free_all(struct sea_sock *sock)
{
	struct leases *all = leases_of(sock);
	struct sea_list *node;

	while ((node = sea_list_first(&all->list)))
		end(sock, sea_container(node, struct lease, node));
	sea_sock_more_edit(sock)->leases = NULL;
	sea_pool_free(pool_of(sock), all, sizeof(*all));
}

static struct leases *make_leases(struct sea_sock *sock)
{
	struct sea_sock_more *more = sea_sock_more_edit(sock);
	struct leases *all;

	if (!more)
		return NULL;
	if (more->leases)
		return leases_of(sock);
	all = sea_pool_zalloc(pool_of(sock), sizeof(*all));
	if (!all)
		return NULL;
	all->attached.free = free_all;
	sea_list_init(&all->list);
	more->leases = &all->attached;
	return all;
}

/* A lease of nothing yet; NULL: no memory. */
static struct lease *new_lease(struct sea_sock *sock)
{
	struct leases *all = make_leases(sock);
	struct lease *l = all ? sea_pool_zalloc(pool_of(sock), sizeof(*l)) : NULL;

	if (l)
		sea_list_init(&l->node);
	return l;
}

static void begin(struct sea_sock *sock, struct lease *l, struct sea_flow_label *fl)
{
	l->fl = fl;
	sea_list_push_front(&leases_of(sock)->list, &l->node);
	leases_of(sock)->n++;
}

/* -- getting one -- */

/* What is asked for, in the terms of the table; its headers are like->ext, to be freed. */
static int read_options(struct sea_sock *sock, const uint8_t *at, size_t len,
			struct sea_flow_label *like)
{
	const struct sea_endpoint to = { .family = SEA_AF_INET6 };
	const struct msghdr msg = { .msg_control = (void *)(uintptr_t)at, .msg_controllen = len };
	struct sea_cmsg_tx tx;
	uint32_t total = 0;
	int err;

	if (!len)
		return 0;
	if (len > OPTIONS_MAX)
		return -EINVAL;
	err = sea_cmsg_tx_read(sock, &msg, &to, &tx);
	if (err)
		return err;
	if (tx.ext_len[SEA_EXT_DSTOPTS]) /* only what stands in front of fragments */
		return -EINVAL;
	for (unsigned i = 0; i < SEA_EXT_N; i++)
		total += tx.ext_len[i];
	like->ext = sea_sock_ext_make(pool_of(sock), tx.ext, tx.ext_len);
	return total && !like->ext ? -ENOMEM : 0;
}

static bool is_share(uint8_t share)
{
	return share == SEA_FLOW_ANY || (share >= SEA_FLOW_EXCL && share <= SEA_FLOW_USER);
}

static int read_wish(struct sea_sock *sock, const struct in6_flowlabel_req *req, const uint8_t *val,
		     socklen_t len, struct sea_flow_label *like)
{
	const struct sea_flow_times times = { req->flr_linger, req->flr_expires };

	*like = (struct sea_flow_label){ .label = ntohl(req->flr_label), .share = req->flr_share };
	memcpy(like->dst.b, &req->flr_dst, sizeof(like->dst.b));
	if (like->label & ~SEA_IPV6_FLOW_LABEL)
		return -EINVAL;
	if (sea_ipv6_of(sock->stack)->sysctl.flowlabel_state_ranges &&
	    like->label & SEA_IPV6_FLOW_STATELESS)
		return -ERANGE;
	sea_flow_label_renew(labels_of(sock), like, &times);
	if (IN6_IS_ADDR_UNSPECIFIED(&req->flr_dst) || IN6_IS_ADDR_V4MAPPED(&req->flr_dst) ||
	    !is_share(like->share))
		return -EINVAL;
	return read_options(sock, val + REQ_LEN, len - REQ_LEN, like);
}

/* One that is there: may it be shared? */
static int join(struct sea_sock *sock, struct sea_flow_label *fl, const struct sea_flow_label *like)
{
	struct lease *l;

	if (fl->share == SEA_FLOW_EXCL || fl->share != like->share)
		return -EPERM;
	if (leases_of(sock) && leases_of(sock)->n >= LEASES_MAX)
		return -ENOBUFS;
	l = new_lease(sock);
	if (!l)
		return -ENOMEM;
	if (fl->linger_ns < like->linger_ns)
		fl->linger_ns = like->linger_ns;
	fl->expires = sea_time_max(fl->expires, like->expires);
	sea_flow_label_hold(fl);
	begin(sock, l, fl);
	return 0;
}

static int create(struct sea_sock *sock, struct sea_flow_label *like)
{
	struct sea_flow_label *fl;
	struct lease *l;

	if (sea_flow_labels_full(labels_of(sock)))
		return -ENOBUFS;
	l = new_lease(sock);
	fl = l ? sea_flow_label_new(labels_of(sock), like) : NULL;
	if (!fl) {
		if (l)
			sea_pool_free(pool_of(sock), l, sizeof(*l));
		return -ENOMEM;
	}
	like->ext = NULL;
	like->label = fl->label;
	begin(sock, l, fl);
	return 0;
}

/* One that lingers is nobody's, but whoever wants it must say that it may be new. */
static int get_or_create(struct sea_sock *sock, uint16_t flags, struct sea_flow_label *like)
{
	struct sea_flow_label *fl = NULL;

	if (like->label)
		fl = sea_flow_label_find(labels_of(sock), like->label);
	if ((!fl || !fl->users) && !(flags & IPV6_FL_F_CREATE))
		return -ENOENT;
	if (fl)
		return flags & IPV6_FL_F_EXCL ? -EEXIST : join(sock, fl, like);
	return create(sock, like);
}

/* Answers carry the label of what they answer. */
static int reflect(struct sea_sock *sock)
{
	struct sea_sock_more *more;

	if (sea_ipv6_of(sock->stack)->sysctl.flowlabel_consistency)
		return -EPERM;
	if (sock->protocol != IPPROTO_TCP)
		return -ENOPROTOOPT;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->flags6 |= SEA_SOCK6_REPFLOW;
	return 0;
}

static int get(struct sea_sock *sock, const struct in6_flowlabel_req *req, const uint8_t *val,
	       socklen_t len)
{
	struct sea_flow_label like;
	__be32 label;
	int err;

	if (req->flr_flags & IPV6_FL_F_REFLECT)
		return reflect(sock);
	err = read_wish(sock, req, val, len, &like);
	if (!err)
		err = get_or_create(sock, req->flr_flags, &like);
	sea_sock_ext_free(pool_of(sock), like.ext);
	if (err || req->flr_label)
		return err;
	label = htonl(like.label);
	memcpy((uint8_t *)(uintptr_t)val + offsetof(struct in6_flowlabel_req, flr_label), &label,
	       sizeof(label));
	return 0;
}

/* -- giving it back, keeping it longer -- */

static int stop_reflecting(struct sea_sock *sock)
{
	struct sea_sock_more *more;

	if (sock->protocol != IPPROTO_TCP)
		return -ENOPROTOOPT;
	if (!(sock->more->flags6 & SEA_SOCK6_REPFLOW))
		return -ESRCH;
	more = sea_sock_more_edit(sock); /* its own already */
	more->flags6 &= ~(uint32_t)SEA_SOCK6_REPFLOW;
	more->flowinfo = 0;
	return 0;
}

static int put(struct sea_sock *sock, const struct in6_flowlabel_req *req)
{
	struct lease *l;

	if (req->flr_flags & IPV6_FL_F_REFLECT)
		return stop_reflecting(sock);
	l = lease_of(sock, ntohl(req->flr_label));
	if (!l)
		return -ESRCH;
	end(sock, l);
	return 0;
}

/* Its own; or anybody's, for who asks as nobody (the administrator, on Linux). */
static int renew(struct sea_sock *sock, const struct in6_flowlabel_req *req)
{
	const struct sea_flow_times times = { req->flr_linger, req->flr_expires };
	const struct lease *l = lease_of(sock, ntohl(req->flr_label));
	struct sea_flow_label *fl = l ? l->fl : NULL;

	if (!fl && req->flr_share == SEA_FLOW_NONE)
		fl = sea_flow_label_find(labels_of(sock), ntohl(req->flr_label));
	if (!fl || !fl->users)
		return -ESRCH;
	sea_flow_label_renew(labels_of(sock), fl, &times);
	return 0;
}

int sea_flow_lease_set(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct in6_flowlabel_req req;

	if (len < REQ_LEN)
		return -EINVAL;
	memcpy(&req, val, sizeof(req));
	switch (req.flr_action) {
	case IPV6_FL_A_GET:
		return get(sock, &req, val, len);
	case IPV6_FL_A_PUT:
		return put(sock, &req);
	case IPV6_FL_A_RENEW:
		return renew(sock, &req);
	default:
		return -EINVAL;
	}
}

/* -- asking -- */

static int describe(const struct sea_sock *sock, uint32_t label, struct in6_flowlabel_req *req)
{
	const struct lease *l = lease_of(sock, label);
	int64_t left;

	if (!l)
		return -ENOENT;
	left = sea_time_diff(l->fl->expires, sock->stack->shard.now) / SEA_SEC;
	memcpy(&req->flr_dst, l->fl->dst.b, sizeof(req->flr_dst));
	req->flr_share = l->fl->share;
	req->flr_expires = left > 0 ? (uint16_t)left : 0;
	req->flr_linger = (uint16_t)(l->fl->linger_ns / SEA_SEC);
	return 0;
}

int sea_flow_lease_show(const struct sea_sock *sock, void *val, socklen_t *len)
{
	struct in6_flowlabel_req req, out = { 0 };
	uint32_t label = sock->more->flowinfo & SEA_IPV6_FLOW_LABEL;
	bool remote;
	int err = 0;

	if (*len < REQ_LEN)
		return -EINVAL;
	memcpy(&req, val, sizeof(req));
	if (req.flr_action != IPV6_FL_A_GET)
		return -EINVAL;
	remote = req.flr_flags & IPV6_FL_F_REMOTE;
	if (remote)
		label = sock->more->rx_flowinfo & SEA_IPV6_FLOW_LABEL;
	else if (!(sock->more->flags6 & SEA_SOCK6_REPFLOW))
		err = describe(sock, label, &out);
	if (err)
		return err;
	out.flr_label = htonl(label);
	memcpy(val, &out, sizeof(out));
	*len = REQ_LEN;
	return 0;
}

int sea_flow_lease_use(const struct sea_sock *sock, uint32_t label,
		       const struct sea_flow_label **lease)
{
	const struct lease *l;

	*lease = NULL;
	if (!label || !labels_of(sock)->n_strict)
		return 0;
	l = lease_of(sock, label);
	if (!l)
		return -EINVAL;
	*lease = l->fl;
	return 0;
}

/* -- written out and read back -- */

/* The oldest first, so that loading brings the list back as it was. */
void sea_flow_leases_save(struct sea_saver *to, const struct sea_sock *sock)
{
	const struct leases *all = leases_of(sock);

	sea_save_u32(to, all ? all->n : 0);
	if (!all)
		return;
	for (struct sea_list *node = all->list.prev; node != &all->list; node = node->prev)
		sea_save_u32(to, sea_container(node, struct lease, node)->fl->label);
}

static void load_lease(struct sea_loader *from, struct sea_sock *sock)
{
	uint32_t label = sea_load_u32(from);
	struct sea_flow_label *fl = NULL;
	struct lease *l;

	if (!from->err)
		fl = sea_flow_label_find(labels_of(sock), label);
	if (!fl) {
		sea_load_fail(from, -EINVAL);
		return;
	}
	l = new_lease(sock);
	if (!l) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_flow_label_hold(fl);
	begin(sock, l, fl);
}

void sea_flow_leases_load(struct sea_loader *from, struct sea_sock *sock)
{
	for (uint32_t n = sea_load_count(from, LEASES_MAX); n && !from->err; n--)
		load_lease(from, sock);
}
