/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges against the kernel's: the same messages in both worlds, what comes back and what listeners of FDBs and ports
 * hear compared, and the same frames into the same ports, of which the same must leave by the same. Ports are
 * taps in the kernel's world. Arguments: how many random steps, from which seed on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>

#include <seastack/link.h>
#include <seastack/pkt.h>

#include "tests/netns/bridge_neutral.h"
#include "tests/netns/bridge_peer.h"
#include "tests/netns/netlink_compare.h"

#define STEPS_DEFAULT 1500
#define FRAME_MAX 128
#define FRAMES_MAX 8

static struct world w[2];
static struct wsock hears[2];
static bool listening;
static int taps[N_PORTS];
static struct sea_link *ports[N_PORTS];

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

/* -- messages -- */

/* As compare(), with what is not to be the same of bridges taken out first. */
static void judge_bridge(const struct request *r, const long sent[2], struct answers a[2])
{
	for (unsigned i = 0; i < 2; i++)
		bridge_neutral(&a[i]);
	judge(r, EXT_ACK, sent, a);
}

void each(const struct request *r, unsigned mode)
{
	static struct answers a[2];
	static const struct request news = { .name = "news of it" };
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		struct wsock s;

		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s))
			die("no socket");
		set_mode(&w[i], s, mode);
		sent[i] = ask(&w[i], s, r);
		listen_to(&w[i], s, &a[i]);
		world_close(&w[i], &s);
	}
	judge_bridge(r, sent, a);
	for (unsigned i = 0; i < 2; i++) {
		sent[i] = 0;
		a[i].n = 0;
		if (listening)
			listen_to(&w[i], hears[i], &a[i]);
		bridge_news(&a[i]);
	}
	judge_bridge(&news, sent, a);
}

uint16_t put_in(uint8_t *to, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };

	memset(to, 0, (a.nla_len + 3u) & ~3u);
	memcpy(to, &a, sizeof(a));
	if (len)
		memcpy(to + sizeof(a), value, len);
	return (uint16_t)((a.nla_len + 3u) & ~3u);
}

void set_link(const char *name, int ifindex, uint16_t type, const void *value, uint16_t len)
{
	const struct ifinfomsg hdr = { .ifi_index = ifindex };
	struct request r = request_of(name, RTM_SETLINK, NLM_F_ACK, &hdr, sizeof(hdr));

	put_attr(&r, type, value, len);
	each(&r, EXT_ACK);
}

static void set_up(int ifindex, bool up)
{
	const struct ifinfomsg hdr = { .ifi_index = ifindex,
				       .ifi_flags = up ? IFF_UP : 0,
				       .ifi_change = IFF_UP };
	const struct request r =
		request_of(up ? "up" : "down", RTM_NEWLINK, NLM_F_ACK, &hdr, sizeof(hdr));

	each(&r, EXT_ACK);
}

static void set_bridge(uint16_t type, const void *value, uint16_t len)
{
	const struct ifinfomsg hdr = { .ifi_index = BRIDGE };
	struct request r = request_of("a bridge is set", RTM_NEWLINK, NLM_F_ACK, &hdr, sizeof(hdr));
	uint8_t info[64], data[32];
	uint16_t n = put_in(info, IFLA_INFO_KIND, "bridge", 7);

	n = (uint16_t)(n + put_in(info + n, IFLA_INFO_DATA, data, put_in(data, type, value, len)));
	put_attr(&r, IFLA_LINKINFO, info, n);
	each(&r, EXT_ACK);
}

/* By RTM_SETLINK of AF_BRIDGE. */
static void set_port(int ifindex, uint16_t type, const void *value, uint16_t len)
{
	const struct ifinfomsg hdr = { .ifi_family = AF_BRIDGE, .ifi_index = ifindex };
	struct request r = request_of("a port is set", RTM_SETLINK, NLM_F_ACK, &hdr, sizeof(hdr));
	uint8_t data[32];

	put_attr(&r, IFLA_PROTINFO | NLA_F_NESTED, data, put_in(data, type, value, len));
	each(&r, EXT_ACK);
}

static void put_station(uint8_t mac[6], unsigned n)
{
	const uint8_t unicast[6] = { 2, 0, 0, 0, 2, (uint8_t)n };

	memcpy(mac, unicast, 6);
}

struct entry {
	uint16_t type, flags; /* of the message */
	int ifindex;
	uint16_t state;
	uint8_t ntf, station;
};

