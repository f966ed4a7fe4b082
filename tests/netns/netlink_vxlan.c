/* SPDX-License-Identifier: Apache-2.0 */
/* Links of the kind vxlan, which the kernel has as well: refused, made, shown, changed, ended, and where their stations are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "tests/netns/netlink_compare.h"

/* An index that is given, as those of failed attempts are used up in the kernel's world. */
#define INDEX 12
#define LOCALBYPASS 31

struct attrs {
	uint16_t len;
	uint8_t bytes[256];
};

static void add(struct attrs *a, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr hdr = { .nla_len = (uint16_t)(sizeof(hdr) + len), .nla_type = type };

	memcpy(a->bytes + a->len, &hdr, sizeof(hdr));
	if (len)
		memcpy(a->bytes + a->len + sizeof(hdr), value, len);
	a->len = (uint16_t)(a->len + ((hdr.nla_len + 3u) & ~3u));
}

/* One attribute of IFLA_INFO_DATA; len 0: none. */
struct datum {
	uint16_t type, len;
	const char *value;
};

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 12 };

/* Of VNI 42, with what is said of it besides. */
static struct request asking(const char *what, uint16_t flags, const struct datum *d, unsigned n)
{
	const struct ifinfomsg hdr = { .ifi_index = INDEX };
	const uint32_t one = 1, vni = 42;
	struct request r =
		request_of(what, RTM_NEWLINK, (uint16_t)(NLM_F_ACK | flags), &hdr, sizeof(hdr));
	struct attrs info = { 0 }, data = { 0 };

	if (flags) {
		put_attr(&r, IFLA_IFNAME, "vx", 3);
		put_attr(&r, IFLA_ADDRESS, mac, 6);
		put_attr(&r, IFLA_NUM_TX_QUEUES, &one, 4);
		put_attr(&r, IFLA_NUM_RX_QUEUES, &one, 4);
		add(&data, IFLA_VXLAN_ID, &vni, 4);
	}
	for (unsigned i = 0; i < n; i++)
		add(&data, d[i].type, d[i].value, d[i].len);
	add(&info, IFLA_INFO_KIND, "vxlan", 6);
	add(&info, IFLA_INFO_DATA, data.bytes, data.len);
	put_attr(&r, IFLA_LINKINFO, info.bytes, info.len);
	return r;
}

#define MAKE (NLM_F_CREATE | NLM_F_EXCL)

static struct request about(const char *what, uint16_t type)
{
	const struct ifinfomsg hdr = { .ifi_index = INDEX };

	return request_of(what, type, type == RTM_GETLINK ? 0 : NLM_F_ACK, &hdr, sizeof(hdr));
}

static void see(struct world w[2])
{
	const struct request r = about("a vxlan is shown", RTM_GETLINK);

	compare(w, &r, EXT_ACK);
}

static void end(struct world w[2])
{
	const struct request r = about("a vxlan is deleted", RTM_DELLINK);

	compare(w, &r, EXT_ACK);
}

/* -- refused -- */

