/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETNEIGH of one neighbour, or of one that we answer for. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/neigh.h"
#include "ip/rtnl/neigh.h"

#define ANSWER_MAX 128

struct get {
	struct sea_nl_req *req;
	struct ndmsg hdr;
	struct sea_nl_attr tb[NDA_MAX + 1];
	struct sea_neigh_table *table;
	struct sea_link *link; /* NULL: none is named */
	struct sea_ipaddr addr;
};

static int refuse(const struct get *g, const char *what)
{
	return sea_nl_complain(g->req->extack, -EINVAL, what);
}

static int check_header(const struct get *g)
{
	const struct ndmsg *h = &g->hdr;

	if (h->ndm_pad1 || h->ndm_pad2 || h->ndm_state || h->ndm_type)
		return refuse(g, "Invalid values in header for neighbor get request");
	if (h->ndm_flags & ~NTF_PROXY)
		return refuse(g, "Invalid flags in header for neighbor get request");
	if (!(h->ndm_flags & NTF_PROXY) && !h->ndm_ifindex)
		return refuse(g, "No device specified");
	return 0;
}

static int check_attrs(const struct get *g)
{
	for (unsigned i = 0; i <= NDA_MAX; i++)
		if (g->tb[i].value && i != NDA_DST)
			return refuse(g, "Unsupported attribute in neighbor get request");
	return g->tb[NDA_DST].value ? 0 : refuse(g, "Network address not specified");
}

static int read_address(struct get *g)
{
	const struct sea_nl_attr *dst = &g->tb[NDA_DST];

	g->table = sea_rtnl_neighs_of(g->req->stack, g->hdr.ndm_family);
	if (!g->table)
		return sea_nl_complain(g->req->extack, -EAFNOSUPPORT,
				       "Unsupported family in header for neighbor get request");
	if (dst->len != (g->table->ops->family == SEA_AF_INET ? 4 : 16))
		return refuse(g, "Invalid network address in neighbor get request");
	memcpy(g->addr.b, dst->value, dst->len);
	return 0;
}

static int read_link(struct get *g)
{
	if (!g->hdr.ndm_ifindex)
		return 0;
	g->link = sea_link_by_index(g->req->stack, g->hdr.ndm_ifindex);
	return g->link ? 0 : sea_nl_complain(g->req->extack, -ENODEV, "Unknown device ifindex");
}

static int read_request(struct get *g)
{
	int err;

	if (g->req->len < sizeof(g->hdr))
		return refuse(g, "Invalid header for neighbor get request");
	memcpy(&g->hdr, g->req->payload, sizeof(g->hdr));
	err = check_header(g);
	if (!err)
		err = sea_rtnl_parse(g->req, &g->hdr, sizeof(g->hdr), g->tb, NDA_MAX,
				     sea_rtnl_neigh_policy, SEA_NL_DEPRECATED_STRICT);
	if (!err)
		err = check_attrs(g);
	if (!err)
		err = read_address(g);
	return err ? err : read_link(g);
}

static int answer_proxy(const struct get *g, struct sea_nl_out *out,
			const struct sea_rtnl_neigh_msg *m)
{
	const struct sea_neigh_proxy *p = sea_neigh_proxy_find(g->table, g->link, &g->addr);

	if (!p)
		return sea_nl_complain(g->req->extack, -ENOENT, "Proxy neighbour entry not found");
	sea_rtnl_write_proxy(out, m, g->table->ops->family, p);
	return sea_nl_answer(g->req, out);
}

static int answer_neigh(const struct get *g, struct sea_nl_out *out,
			const struct sea_rtnl_neigh_msg *m)
{
	const struct sea_neigh *n;

	n = sea_neigh_find(g->table, g->link, &g->addr);
	if (!n)
		return sea_nl_complain(g->req->extack, -ENOENT, "Neighbour entry not found");
	sea_rtnl_write_neigh(out, m, n);
	return sea_nl_answer(g->req, out);
}

int sea_rtnl_get_neigh(struct sea_nl_req *req)
{
	struct get g = { .req = req };
	uint8_t bytes[ANSWER_MAX] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	int err = read_request(&g);
	const struct sea_rtnl_neigh_msg m = { .port = req->from_port,
					      .seq = req->hdr.nlmsg_seq,
					      .type = RTM_NEWNEIGH };

	if (err)
		return err;
	return g.hdr.ndm_flags & NTF_PROXY ? answer_proxy(&g, &out, &m)
					   : answer_neigh(&g, &out, &m);
}
