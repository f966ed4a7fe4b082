/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vxlan: an Ethernet whose wire is UDP (RFC 7348).
 *
 *	out:  framing ─ vxlan_fdb.c: to whom ─ vxlan_io.c: headers, source port ─ sea_ip_output()
 *	in:   sea_udp_port ─ vxlan.c: whose VNI ─ vxlan_fdb.c: learns ─ tunnel_in.c: ECN ─ the link's input queue
 *
 * While it is up it has its UDP port, which VXLANs of the same family share (ip/udp_port.h). Where stations are, is learned of
 * frames that come in, and ages; or said by messages (`bridge fdb`), several places of what is for many. The other end that
 * somebody chose is the place of the address 00:00:00:00:00:00: of whom nothing is known.
 *
 *	vxlan.c          which there are; up and down; saved
 *	vxlan_io.c       frames
 *	vxlan_fdb.c      where stations are
 *	vxlan_fdb_set.c  … as messages ask for it
 *	vxlan_set.c      what can be asked for, and how it is shown
 */
#ifndef SEA_LINK_DEVICE_VXLAN_H
#define SEA_LINK_DEVICE_VXLAN_H

#include "core/htable.h"
#include "core/siphash.h"
#include "ip/udp_port.h"
#include "link/device/ageing.h"
#include "link/device/kinds.h"
#include "netlink/policy.h"

#define SEA_VXLAN_HDR_LEN 8u
#define SEA_VXLAN_F_VNI 0x08000000u /* RFC 7348 §5: the I flag */
#define SEA_VXLAN_VNI_MAX 0xffffffu
#define SEA_VXLAN_PORT_DEFAULT 8472u /* Linux's, older than IANA's 4789 */
#define SEA_VXLAN_AGE_DEFAULT 300u   /* seconds */
/* What strangers may make it remember where nobody chose a limit (Linux has none then). */
#define SEA_VXLAN_LEARNED_MAX 65536u

/* enum ifla_vxlan_df */
enum { SEA_VXLAN_DF_UNSET, SEA_VXLAN_DF_SET, SEA_VXLAN_DF_INHERIT };

/* What somebody chose. */
struct sea_vxlan_parms {
	uint32_t vni;
	uint8_t family;                  /* SEA_AF_* of the addresses: INET where there are none */
	struct sea_ipaddr remote, local; /* 0: nobody; any */
	int32_t link;     /* index of the link that it goes out on; 0: as routes say */
	uint8_t ttl, tos; /* 0: the route's; a TOS of 1: the inner one's */
	uint8_t df;       /* SEA_VXLAN_DF_* */
	bool ttl_inherit, learning, localbypass;
	bool sum_tx;                 /* IPv4 goes with a checksum */
	bool no_sum6_tx, no_sum6_rx; /* IPv6 goes without, may come without (RFC 6935) */
	uint32_t label;              /* IPv6's flow label */
	uint32_t age_s;
	uint32_t limit; /* of entries; 0: none */
	uint16_t port;  /* of both ends */
	uint16_t port_min,
		port_max; /* of senders, the last excluded; 0: the stack's ephemeral ones */
};

/* Where frames go. */
struct sea_vxlan_to {
	struct sea_ipaddr addr; /* of the VXLAN's family; 0: nowhere */
	uint16_t port;
	uint32_t vni;
	int32_t link; /* 0: as routes say */
};

/* A place where a station is. Entries of one address stand one behind the other. */
struct sea_vxlan_fdb {
	struct sea_hnode hash;
	struct sea_list node; /* in sea_vxlan.entries, the newest first */
	struct sea_aged aged; /* in sea_vxlan.ageing, unless somebody said where it is */
	struct sea_mac mac;
	struct sea_vxlan_to to;
	uint64_t serial; /* in the order in which they came, from 1 */
	uint16_t state;  /* NUD_* */
	uint8_t flags;   /* NTF_* */
	sea_time used;
};

/* A UDP port, and who shares it. */
struct sea_vxlan_port {
	struct sea_udp_port udp;
	unsigned users;
};

/* sea_link.kind_state */
struct sea_vxlan {
	struct sea_hnode node; /* in struct sea_vxlans */
	struct sea_link *link;
	struct sea_vxlan_parms p;
	struct sea_vxlan_port *port; /* while it is up */
	struct sea_siphash_key key;  /* of flows and of the database */
	struct sea_htable fdb;
	struct sea_list entries;
	struct sea_ageing ageing;
	uint64_t serial; /* of the last entry that came */
};

/* Of a stack. */
struct sea_vxlans {
	struct sea_htable table; /* by VNI */
};

extern const struct sea_link_kind sea_kind_vxlan;
extern const struct sea_link_fdb_ops sea_vxlan_fdb_ops;

