/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of links that somebody makes by asking (`ip link add … type KIND`): software devices without a driver. Whoever
 * implements a kind registers it from a module's init; rtnetlink makes, changes, shows and ends links of it, and whoever
 * ends a link ends what stands on it (`lower`) before.
 *
 *	RTM_NEWLINK ─ judge ─ prepare ─ sea_link_make_as() ─ setup ─ flags ─ sea_link_announce()
 */
#ifndef SEA_CORE_LINK_KIND_H
#define SEA_CORE_LINK_KIND_H

#include <seastack/compiler.h>

#include "core/link.h"

struct sea_loader;
struct sea_nl_attr;
struct sea_nl_extack;
struct sea_nl_out;
struct sea_nl_policy;
struct sea_saver;

/* The highest type of an attribute in IFLA_INFO_DATA that a kind may know. */
#define SEA_LINK_KIND_DATA_MAX 63
/* Links on links, the lowest included (as Linux). */
#define SEA_LINK_DEPTH_MAX 8

/* What a message asks of a link of a kind. */
struct sea_link_ask {
	const struct sea_nl_attr *tb; /* IFLA_*: judged */
	const struct sea_nl_attr
		*data; /* of IFLA_INFO_DATA, up to the kind's data_max; NULL: it is not there */
	struct sea_nl_extack *extack;
};

/* Where a station is behind a tunnel; 0 of what is as the link has it, and not told. */
struct sea_fdb_far {
	uint8_t addr[16], addr_len;
	uint16_t port;
	bool has_vni;
	uint32_t vni;
	int32_t ifindex;
};

/* An entry of a forwarding database, as messages tell of it. */
struct sea_fdb_entry {
	const struct sea_link *link; /* behind which it is: a port, or the master itself */
	const struct sea_link
		*master; /* the bridge; NULL: the database is the link's own, and it is no master */
	struct sea_fdb_far far; /* where there is no master */
	struct sea_mac mac;
	uint16_t vid;   /* 0: of none */
	uint16_t state; /* NUD_* */
	uint8_t flags;  /* NTF_* */
	sea_time used, updated;
};

/* What a message asks of an entry. */
struct sea_fdb_ask {
	struct sea_mac mac;
	uint16_t vid;                 /* 0: not said */
	uint16_t state;               /* NUD_* */
	uint8_t flags;                /* NTF_* */
	uint16_t msg_flags;           /* NLM_F_* */
	const struct sea_nl_attr *tb; /* NDA_*: not judged; those of `far` are for who knows them */
	struct sea_nl_extack *extack;
};

/*
 * Of links with a forwarding database: masters, whose ports' it is as well, and others, without `vlans_*`, whose
 * own it is. `link` is a port, or the link itself. 0 or -errno.
 */
struct sea_link_fdb_ops {
	int (*add)(struct sea_link *link, const struct sea_fdb_ask *ask);
	int (*del)(struct sea_link *link, const struct sea_fdb_ask *ask);
	int (*get)(struct sea_link *master, const struct sea_fdb_ask *ask,
		   struct sea_fdb_entry *entry);
	/* Shows those of `link` from *cursor on (0: all) until `show` says false, of the one that is next then. */
	void (*walk)(struct sea_link *link, uint64_t *cursor,
		     bool (*show)(void *ctx, const struct sea_fdb_entry *entry), void *ctx);
	/* VLANs of a port or the master: IFLA_AF_SPEC's attributes, to be added or deleted, or shown. NULL: no master. */
	int (*vlans_change)(struct sea_link *link, const struct sea_nl_attr *spec, bool del,
			    struct sea_nl_extack *extack);
	void (*vlans_show)(const struct sea_link *link, bool ranges, struct sea_nl_out *out);
	/* VLANs and what each has besides (RTM_*VLAN): one attribute, BRIDGE_VLANDB_*. As vlans_*: NULL of what is no master. */
	int (*vlandb_change)(struct sea_link *link, const struct sea_nl_attr *a, bool del,
			     struct sea_nl_extack *extack);
	/* Writes those from *vid on; false: `out` is full, and *vid is the next. `flags`: BRIDGE_VLANDB_DUMPF_*. */
	bool (*vlandb_show)(const struct sea_link *link, uint32_t flags, uint16_t *vid,
			    struct sea_nl_out *out);
};