static void refuse(struct world w[2])
{
	static const struct datum bads[] = {
		{ IFLA_VXLAN_ID, 4, "\0\0\0\1" },
		{ IFLA_VXLAN_ID, 2, "\1\0" },
		{ IFLA_VXLAN_LINK, 4, "\143\0\0\0" },
		{ IFLA_VXLAN_DF, 1, "\3" },
		{ IFLA_VXLAN_PORT_RANGE, 4, "\0\11\0\10" },
		{ IFLA_VXLAN_PORT_RANGE, 2, "\0\11" },
		{ IFLA_VXLAN_LOCAL, 4, "\357\1\1\1" },
		{ IFLA_VXLAN_GROUP, 4, "\357\1\1\1" },
		{ IFLA_VXLAN_GROUP, 3, "\12\0\0" },
		{ IFLA_VXLAN_LABEL, 4, "\0\0\0\1" },
		{ IFLA_VXLAN_GROUP6, 16, "\376\200\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
		{ LOCALBYPASS, 1, "\2" },
	};

	for (unsigned i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct request r = asking("a bad vxlan", MAKE, &bads[i], 1);

		compare(w, &r, EXT_ACK);
		compare(w, &r, EXT_ACK | STRICT);
	}
}

static void refuse_links(struct world w[2])
{
	static const uint8_t group[6] = { 1 };
	const uint32_t mtus[] = { 67, 65536 };
	struct request r = asking("a vxlan of a group's address", MAKE, NULL, 0);

	put_attr(&r, IFLA_ADDRESS, group, 6);
	compare(w, &r, EXT_ACK);
	r = asking("a vxlan of a short address", MAKE, NULL, 0);
	put_attr(&r, IFLA_ADDRESS, group, 5);
	compare(w, &r, EXT_ACK);
	for (unsigned i = 0; i < 2; i++) {
		r = asking("a vxlan of a bad MTU", MAKE, NULL, 0);
		put_attr(&r, IFLA_MTU, &mtus[i], 4);
		compare(w, &r, EXT_ACK);
	}
}

/* -- made, changed -- */

static void make_each(struct world w[2])
{
	static const struct datum goods[] = {
		{ IFLA_VXLAN_GROUP, 4, "\12\0\0\2" },
		{ IFLA_VXLAN_LOCAL, 4, "\12\0\0\1" },
		{ IFLA_VXLAN_TTL, 1, "\11" },
		{ IFLA_VXLAN_TTL_INHERIT, 0, NULL },
		{ IFLA_VXLAN_TOS, 1, "\1" },
		{ IFLA_VXLAN_DF, 1, "\2" },
		{ IFLA_VXLAN_LEARNING, 1, "\0" },
		{ IFLA_VXLAN_AGEING, 4, "\0\0\0\0" },
		{ IFLA_VXLAN_AGEING, 4, "\7\0\0\0" },
		{ IFLA_VXLAN_LIMIT, 4, "\7\0\0\0" },
		{ IFLA_VXLAN_PORT, 2, "\22\265" },
		{ IFLA_VXLAN_PORT, 2, "\0\0" },
		{ IFLA_VXLAN_UDP_CSUM, 1, "\0" },
		{ IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1, "\1" },
		{ IFLA_VXLAN_LINK, 4, "\1\0\0\0" },
		{ IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1, "\1" },
		{ LOCALBYPASS, 1, "\0" },
		{ IFLA_VXLAN_PORT_RANGE, 4, "\1\0\2\0" },
		{ IFLA_VXLAN_PROXY, 1, "\0" },
	};

	for (unsigned i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
		const struct request r = asking("a vxlan", MAKE, &goods[i], 1);

		compare(w, &r, EXT_ACK);
		see(w);
		end(w);
	}
}

static void change_each(struct world w[2])
{
	static const struct datum changes[] = {
		{ IFLA_VXLAN_GROUP, 4, "\12\0\0\3" },
		{ IFLA_VXLAN_LOCAL, 4, "\12\0\0\4" },
		{ IFLA_VXLAN_TTL, 1, "\11" },
		{ IFLA_VXLAN_TOS, 1, "\1" },
		{ IFLA_VXLAN_DF, 1, "\2" },
		{ IFLA_VXLAN_LEARNING, 1, "\0" },
		{ IFLA_VXLAN_AGEING, 4, "\7\0\0\0" },
		{ IFLA_VXLAN_TTL_INHERIT, 0, NULL },
		{ IFLA_VXLAN_ID, 4, "\53\0\0\0" },
		{ IFLA_VXLAN_ID, 4, "\52\0\0\0" },
		{ IFLA_VXLAN_LIMIT, 4, "\7\0\0\0" },
		{ IFLA_VXLAN_PORT, 2, "\22\265" },
		{ IFLA_VXLAN_PORT_RANGE, 4, "\1\0\2\0" },
		{ IFLA_VXLAN_UDP_CSUM, 1, "\0" },
		{ IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1, "\1" },
		{ IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1, "\1" },
		{ IFLA_VXLAN_LABEL, 4, "\0\0\0\1" },
		{ IFLA_VXLAN_GROUP6, 16, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1" },
		{ IFLA_VXLAN_LOCAL6, 16, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1" },
		{ LOCALBYPASS, 1, "\0" },
	};
	static const struct datum end_of_it = { IFLA_VXLAN_GROUP, 4, "\12\0\0\2" };
	struct request r = asking("a vxlan", MAKE, &end_of_it, 1);

	compare(w, &r, EXT_ACK);
	compare(w, &r, EXT_ACK); /* it is there */
	for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		r = asking("a vxlan is changed", 0, &changes[i], 1);
		compare(w, &r, EXT_ACK);
		see(w);
	}
}

/* -- stations -- */

struct place {
	uint16_t type, flags, state;
	const char *dst;
	uint16_t dst_len;
	uint16_t other, other_len; /* another attribute */
	const char *value;
};

#define ADD (NLM_F_CREATE | NLM_F_EXCL)

static struct request station_of(const struct place *p)
{
	const struct ndmsg hdr = { .ndm_family = AF_BRIDGE,
				   .ndm_ifindex = INDEX,
				   .ndm_state = p->state,
				   .ndm_flags = NTF_SELF };
	struct request r = request_of("a station", p->type, (uint16_t)(NLM_F_ACK | p->flags), &hdr,
				      sizeof(hdr));

	put_attr(&r, NDA_LLADDR, "\2\0\0\0\0\11", 6);
	if (p->dst)
		put_attr(&r, NDA_DST, p->dst, p->dst_len);
	if (p->other)
		put_attr(&r, p->other, p->value, p->other_len);
	return r;
}

static void see_station(struct world w[2])
{
	const struct ndmsg hdr = { .ndm_family = AF_BRIDGE,
				   .ndm_ifindex = INDEX,
				   .ndm_flags = NTF_SELF };
	struct request r = request_of("a station is shown", RTM_GETNEIGH, 0, &hdr, sizeof(hdr));

	put_attr(&r, NDA_LLADDR, "\2\0\0\0\0\11", 6);
	compare(w, &r, EXT_ACK | STRICT);
}

static void stations(struct world w[2])
{
	static const struct place places[] = {
		{ RTM_NEWNEIGH, 0, NUD_PERMANENT, "\12\0\0\5", 4, 0, 0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_NOARP, "\12\0\0\5", 4, 0, 0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, NULL, 0, 0, 0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0", 3, 0, 0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1", 16, 0,
		  0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, NDA_PORT, 4, "\0\0\0\1" },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, NDA_VNI, 2, "\0\1" },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, NDA_IFINDEX, 2, "\0\1" },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, NDA_IFINDEX, 4, "\143\0\0\0" },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, 0, 0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, 0, 0, NULL },
		{ RTM_NEWNEIGH, NLM_F_REPLACE, NUD_PERMANENT, "\12\0\0\6", 4, NDA_PORT, 2,
		  "\0\11" },
		{ RTM_NEWNEIGH, NLM_F_REPLACE, NUD_NOARP | NUD_REACHABLE, "\12\0\0\6", 4, NDA_VNI,
		  4, "\7\0\0\0" },
		{ RTM_DELNEIGH, 0, 0, "\12\0\0\7", 4, 0, 0, NULL },
		{ RTM_DELNEIGH, 0, 0, NULL, 0, 0, 0, NULL },
		{ RTM_DELNEIGH, 0, 0, NULL, 0, 0, 0, NULL },
		{ RTM_NEWNEIGH, ADD, NUD_PERMANENT, "\12\0\0\5", 4, NDA_IFINDEX, 4, "\1\0\0\0" },
	};

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct request r = station_of(&places[i]);

		compare(w, &r, EXT_ACK);
		see_station(w);
	}
}

/* So that it says nothing of itself. */
static void speak_ipv6(struct world w[2], bool speak)
{
	FILE *f = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");

	if (!f || fputs(speak ? "0" : "1", f) < 0 || fclose(f) ||
	    sea_sysctl_set(w[1].stack, "net.ipv6.conf.default.disable_ipv6", speak ? "0" : "1",
			   w[1].now))
		exit(1);
}

void compare_vxlan(struct world w[2])
{
	speak_ipv6(w, false);
	refuse(w);
	refuse_links(w);
	make_each(w);
	change_each(w);
	stations(w);
	end(w);
	speak_ipv6(w, true);
}
