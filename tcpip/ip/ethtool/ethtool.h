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

/* Newer than some headers: this many bits there are of link modes, and these messages. */
#define SEA_ETHTOOL_LINK_MODES 121
enum sea_ethtool_msg {
	SEA_ETHTOOL_MSG_PSE_GET = 36,
	SEA_ETHTOOL_MSG_RSS_GET = 38,
	SEA_ETHTOOL_MSG_PLCA_GET_CFG = 39,
	SEA_ETHTOOL_MSG_PLCA_GET_STATUS = 41,
	SEA_ETHTOOL_MSG_MM_GET = 42,
	SEA_ETHTOOL_MSG_PHY_GET = 45,
	SEA_ETHTOOL_MSG_TSCONFIG_GET = 46,
};

/* What was asked. */
struct sea_ethtool_ask {
	struct sea_link *link; /* NULL: none */
	uint32_t flags;        /* ETHTOOL_FLAG_* */
	uint64_t sets;         /* of names or of counters: a bit for each; 0: those that fit */
	bool counts_only;      /* of names: how many */
	bool is_dump;
	bool of_phy;                  /* of one of the link's PHYs, which none has */
	uint32_t source;              /* of counters: ETHTOOL_MAC_STATS_SRC_* */
	struct sea_nl_extack *extack; /* may be NULL */
};

struct sea_ethtool_view {
	uint8_t cmd, reply;   /* ETHTOOL_MSG_* */
	uint8_t header;       /* ETHTOOL_A_*_HEADER */
	bool without_link;    /* it can be asked of none */
	bool dump_of_one;     /* a dump that names a link is of that one */
	bool dump_of_phys;    /* a dump is of PHYs: empty */
	bool unmarked;        /* pieces of a dump have no flags (which Linux forgets) */
	const char *headless; /* what is said to who has no header; NULL: that it is missing */
	int16_t no_phy;       /* -errno for who names a PHY */
	int16_t dump_end;     /* -errno that a dump ends with, and 0 */
	uint32_t room;        /* of one answer */
	/* Does the link have it: 0, or -errno, which a dump leaves out if it is -EOPNOTSUPP. */
	int (*has)(const struct sea_ethtool_ask *ask);
	void (*put)(struct sea_nl_out *out, const struct sea_ethtool_ask *ask);
	/* Reads attributes of its own; may be NULL. */
	int (*read)(struct sea_genl_req *r, struct sea_ethtool_ask *ask);
};

struct sea_ioctl;

/* -- ops.c -- */

extern const struct sea_genl_family sea_ethtool_family;
/* NULL: it has no such command. */
const struct sea_ethtool_view *sea_ethtool_view_of(uint64_t cmd);

/* -- family.c -- */

#define SEA_ETHTOOL_HEADER_PHY 4 /* newer than some headers: ETHTOOL_A_HEADER_PHY_INDEX */

/* What any view serves: an answer, the begin of a dump and its pieces; ETHTOOL_MSG_FEATURES_SET. */
int sea_ethtool_do_get(struct sea_genl_req *r);
int sea_ethtool_start(struct sea_genl_req *r, struct sea_nl_dump *d);
int sea_ethtool_dump(struct sea_nl_dump *d, struct sea_nl_out *out);
int sea_ethtool_do_set(struct sea_genl_req *r);

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

/* SOF_TIMESTAMPING_TX_SOFTWARE, _RX_SOFTWARE, _SOFTWARE */
#define SEA_ETHTOOL_STAMPS 0x1au

/* What drives it: constant texts, or a kind's. */
struct sea_ethtool_driver {
	const char *name, *version;
};

/* Settings of a link as of a wire. */
struct sea_ethtool_wire {
	uint32_t speed; /* Mbit/s; SPEED_UNKNOWN */
	uint8_t duplex, port;
};

/* False: it has none. */
bool sea_ethtool_wire_of(const struct sea_link *link, struct sea_ethtool_wire *wire);
/* False: nothing does (lo). */
bool sea_ethtool_driver_of(const struct sea_link *link, struct sea_ethtool_driver *driver);
/* Its counters (ETH_SS_STATS): the number of the link at the other end of a veth, and none of others. */
uint32_t sea_ethtool_stats_n(const struct sea_link *link);
uint64_t sea_ethtool_stat(const struct sea_link *link, uint32_t i);

extern const struct sea_ethtool_view sea_ethtool_linkinfo, sea_ethtool_linkmodes,
	sea_ethtool_linkstate, sea_ethtool_channels;

/* -- stats.c -- */

#define SEA_ETHTOOL_STATS_SOURCE 5 /* newer than some headers: ETHTOOL_A_STATS_SRC */
extern const struct sea_ethtool_view sea_ethtool_stats;

/* -- stamps.c -- */

/* ETHTOOL_A_TSINFO_HWTSTAMP_PROVIDER, which is newer than some headers. */
#define SEA_ETHTOOL_TSINFO_PROVIDER 7
#define SEA_ETHTOOL_PROVIDER_MAX 2
extern const struct sea_nl_policy sea_ethtool_provider_policy[];
extern const struct sea_ethtool_view sea_ethtool_tsinfo;

/* -- device.c: what only devices have -- */

#define SEA_ETHTOOL_PAUSE_SOURCE 6 /* ETHTOOL_A_PAUSE_STATS_SRC */
#define SEA_ETHTOOL_RSS_CONTEXT 2
#define SEA_ETHTOOL_RSS_START 7
/* Has the link that part of a MAC? */
int sea_ethtool_has_source(const struct sea_ethtool_ask *ask);
extern const struct sea_ethtool_view sea_ethtool_device_views[];
extern const unsigned sea_ethtool_device_views_n;

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