static void set_entry(struct entry e)
{
	const struct ndmsg hdr = { .ndm_family = AF_BRIDGE,
				   .ndm_ifindex = e.ifindex,
				   .ndm_state = e.state,
				   .ndm_flags = e.ntf };
	struct request r = request_of("an entry", e.type, NLM_F_ACK | e.flags, &hdr, sizeof(hdr));
	uint8_t mac[6];

	put_station(mac, e.station);
	put_attr(&r, NDA_LLADDR, mac, 6);
	each(&r, EXT_ACK);
}

static void get_entry(int ifindex, uint8_t ntf, uint8_t station)
{
	set_entry((struct entry){
		.type = RTM_GETNEIGH, .ifindex = ifindex, .ntf = ntf, .station = station });
}

static void dumps(void)
{
	const struct ndmsg ndm = { .ndm_family = AF_BRIDGE };
	const struct ifinfomsg ifi = { .ifi_family = AF_BRIDGE };
	struct request r = request_of("the FDB", RTM_GETNEIGH, NLM_F_DUMP, &ndm, sizeof(ndm));

	each(&r, EXT_ACK | STRICT);
	r = request_of("the ports", RTM_GETLINK, NLM_F_DUMP, &ifi, sizeof(ifi));
	each(&r, EXT_ACK | STRICT);
}

static void show_bridge(void)
{
	const struct ifinfomsg hdr = { .ifi_index = BRIDGE };
	const struct request r = request_of("the bridge", RTM_GETLINK, 0, &hdr, sizeof(hdr));

	each(&r, EXT_ACK);
}

/* -- both worlds -- */

static void make_port(unsigned n)
{
	struct sea_link_config config = { .size = sizeof(config),
					  .mac = { 2, 0, 0, 0, 1, (uint8_t)(N_PORTS - n) } };
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "t%u", n);
	taps[n] = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (taps[n] < 0 || ioctl(taps[n], TUNSETIFF, &ifr))
		die("no tap");
	config.name = ifr.ifr_name;
	if (sea_link_add(w[1].stack, &config, &ports[n], w[1].now))
		die("no link");
	set_link("a MAC", FIRST + (int)n, IFLA_ADDRESS, config.mac, 6);
	set_up(FIRST + (int)n, true);
}

/* In a known state: no VLANs, which the kernel here has not, no snooping, which ours has not. */
static void make_bridge(void)
{
	const struct ifinfomsg hdr = { .ifi_index = BRIDGE };
	struct request r = request_of("a bridge", RTM_NEWLINK,
				      NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &hdr, sizeof(hdr));
	uint8_t info[64], data[32];
	const uint16_t none = 0;
	const uint32_t none32 = 0;
	uint16_t n = put_in(data, IFLA_BR_MCAST_SNOOPING, &none, 1), len;

	n = (uint16_t)(n + put_in(data + n, IFLA_BR_VLAN_DEFAULT_PVID, &none, 2));
	len = put_in(info, IFLA_INFO_KIND, "bridge", 7);
	len = (uint16_t)(len + put_in(info + len, IFLA_INFO_DATA, data, n));
	put_attr(&r, IFLA_IFNAME, "br0", 4);
	put_attr(&r, IFLA_ADDRESS, "\2\0\0\0\0\x77", 6);
	put_attr(&r, IFLA_LINKINFO, info, len);
	each(&r, EXT_ACK);
	/* With a delay the kernel's ports go on by themselves where somebody said that they learn. */
	set_bridge(IFLA_BR_FORWARD_DELAY, &none32, 4);
}

static void set_master(unsigned n, int master)
{
	set_link(master ? "a port comes" : "a port goes", FIRST + (int)n, IFLA_MASTER, &master, 4);
}

static void open_listeners(void)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK,
					  .nl_groups = RTMGRP_LINK | RTMGRP_NEIGH };

	for (unsigned i = 0; i < 2; i++)
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &hears[i]) ||
		    world_bind(&w[i], hears[i], &name, sizeof(name)))
			die("no listener");
	listening = true;
}

/* -- frames -- */

struct left {
	unsigned n[N_PORTS];
	uint8_t last[N_PORTS][FRAME_MAX];
	long len[N_PORTS];
};

static void read_kernel(struct left *l)
{
	for (unsigned p = 0; p < N_PORTS; p++) {
		uint8_t bytes[FRAME_MAX];
		ssize_t len;

		while ((len = read(taps[p], bytes, sizeof(bytes))) > 0) {
			memcpy(l->last[p], bytes, (size_t)len);
			l->len[p] = len;
			l->n[p]++;
		}
	}
}