/* As IFLA_TSO_MAX_SIZE and IFLA_HEADROOM tell it, in bytes. */
struct sea_link_room {
	uint32_t tso_max_size;
	uint16_t headroom;
};

struct sea_link_kind {
	const char *name;
	const struct sea_framing
		*framing;  /* whose turn is sea_link_turn(), where there is an xmit */
	size_t state_size; /* of link->kind_state, zeroed at first, the core's; 0: none */
	uint32_t flags;    /* of SEA_IFF_*: those that may be chosen, at first */
	uint32_t mtu_min;  /* as it is shown */
	uint32_t mtu_max;  /* 0: SEA_LINK_MTU_VIRTUAL, and none is shown */
	bool stands_on;    /* another link, which IFLA_LINK names */
	bool mute;         /* its carrier says nothing: it is never more than up */

	/* Consumes a frame that begins with its link header: as sea_link_output(). NULL: its framing's turn does without. */
	int (*xmit)(struct sea_link *link, struct sea_pkt *pkt);
	/* 0, or why it may not go up, or have this MTU. May be NULL. */
	int (*judge_up)(const struct sea_link *link);
	int (*judge_mtu)(const struct sea_link *link, uint32_t mtu);
	/* The link ends; nobody finds it any more. May be NULL. */
	void (*end)(struct sea_link *link);
	/* What it is besides a link; what it stands on is there again. Both NULL: nothing. */
	void (*save)(const struct sea_link *link, struct sea_saver *to);
	int (*load)(struct sea_link *link, struct sea_loader *from);

	const struct sea_nl_policy *policy; /* of IFLA_INFO_DATA; NULL: it is not looked at */
	uint16_t data_max;
	/*
	 * Its links come in pairs (sea_link.peer): this attribute is a struct ifinfomsg and IFLA_* of the other end, which is
	 * made first. 0: they do not.
	 */
	uint16_t peer_attr;
	/* Does the message make sense, whatever link it is about? 0 or -errno. May be NULL. */
	int (*judge)(const struct sea_link_ask *ask);
	/*
	 * Finds what the link is to stand on, and fills what the message does not say of MTU and MAC: 0 or -errno. May be
	 * NULL, as those that follow: nothing more is to be done.
	 */
	int (*prepare)(struct sea_stack *stack, const struct sea_link_ask *ask,
		       struct sea_link_config *config, struct sea_link **lower);
	/* The link is there, and nobody knows. 0 or -errno: it ends again. */
	int (*setup)(struct sea_link *link, const struct sea_link_ask *ask);
	/* Listeners know of it now, and hear of what it brought along. */
	void (*announced)(struct sea_link *link);
	/* `ask->data` is there. NULL: -EOPNOTSUPP. */
	int (*change)(struct sea_link *link, const struct sea_link_ask *ask);
	/* Writes what IFLA_INFO_DATA has. */
	void (*show)(const struct sea_link *link, struct sea_nl_out *out);

