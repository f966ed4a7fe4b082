/* SPDX-License-Identifier: Apache-2.0 */
/* Links in rtnetlink(7)'s messages, between those files that show them and those that change them. */
#ifndef SEA_IP_RTNL_LINK_H
#define SEA_IP_RTNL_LINK_H

#include <linux/if_link.h>

#include "core/link_kind.h"
#include "core/link_set.h"
#include "ip/rtnl/rtnl.h"

/* Newer than some headers. */
#define SEA_IFLA_DEVLINK_PORT 62
#define SEA_IFLA_GSO_IPV4_MAX_SIZE 63
#define SEA_IFLA_GRO_IPV4_MAX_SIZE 64
#define SEA_IFLA_DPLL_PIN 65
#define SEA_IFLA_MAX_PACING_OFFLOAD_HORIZON 66
#define SEA_IFLA_NETNS_IMMUTABLE 67
#define SEA_IFLA_HEADROOM 68
#define SEA_IFLA_TAILROOM 69
#define SEA_IFLA_MAX 69

/* IFLA_EXT_MASK's: no statistics of families. */
#define SEA_EXT_SKIP_STATS (1u << 3)

/* Values in the arrays of IFLA_INET_CONF and IFLA_INET6_CONF. */
#define SEA_RTNL_CONF4_N 33
#define SEA_RTNL_CONF6_N 60

/* How one is shown. */
struct sea_rtnl_link_how {
	uint16_t type; /* RTM_NEWLINK, RTM_DELLINK */
	uint16_t flags;
	uint32_t port, seq;
	uint32_t change; /* ifi_change */
	uint32_t event;  /* IFLA_EVENT_*; 0: not said */
	uint32_t ext_mask;
};

/* The kind of its queue; a link that never was up, and was given none, has "noop". */
const char *sea_rtnl_qdisc_name(const struct sea_link *link);

/* Enough for a message about it. */
uint32_t sea_rtnl_link_room(const struct sea_link *link);
/* False: there was no room. */
bool sea_rtnl_write_link(struct sea_nl_out *out, const struct sea_link *link,
			 const struct sea_rtnl_link_how *how);

/* link.c: IFLA_OPERSTATE; IFLA_STATS64. */
uint8_t sea_rtnl_operstate(const struct sea_link *link);
void sea_rtnl_stats_of(const struct sea_link *link, struct rtnl_link_stats64 *stats);
/* 0: any that there can be. */
uint32_t sea_rtnl_mtu_max(const struct sea_link *link);

/* link_af.c: IFLA_AF_SPEC. */
void sea_rtnl_put_af_spec(struct sea_nl_out *out, const struct sea_link *link);
/* The same of IPv6 alone, as its own messages have it. */
void sea_rtnl_put_af_inet6(struct sea_nl_out *out, const struct sea_link *link);

/* What is asked for in it makes sense: 0, -EAFNOSUPPORT, -EINVAL. */
int sea_rtnl_judge_af_spec(struct sea_nl_req *req, const struct sea_link *link,
			   const struct sea_nl_attr *spec);
/* Judged before. 0, or -errno. */
int sea_rtnl_set_af_spec(struct sea_nl_req *req, struct sea_link *link,
			 const struct sea_nl_attr *spec);

/* link_family.c: as IPv6 knows it. False: there was no room. */
bool sea_rtnl_write_link6(struct sea_nl_out *out, const struct sea_link *link,
			  const struct sea_rtnl_link_how *how);

/* ra_news.c: the observers of IPv6 (ip/ipv6.h). */
struct sea_ndp_prefix;
void sea_rtnl_tell_prefix(const struct sea_link *link, const struct sea_ndp_prefix *prefix,
			  uint8_t flags);
void sea_rtnl_tell_advert(const struct sea_link *link);

/* link_get.c */
extern const struct sea_nl_policy sea_rtnl_link_policy[SEA_IFLA_MAX + 1];
/* sea_nl_kind's. */
int sea_rtnl_get_link(struct sea_nl_req *req);
/* By IFLA_IFNAME or IFLA_ALT_IFNAME; NULL: there is none, or neither was given. */
struct sea_link *sea_rtnl_link_by_attrs(struct sea_stack *stack, const struct sea_nl_attr *tb);

/* link_kind.c: what IFLA_LINKINFO asks for. */
struct sea_rtnl_kind_asked {
	char name[32];                    /* "": nothing */
	const struct sea_link_kind *kind; /* NULL: it is not known */
	struct sea_link_ask ask;
	struct sea_nl_attr data[SEA_LINK_KIND_DATA_MAX + 1];
	bool has_data;
	struct sea_nl_attr slave_data; /* IFLA_INFO_SLAVE_DATA itself */
	struct sea_link_ask slave_ask; /* .data NULL: the link's master knows nothing of the kind */
	struct sea_nl_attr slave[SEA_LINK_KIND_DATA_MAX + 1];
	/* The other end, of kinds in pairs. */
	bool has_peer;
	struct ifinfomsg peer;
	struct sea_nl_attr peer_tb[SEA_IFLA_MAX + 1];
};
/* Read, and judged by the kind: 0 or -errno. */
SEA_MUST_USE int sea_rtnl_read_kind(struct sea_nl_req *req, const struct sea_nl_attr *tb,
				    struct sea_rtnl_kind_asked *asked);
/* What is asked of `link` (NULL: there is none) as a port of its master: read. */
SEA_MUST_USE int sea_rtnl_read_slave(struct sea_nl_req *req, const struct sea_link *link,
				     struct sea_rtnl_kind_asked *asked);
/* The kind of a link, for a filter; 0: none that a filter knows. */
uint64_t sea_rtnl_kind_id(const struct sea_stack *stack, const char *name);
uint64_t sea_rtnl_kind_id_of(const struct sea_link *link);
void sea_rtnl_put_kind(struct sea_nl_out *out, const struct sea_link *link);

/* link_make.c: a link of a kind. `hdr`, `tb`: RTM_NEWLINK's, judged; -errno: there is none then. */
SEA_MUST_USE int sea_rtnl_make_link(struct sea_nl_req *req, const struct ifinfomsg *hdr,
				    const struct sea_rtnl_kind_asked *asked);

/* link_change.c: as IFLA_MASTER says: 0 or -errno. */
SEA_MUST_USE int sea_rtnl_set_master(struct sea_link *link, uint32_t ifindex,
				     struct sea_nl_extack *extack);

/* link_news.c */
extern const struct sea_link_observer sea_rtnl_link_observer;

/* link_change.c, link_props.c: sea_nl_kind.doit. */
int sea_rtnl_set_link(struct sea_nl_req *req);
int sea_rtnl_new_link(struct sea_nl_req *req);
int sea_rtnl_del_link(struct sea_nl_req *req);
int sea_rtnl_new_linkprop(struct sea_nl_req *req);
int sea_rtnl_del_linkprop(struct sea_nl_req *req);

extern const struct sea_nl_kind sea_rtnl_link_kinds[];
extern const unsigned sea_rtnl_link_kinds_n;

extern const struct sea_nl_kind sea_rtnl_stats_kinds[];
extern const unsigned sea_rtnl_stats_kinds_n;

/* nsid.c */
extern const struct sea_nl_kind sea_rtnl_nsid_kinds[];
extern const unsigned sea_rtnl_nsid_kinds_n;

extern const struct sea_nl_kind sea_rtnl_link_family_kinds[];
extern const unsigned sea_rtnl_link_family_kinds_n;

#endif