static void read_ours(struct left *l)
{
	struct sea_pkt *pkts[FRAMES_MAX];

	for (unsigned p = 0; p < N_PORTS; p++) {
		l->n[p] = sea_link_take_tx(ports[p], pkts, FRAMES_MAX, w[1].now);
		for (unsigned i = 0; i < l->n[p]; i++) {
			l->len[p] = (long)sea_pkt_len(pkts[i]);
			if (l->len[p] > FRAME_MAX ||
			    !sea_pkt_read(pkts[i], 0, l->last[p], (uint32_t)l->len[p]))
				die("a frame that was not sent");
			sea_pkt_done(pkts[i]);
		}
	}
}

static bool same(const struct left *a, const struct left *b)
{
	for (unsigned p = 0; p < N_PORTS; p++)
		if (a->n[p] != b->n[p] || a->len[p] != b->len[p] ||
		    memcmp(a->last[p], b->last[p], sizeof(a->last[p])) != 0)
			return false;
	return true;
}

static void come_by(unsigned port, const uint8_t *frame, uint32_t len)
{
	struct left l[2] = { 0 };
	struct sea_pkt *pkt = sea_pkt_from_bytes(ports[port], frame, len);
	unsigned tries = 0;

	if (!pkt || write(taps[port], frame, len) != (ssize_t)len)
		die("a frame was not taken");
	sea_link_input(ports[port], &pkt, 1, w[1].now);
	sea_stack_advance(w[1].stack, w[1].now);
	read_ours(&l[1]);
	do
		read_kernel(&l[0]);
	while (!same(&l[0], &l[1]) && world_patient(&tries));
	n_compared++;
	if (same(&l[0], &l[1]))
		return;
	n_differ++;
	printf("differ: a frame to %02x%02x…%02x from …%02x by port %u:\n", frame[0], frame[1],
	       frame[5], frame[11], port);
	for (unsigned p = 0; p < N_PORTS; p++)
		printf("  by port %u: kernel %u of %ld bytes, ours %u of %ld\n", p, l[0].n[p],
		       l[0].len[p], l[1].n[p], l[1].len[p]);
}

static unsigned draw(uint64_t *seed, unsigned below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % below;
}

static void some_frame(uint64_t *seed)
{
	static const uint8_t groups[][6] = {
		{ 255, 255, 255, 255, 255, 255 },
		{ 1, 0, 0x5e, 0, 0, 9 },
		{ 0x33, 0x33, 0, 0, 0, 9 },
		{ 1, 0x80, 0xc2, 0, 0, 0 },
		{ 1, 0x80, 0xc2, 0, 0, 14 },
		{ 1, 0x80, 0xc2, 0, 0, 1 },
		{ 1, 0x80, 0xc2, 0, 0, 8 },
		{ 1, 0x80, 0xc2, 0, 0, 16 },
		{ 2, 0, 0, 0, 1, 1 },
		{ 2, 0, 0, 0, 0, 0x77 },
	};
	unsigned to = draw(seed, 24), tagged = draw(seed, 4);
	uint8_t frame[64] = { 0 };

	if (to < 10)
		memcpy(frame, groups[to], 6);
	else
		put_station(frame, to % 6);
	put_station(frame + 6, draw(seed, 6));
	if (draw(seed, 40) == 0)
		frame[6] = (uint8_t)draw(seed, 4); /* from a group, or somebody else */
	memcpy(frame + 12, tagged ? "\x88\xb5" : "\x81\0\0\5\x88\xb5", tagged ? 2 : 6);
	frame[20] = (uint8_t)draw(seed, 256);
	come_by(draw(seed, N_PORTS), frame, sizeof(frame));
}

/* -- what is asked -- */

static void set_some_port(uint64_t *seed)
{
	static const uint8_t types[] = { IFLA_BRPORT_MODE,          IFLA_BRPORT_LEARNING,
					 IFLA_BRPORT_UNICAST_FLOOD, IFLA_BRPORT_MCAST_FLOOD,
					 IFLA_BRPORT_BCAST_FLOOD,   IFLA_BRPORT_ISOLATED,
					 39 /* LOCKED */,           IFLA_BRPORT_STATE,
					 IFLA_BRPORT_GUARD,         IFLA_BRPORT_PROTECT };
	static const uint16_t masks[] = { 0, 1 << 14, 2, 1 << 8 };
	const unsigned n = draw(seed, sizeof(types) + 2);
	const int ifindex = FIRST + (int)draw(seed, N_PORTS);
	uint8_t value = (uint8_t)draw(seed, 2);

	if (n == sizeof(types)) {
		set_port(ifindex, IFLA_BRPORT_GROUP_FWD_MASK, &masks[draw(seed, 4)], 2);
		return;
	}
	if (n > sizeof(types)) {
		set_port(ifindex, IFLA_BRPORT_FLUSH, NULL, 0);
		return;
	}
	if (types[n] == IFLA_BRPORT_STATE)
		value = (uint8_t)draw(seed, 6);
	set_port(ifindex, types[n], &value, 1);
}