	/*
	 * Of a master, whose ports other links can be; NULL: it is none. The link is of no master; `extack` may be NULL.
	 * 0 or -errno with nothing changed. On the way out link->master is still `master`; the port may be half made
	 * where loading failed. When loading, `load` equips those whose link->master is this one already.
	 */
	int (*judge_port)(const struct sea_link *master, const struct sea_link *link,
			  struct sea_nl_extack *extack); /* before all else; NULL: 0 */
	int (*enslave)(struct sea_link *master, struct sea_link *link,
		       struct sea_nl_extack *extack);
	void (*release)(struct sea_link *master, struct sea_link *link);
	/* A port's own part of IFLA_LINKINFO: IFLA_INFO_SLAVE_DATA. */
	const struct sea_nl_policy *slave_policy;
	uint16_t slave_data_max;
	int (*slave_change)(struct sea_link *link, const struct sea_link_ask *ask);
	void (*slave_show)(const struct sea_link *link, struct sea_nl_out *out);
	uint16_t arphrd; /* ARPHRD_*; 0: as all links of its type */
	/* Of SEA_IFF_*: what it is by itself. NULL: as all links of its type. */
	uint32_t (*type_flags)(const struct sea_link *link);
	/* Writes IFLA_ADDRESS and IFLA_BROADCAST. NULL: as all links of its type. */
	void (*put_addrs)(const struct sea_link *link, struct sea_nl_out *out);
	/* The interface identifier of its IPv6 addresses; false: it makes none. NULL: as all links of its type. */
	bool (*own6)(const struct sea_link *link, uint8_t id[8]);
	/* What IFLA_LINK says, 0 included. NULL: the link that it stands on. */
	int (*iflink)(const struct sea_link *link);
	/* What it asks of those that send by it. NULL: as all links. */
	void (*room)(const struct sea_link *link, struct sea_link_room *room);
	const struct sea_link_fdb_ops *fdb; /* NULL: it has none */
};

/*
 * Somebody else takes what arrives by a link, before its framing looks at it: a bridge of its ports, a macvlan of the
 * link below. It costs other links nothing: the link gets a framing of its own, a copy with another `input`.
 */
struct sea_diversion {
	struct sea_framing framing;
	const struct sea_framing *own; /* what it would have otherwise */
	void *ctx;
};

/* 0, -EBUSY (somebody takes them already), -ENOMEM. */
SEA_MUST_USE int sea_link_divert(struct sea_link *link,
				 void (*input)(struct sea_link *link, struct sea_pkt *pkt),
				 void *ctx);
void sea_link_undivert(struct sea_link *link);
/* For whoever takes a link's frames: this one is the link's own. Consumes it. */
void sea_link_input_own(struct sea_link *link, struct sea_pkt *pkt);
/* The framing of a link of a kind, whoever takes its frames. */
const struct sea_framing *sea_link_own_framing(const struct sea_link *link);
void sea_link_set_framing(struct sea_link *link, const struct sea_framing *framing);

/* From a module's init: 0 or -ENOSPC. */
SEA_MUST_USE int sea_link_kind_add(struct sea_stack *stack, const struct sea_link_kind *kind);
/* By name; NULL. */
const struct sea_link_kind *sea_link_kind_find(const struct sea_stack *stack, const char *name);

/* Can others be its members? */
bool sea_link_is_master(const struct sea_link *link);
/* A link ends: its members are of none then; it is no port of a kind of master any more. */
void sea_link_free_members(struct sea_link *master);
void sea_link_leave_master(struct sea_link *link);

/* Puts a link on another one: 0, -EMLINK (too many on each other), -EINVAL (it would stand on itself). */
SEA_MUST_USE int sea_link_stand_on(struct sea_link *link, struct sea_link *lower);
/* How many links are below it, the longest way: what it stands on, or its ports. */
unsigned sea_link_depth(const struct sea_link *link);
/* Of those that stand on it and are of a kind (NULL: any), the one behind `link` (NULL: the first), or NULL. */
struct sea_link *sea_link_next_upper(const struct sea_link *lower, const struct sea_link_kind *kind,
				     struct sea_link *link);
/* Ends all links that stand on this one. */
void sea_link_end_uppers(struct sea_link *lower);

/* Makes two links the ends of a wire. */
void sea_link_join(struct sea_link *a, struct sea_link *b);
/* What is behind it: the index of a link, 0 (there is none, and that is said), or its own. */
int sea_link_iflink(const struct sea_link *link);

/* A framing's turn, for links of kinds: xmit, or, where wrappers want to see frames, the link's queue. */
int sea_link_turn(struct sea_link *link, struct sea_pkt *pkt);
/* sea_link.pump of links of kinds. */
void sea_link_pump(struct sea_link *link, sea_time now);

/* What of kinds comes back behind all links (core/save_link.c). */
void sea_save_kinds(struct sea_saver *to, const struct sea_stack *stack);
void sea_load_kinds(struct sea_loader *from, struct sea_stack *stack, sea_time now);

#endif
