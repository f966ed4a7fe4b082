/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETLINK's dumps of single families: links as IPv6 knows them (IFLA_PROTINFO), vifs of IPv4's multicast router. */
#include <errno.h>
#include <string.h>

#include <linux/mroute.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/mroute.h"
#include "ip/rtnl/link.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX /* the last one shown */
};

static bool has_values(const struct ifinfomsg *hdr, const uint8_t *payload)
{
	return payload[1] || hdr->ifi_type || hdr->ifi_flags || hdr->ifi_change || hdr->ifi_index;
}

/* -- IPv6 -- */

static int start6(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct ifinfomsg hdr;

	(void)d;
	if (!req->strict)
		return 0;
	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv6: Invalid header for link dump request");
	if (req->len > sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL, "ipv6: Invalid data after header");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (has_values(&hdr, req->payload))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv6: Invalid values in header for dump request");
	return 0;
}

bool sea_rtnl_write_link6(struct sea_nl_out *out, const struct sea_link *link,
			  const struct sea_rtnl_link_how *how)
{
	const struct ifinfomsg hdr = { .ifi_family = SEA_AF_INET6,
				       .ifi_type = sea_link_arp_type(link),
				       .ifi_index = link->ifindex,
				       .ifi_flags = sea_link_flags(link) };
	uint32_t nest;

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, IFLA_IFNAME, link->name);
	if (link->type != SEA_LINK_IP)
		sea_nl_put(out, IFLA_ADDRESS, link->mac.b, sizeof(link->mac.b));
	sea_nl_put_u32(out, IFLA_MTU, link->mtu);
	if (sea_link_iflink(link) != link->ifindex)
		sea_nl_put_u32(out, IFLA_LINK, (uint32_t)sea_link_iflink(link));
	sea_nl_put_u8(out, IFLA_OPERSTATE, sea_rtnl_operstate(link));
	nest = sea_nl_nest(out, IFLA_PROTINFO);
	sea_rtnl_put_af_inet6(out, link);
	sea_nl_nest_end(out, nest);
	return sea_nl_end(out);
}

static int dump6(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_rtnl_link_how how = {
		.type = RTM_NEWLINK, .flags = d->msg_flags, .port = d->port, .seq = d->msg_seq
	};
	struct sea_link *link = NULL;

	while ((link = sea_link_next(d->stack, link))) {
		if ((uint64_t)link->ifindex <= d->arg[ARG_IFINDEX])
			continue;
		if (link->ip6 && !sea_rtnl_write_link6(out, link, &how))
			return 1;
		d->arg[ARG_IFINDEX] = (uint64_t)link->ifindex;
	}
	return 0;
}

/* -- the multicast router of IPv4 -- */

static int start_ipmr(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct ifinfomsg hdr;

	(void)d;
	if (!req->strict)
		return 0;
	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv4: Invalid header for ipmr link dump");
	if (req->len > sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid data after header in ipmr link dump");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (has_values(&hdr, req->payload))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for ipmr link dump request");
	return 0;
}

/* Of a vif that is a link, its index stands where its address would. */
static void put_vif(struct sea_nl_out *out, const struct sea_mrouter_vif *vif, unsigned i)
{
	uint32_t nest = sea_nl_nest(out, IPMRA_VIF);

	sea_nl_put_u32(out, IPMRA_VIFA_IFINDEX, (uint32_t)vif->link->ifindex);
	sea_nl_put_u32(out, IPMRA_VIFA_VIF_ID, i);
	sea_nl_put_u16(out, IPMRA_VIFA_FLAGS, VIFF_USE_IFINDEX);
	sea_nl_put_u64(out, IPMRA_VIFA_BYTES_IN, vif->bytes_in);
	sea_nl_put_u64(out, IPMRA_VIFA_BYTES_OUT, vif->bytes_out);
	sea_nl_put_u64(out, IPMRA_VIFA_PACKETS_IN, vif->pkts_in);
	sea_nl_put_u64(out, IPMRA_VIFA_PACKETS_OUT, vif->pkts_out);
	sea_nl_put_u32(out, IPMRA_VIFA_LOCAL_ADDR, (uint32_t)vif->link->ifindex);
	sea_nl_put_u32(out, IPMRA_VIFA_REMOTE_ADDR, 0);
	sea_nl_nest_end(out, nest);
}

/* The table is there before anybody routes. */
static void put_mrouter(struct sea_nl_out *out, const struct sea_mrouter *mr)
{
	uint32_t nest;

	sea_nl_put_u32(out, IPMRA_TABLE_ID, RT_TABLE_DEFAULT);
	sea_nl_put_u32(out, IPMRA_TABLE_CACHE_RES_QUEUE_LEN, mr ? mr->n_waiting : 0);
	sea_nl_put_u32(out, IPMRA_TABLE_MROUTE_REG_VIF_NUM, UINT32_MAX);
	sea_nl_put_u8(out, IPMRA_TABLE_MROUTE_DO_ASSERT, mr && mr->tell_wrong_vif);
	sea_nl_put_u8(out, IPMRA_TABLE_MROUTE_DO_PIM, 0);
	sea_nl_put_u8(out, IPMRA_TABLE_MROUTE_DO_WRVIFWHOLE, 0);
	nest = sea_nl_nest(out, IPMRA_TABLE_VIFS);
	for (unsigned i = 0; mr && i < SEA_MROUTE_VIFS; i++)
		if (mr->vifs[i].link)
			put_vif(out, &mr->vifs[i], i);
	sea_nl_nest_end(out, nest);
}

static int dump_ipmr(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct ifinfomsg hdr = { .ifi_family = RTNL_FAMILY_IPMR };
	uint32_t nest;

	if (d->arg[ARG_IFINDEX] || !d->stack->ip4)
		return 0;
	sea_nl_begin(out, d->port, d->msg_seq, RTM_NEWLINK, d->msg_flags, &hdr, sizeof(hdr));
	nest = sea_nl_nest(out, IFLA_AF_SPEC);
	put_mrouter(out, sea_ipv4_of(d->stack)->mrouter);
	sea_nl_nest_end(out, nest);
	if (!sea_nl_end(out))
		return 1;
	d->arg[ARG_IFINDEX] = 1;
	return 0;
}

const struct sea_nl_kind sea_rtnl_link_family_kinds[] = {
	{ .type = RTM_GETLINK,
	  .family = AF_INET6,
	  .judged_late = true,
	  .doit = sea_rtnl_get_link,
	  .start = start6,
	  .dump = dump6 },
	{ .type = RTM_GETLINK,
	  .family = RTNL_FAMILY_IPMR,
	  .judged_late = true,
	  .done_apart = true,
	  .doit = sea_rtnl_get_link,
	  .start = start_ipmr,
	  .dump = dump_ipmr },
};
const unsigned sea_rtnl_link_family_kinds_n =
	sizeof(sea_rtnl_link_family_kinds) / sizeof(sea_rtnl_link_family_kinds[0]);