static void set_some_entry(uint64_t *seed)
{
	static const uint16_t states[] = { NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NUD_STALE, 0 };
	static const uint16_t flags[] = { NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_APPEND,
					  NLM_F_CREATE | NLM_F_REPLACE, NLM_F_REPLACE, 0 };
	static const uint8_t ntf[] = { NTF_MASTER,
				       NTF_MASTER,
				       NTF_MASTER | NTF_STICKY,
				       NTF_MASTER | NTF_USE,
				       NTF_MASTER | NTF_EXT_LEARNED,
				       0 };
	struct entry e = { .type = draw(seed, 3) ? RTM_NEWNEIGH : RTM_DELNEIGH,
			   .ifindex = FIRST + (int)draw(seed, N_PORTS),
			   .state = states[draw(seed, 5)],
			   .ntf = ntf[draw(seed, 6)],
			   .station = (uint8_t)draw(seed, 6) };

	if (e.type == RTM_NEWNEIGH)
		e.flags = flags[draw(seed, 5)];
	if (!draw(seed, 10)) {
		e.ifindex = BRIDGE;
		e.ntf = NTF_SELF;
	}
	set_entry(e);
}

static void some_steps(unsigned long n, uint64_t *seed)
{
	for (unsigned long i = 0; i < n; i++) {
		switch (draw(seed, 12)) {
		case 0:
			set_some_port(seed);
			break;
		case 1:
			set_some_entry(seed);
			break;
		case 2:
			get_entry(FIRST + (int)draw(seed, N_PORTS + 1), NTF_MASTER,
				  (uint8_t)draw(seed, 6));
			break;
		case 3:
			if (!draw(seed, 8))
				dumps();
			break;
		case 4:
			if (!draw(seed, 20)) {
				unsigned port = draw(seed, N_PORTS);

				set_master(port, 0);
				set_master(port, BRIDGE);
			}
			break;
		default:
			some_frame(seed);
		}
	}
}

/* What is asked of a bridge, value by value. */
static void set_all_of_bridge(void)
{
	static const struct {
		uint8_t type, len;
		uint32_t value;
	} sets[] = {
		{ IFLA_BR_FORWARD_DELAY, 4, 0 },
		{ IFLA_BR_FORWARD_DELAY, 2, 3200 },
		{ IFLA_BR_HELLO_TIME, 4, 96 },
		{ IFLA_BR_HELLO_TIME, 4, 1000 },
		{ IFLA_BR_HELLO_TIME, 4, 1004 },
		{ IFLA_BR_MAX_AGE, 4, 596 },
		{ IFLA_BR_MAX_AGE, 4, 600 },
		{ IFLA_BR_MAX_AGE, 4, 4004 },
		{ IFLA_BR_AGEING_TIME, 4, 40000 },
		{ IFLA_BR_STP_STATE, 4, 0 },
		{ IFLA_BR_PRIORITY, 2, 1 },
		{ IFLA_BR_PRIORITY, 2, 0x8000 },
		{ IFLA_BR_GROUP_FWD_MASK, 2, 1 },
		{ IFLA_BR_GROUP_FWD_MASK, 2, 8 },
		{ IFLA_BR_GROUP_FWD_MASK, 2, 0 },
		{ IFLA_BR_FDB_FLUSH, 0, 0 },
		{ 48, 4, 5 },
		{ 49, 4, 5 },
		{ 49, 4, 0 },
		{ IFLA_BR_NF_CALL_IPTABLES, 1, 0 },
		{ IFLA_BR_ROOT_PORT, 2, 5 },
		{ IFLA_BR_FORWARD_DELAY, 2, 5 },
	};

	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		set_bridge(sets[i].type, &sets[i].value, sets[i].len);
		show_bridge();
	}
	for (uint8_t n = 0; n < 18; n++) {
		const uint8_t group[6] = { 1, 0x80, 0xc2, 0, 0, n };

		set_bridge(IFLA_BR_GROUP_ADDR, group, 6);
	}
	set_bridge(IFLA_BR_GROUP_ADDR, "\1\x80\xc2\0\0\0", 6);
	for (unsigned n = 0; n < 8; n++) {
		const struct br_boolopt_multi m = { .optval = n & 1,
						    .optmask = n < 2 ? 1 : 32u << n };

		set_bridge(IFLA_BR_MULTI_BOOLOPT, &m, sizeof(m));
	}
	show_bridge();
}

