/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generic family `ethtool` (ethtool(8)): what is asked of a link, one or all in a dump. Each command that shows something
 * is a *view*: whether a link has it, and what is put behind the link's name.
 */
#ifndef SEA_IP_ETHTOOL_ETHTOOL_H
#define SEA_IP_ETHTOOL_ETHTOOL_H

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>

#include "core/link.h"
#include "netlink/genl.h"

/* Newer than some headers: this many bits there are of link modes. */
#define SEA_ETHTOOL_LINK_MODES 121

/* What was asked. */
struct sea_ethtool_ask {
	struct sea_link *link;        /* NULL: none */
	uint32_t flags;               /* ETHTOOL_FLAG_* */
	uint64_t sets;                /* of names: a bit for each; 0: those that fit */
	bool counts_only;             /* of names: how many */
	struct sea_nl_extack *extack; /* may be NULL */
};

struct sea_ethtool_view {
	uint8_t cmd, reply; /* ETHTOOL_MSG_* */
	bool without_link;  /* it can be asked of none */
	uint32_t room;      /* of one answer */
	/* Does the link have it: 0, or -errno, which a dump leaves out if it is -EOPNOTSUPP. */
	int (*has)(const struct sea_ethtool_ask *ask);
	void (*put)(struct sea_nl_out *out, const struct sea_ethtool_ask *ask);
	/* Reads attributes of its own; may be NULL. */
	int (*read)(struct sea_genl_req *r, struct sea_ethtool_ask *ask);
};

struct sea_ioctl;

/* -- family.c -- */

/* Who listens to the family's news hears what this view shows of the link, as `cmd`. */
void sea_ethtool_tell(struct sea_link *link, const struct sea_ethtool_view *view, uint8_t cmd);
/* An answer with the link's name and what `put` writes of `arg`: 0 or -errno. */
SEA_MUST_USE int sea_ethtool_answer(struct sea_genl_req *r, struct sea_link *link, uint8_t cmd,
				    void (*put)(struct sea_nl_out *out, const void *arg),
				    const void *arg);

/* -- bitset.c -- */

/* The bits of the set of names `names` (ETH_SS_*); `mask`: those that are meant, NULL: it is a list of what is set. */
void sea_ethtool_put_set(struct sea_nl_out *out, uint16_t type, uint32_t names, uint64_t bits,
			 const uint64_t *mask, bool compact);
/* 0, or -EINVAL, -EOPNOTSUPP, -ERANGE as *extack says. */
SEA_MUST_USE int sea_ethtool_read_set(const struct sea_nl_attr *set, uint32_t names,
				      uint64_t *value, uint64_t *mask,
				      struct sea_nl_extack *extack);

/* -- link.c -- */

#define SEA_ETHTOOL_SPEED 10000u /* Mbit/s */
/* SOF_TIMESTAMPING_TX_SOFTWARE, _RX_SOFTWARE, _SOFTWARE */
#define SEA_ETHTOOL_STAMPS 0x1au

/* What drives it: constant texts, or a kind's. */
struct sea_ethtool_driver {
	const char *name, *version;
};

bool sea_ethtool_has_wire(const struct sea_link *link);
/* False: nothing does (lo). */
bool sea_ethtool_driver_of(const struct sea_link *link, struct sea_ethtool_driver *driver);
/* Its counters (ETH_SS_STATS): the number of the link at the other end of a veth, and none of others. */
uint32_t sea_ethtool_stats_n(const struct sea_link *link);
uint64_t sea_ethtool_stat(const struct sea_link *link, uint32_t i);

extern const struct sea_ethtool_view sea_ethtool_linkinfo, sea_ethtool_linkmodes,
	sea_ethtool_linkstate;

/* -- features.c -- */

/* Bits of features that programs may name at all. */
#define SEA_ETHTOOL_FEATURES (~(UINT64_C(1) << 10))

uint64_t sea_ethtool_active(const struct sea_link *link);
uint64_t sea_ethtool_changeable(const struct sea_link *link);
uint64_t sea_ethtool_wanted(const struct sea_link *link);
/* Those that never change, of no link of the kind. */
uint64_t sea_ethtool_fixed(const struct sea_link *link);
/* Those of `valid`, all changeable, are from now on wanted or not; who listens is told if that changes anything. */
void sea_ethtool_want(struct sea_link *link, uint64_t valid, uint64_t wanted);

extern const struct sea_ethtool_view sea_ethtool_features;
/* ETHTOOL_MSG_FEATURES_SET. */
SEA_MUST_USE int sea_ethtool_set(struct sea_genl_req *r, const struct sea_ethtool_ask *ask);

/* -- strset.c -- */

/* Of the set `set`, of the link's own or (NULL) of those that are all links'. */
uint32_t sea_ethtool_names_n(const struct sea_link *link, uint32_t set);
const char *sea_ethtool_name(const struct sea_link *link, uint32_t set, uint32_t i);
/* Are they told by SIOCETHTOOL? */
bool sea_ethtool_names_by_ioctl(const struct sea_link *link, uint32_t set);
extern const struct sea_ethtool_view sea_ethtool_strset;

/* -- ioctl.c: SIOCETHTOOL -- */

extern const struct sea_ioctl_ops sea_ethtool_ioctl_ops;

/* -- feature_ioctl.c: 0 or more, or -errno -- */

SEA_MUST_USE int sea_ethtool_get_some(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd);
SEA_MUST_USE int sea_ethtool_set_some(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd);
SEA_MUST_USE int sea_ethtool_get_flags(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd);
SEA_MUST_USE int sea_ethtool_set_flags(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd);
SEA_MUST_USE int sea_ethtool_get_features(struct sea_link *link, struct sea_ioctl *call,
					  uint32_t cmd);
SEA_MUST_USE int sea_ethtool_set_features(struct sea_link *link, struct sea_ioctl *call,
					  uint32_t cmd);

#endif