struct sea_vxlans *sea_vxlans_of(const struct sea_stack *stack); /* kinds.c */
void sea_vxlans_init(struct sea_vxlans *vxlans, struct sea_stack *stack);
void sea_vxlans_fini(struct sea_vxlans *vxlans);

static inline struct sea_vxlan *sea_vxlan_of(const struct sea_link *link)
{
	return link->kind_state;
}

/* -- vxlan.c -- */

/* The one that is up, has this VNI and shares the port; one with link-local addresses only on its link. NULL. */
struct sea_vxlan *sea_vxlan_find(const struct sea_stack *stack, uint32_t vni,
				 const struct sea_udp_port *port, int iif);
/* Is there another one that would get the same frames? */
bool sea_vxlan_exists(const struct sea_stack *stack, const struct sea_vxlan_parms *p,
		      const struct sea_vxlan *but);
/* The link's state begins with these: 0 or -ENOMEM. */
SEA_MUST_USE int sea_vxlan_begin(struct sea_link *link, const struct sea_vxlan_parms *p);
/* Bytes in front of what a frame carries, its own header among them. */
uint32_t sea_vxlan_hdr_len(const struct sea_vxlan_parms *p);
/* Is the port to be had? */
int sea_vxlan_judge_up(const struct sea_link *link);
int sea_vxlan_judge_mtu(const struct sea_link *link, uint32_t mtu);
void sea_vxlan_end(struct sea_link *link);
void sea_vxlan_save(const struct sea_link *link, struct sea_saver *to);
int sea_vxlan_load(struct sea_link *link, struct sea_loader *from);

static inline bool sea_vxlan_is_any(const struct sea_ipaddr *a)
{
	static const struct sea_ipaddr any;

	return sea_ipaddr_equal(a, &any);
}

static inline bool sea_vxlan_same_to(const struct sea_vxlan_to *a, const struct sea_vxlan_to *b)
{
	return sea_ipaddr_equal(&a->addr, &b->addr) && a->port == b->port && a->vni == b->vni &&
	       a->link == b->link;
}

/* -- vxlan_fdb.c -- */

void sea_vxlan_fdb_init(struct sea_vxlan *v);
void sea_vxlan_fdb_fini(struct sea_vxlan *v);
/* The first place of an address, the next one behind `prev`; NULL. */
struct sea_vxlan_fdb *sea_vxlan_fdb_find(const struct sea_vxlan *v, const struct sea_mac *mac);
struct sea_vxlan_fdb *sea_vxlan_fdb_next(const struct sea_vxlan_fdb *prev);
/* NULL: no memory. Nobody is told, and it does not age before sea_vxlan_fdb_refile(). */
struct sea_vxlan_fdb *sea_vxlan_fdb_new(struct sea_vxlan *v, const struct sea_mac *mac,
					const struct sea_vxlan_to *to, uint16_t state,
					uint8_t flags);
bool sea_vxlan_fdb_is_full(const struct sea_vxlan *v);
void sea_vxlan_fdb_tell(struct sea_vxlan *v, const struct sea_vxlan_fdb *f, bool gone);
/* Of a link that listeners have just heard of. */
void sea_vxlan_fdb_tell_all(struct sea_vxlan *v);
/* Listeners are told. */
void sea_vxlan_fdb_del(struct sea_vxlan *v, struct sea_vxlan_fdb *f);
/* It was just heard of, or ages from now on, or no more. */
void sea_vxlan_fdb_refile(struct sea_vxlan *v, struct sea_vxlan_fdb *f);
/* A frame came from there. False: the station is known to be elsewhere, and the frame is not to be believed. */
bool sea_vxlan_fdb_learn(struct sea_vxlan *v, const struct sea_mac *mac,
			 const struct sea_vxlan_to *from);
void sea_vxlan_fdb_set_ageing(struct sea_vxlan *v, uint32_t seconds);
/* Of whom nothing is known: the other end that is chosen from now on. 0 or -ENOMEM with nothing changed. */
SEA_MUST_USE int sea_vxlan_fdb_set_default(struct sea_vxlan *v, const struct sea_vxlan_to *to);
void sea_vxlan_fdb_save(const struct sea_vxlan *v, struct sea_saver *to);
SEA_MUST_USE int sea_vxlan_fdb_load(struct sea_vxlan *v, struct sea_loader *from);

/* -- vxlan_fdb_set.c -- */

struct sea_fdb_entry sea_vxlan_fdb_entry(const struct sea_vxlan *v, const struct sea_vxlan_fdb *f);

/* -- vxlan_io.c -- */

int sea_vxlan_xmit(struct sea_link *link, struct sea_pkt *pkt);
/* sea_udp_port's */
void sea_vxlan_input(struct sea_stack *stack, struct sea_udp_port *port, struct sea_pkt *pkt,
		     const struct sea_ip_rx *rx);
bool sea_vxlan_icmp_error(struct sea_stack *stack, struct sea_udp_port *port,
			  const struct sea_icmp_error *error);

#endif