/* A spanning tree, for a moment: no port changes its state. What trees do as time passes is unit tests'. */
static void set_tree(void)
{
	static const struct {
		uint8_t type;
		uint32_t value;
	} sets[] = {
		{ IFLA_BR_STP_STATE, 1 },        { IFLA_BR_FORWARD_DELAY, 196 },
		{ IFLA_BR_FORWARD_DELAY, 3004 }, { IFLA_BR_FORWARD_DELAY, 400 },
		{ IFLA_BR_HELLO_TIME, 500 },     { IFLA_BR_HELLO_TIME, 200 },
		{ IFLA_BR_STP_STATE, 1 },
	};
	static const uint32_t cost = 7;
	static const uint16_t priority = 3;

	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		set_bridge(sets[i].type, &sets[i].value, 4);
		show_bridge();
	}
	set_port(FIRST, IFLA_BRPORT_STATE, "\1", 1);
	set_port(FIRST, IFLA_BRPORT_STATE, "\5", 1);
	set_port(FIRST, IFLA_BRPORT_COST, &cost, 4);
	set_port(FIRST, IFLA_BRPORT_PRIORITY, &priority, 2);
	set_bridge(IFLA_BR_STP_STATE, "\0\0\0\0", 4);
	set_bridge(IFLA_BR_FORWARD_DELAY, "\0\0\0\0", 4);
	show_bridge();
}

static void odd_requests(void)
{
	static const int indices[] = { 0, -1, 1, FIRST, BRIDGE, 99 };

	for (unsigned i = 0; i < 6; i++) {
		set_entry((struct entry){ RTM_NEWNEIGH, NLM_F_CREATE, indices[i], NUD_NOARP,
					  NTF_MASTER, 9 });
		set_entry((struct entry){ RTM_DELNEIGH, 0, indices[i], 0, NTF_MASTER, 9 });
		get_entry(indices[i], NTF_MASTER, 9);
		get_entry(indices[i], 0, 9);
		set_port(indices[i], IFLA_BRPORT_MODE, "\1", 1);
		set_port(indices[i], IFLA_BRPORT_MODE, "\0", 1);
		set_port(indices[i], IFLA_BRPORT_COST, "\0\0\0", 4);
		set_port(indices[i], IFLA_BRPORT_PRIORITY, "\100", 2);
		set_port(indices[i], IFLA_BRPORT_COST, "\0", 2);
	}
	set_link("lo cannot be a port", 1, IFLA_MASTER, &(int){ BRIDGE }, 4);
	set_link("nor the bridge", BRIDGE, IFLA_MASTER, &(int){ BRIDGE }, 4);
	set_link("a port is no bridge", FIRST, IFLA_MASTER, &(int){ FIRST + 1 }, 4);
	set_master(0, BRIDGE);
	set_link("a bridge's MTU", BRIDGE, IFLA_MTU, &(int){ 70000 }, 4);
	show_bridge();
}

int main(int argc, char **argv)
{
	unsigned long steps = argc > 1 ? strtoul(argv[1], NULL, 0) : STEPS_DEFAULT;
	uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;

	if (!world_init(&w[0], false) || !world_init(&w[1], true))
		die("no worlds");
	if (sea_sysctl_set(w[1].stack, "net.ipv6.conf.default.disable_ipv6", "1", w[1].now))
		die("no sysctl"); /* nothing but what is compared is sent */
	for (unsigned n = 0; n < N_PORTS; n++)
		make_port(n);
	make_bridge();
	open_listeners(); /* of a bridge with an address the kernel says more than once that it came */
	show_bridge();
	dumps();
	compare_macvlans();
	set_up(BRIDGE, true);
	for (unsigned n = 0; n < N_PORTS; n++) {
		set_master(n, BRIDGE);
		dumps();
	}
	show_bridge();
	set_all_of_bridge();
	odd_requests();
	set_tree();
	dumps();
	some_steps(steps, &seed);
	dumps();
	printf("%u compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
