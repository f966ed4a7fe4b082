/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TCP socket of IPv6 tells of its peer's packets, the kernel's and ours, in worlds with nothing but `lo`:
 * IPV6_2292PKTOPTIONS by all options that choose what is told, into room of any size; IPV6_MULTICAST_IF and _HOPS,
 * which show it, too; the label of the other side. The peer changes class, hop limit and extension headers as it
 * sends; all of it is drawn from a seed, and every answer is compared.
 *
 *	pkt_options_peer [ROUNDS [SEED]]      (in a network namespace of its own, lo up)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/in6.h>

#include "tests/netns/world.h"

#define STEPS 14
#define ROOM 512
#define PORT 7300
#define PORT_CLIENT 7301 /* the client is told of it, too */

static const int wishes[] = { IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT,   IPV6_RECVTCLASS,
			      IPV6_RECVHOPOPTS, IPV6_RECVDSTOPTS,    IPV6_RECVRTHDR,
			      IPV6_FLOWINFO,    IPV6_2292PKTINFO,    IPV6_2292HOPLIMIT,
			      IPV6_2292RTHDR,   IPV6_2292HOPOPTS,    IPV6_2292DSTOPTS,
			      IPV6_RECVPATHMTU, IPV6_RECVORIGDSTADDR };
#define WISHES (sizeof(wishes) / sizeof(wishes[0]))

struct step {
	unsigned wish; /* of the child's; WISHES: none changes */
	int on, tclass, hops;
	bool hopopts, dstopts, sends;
	socklen_t room;
};

struct round {
	bool mapped;
	uint32_t label, wanted, wanted_by_client; /* bits: what is wanted from the beginning */
	int tclass, hops, reflect;
	struct step steps[STEPS];
};

struct answer {
	long result[5];
	socklen_t len;
	int mcast_if, mcast_hops;
	uint32_t remote;
	uint8_t control[ROOM];
};

static uint64_t rng;

static uint32_t below(uint32_t n)
{
	rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng >> 33) % n;
}

/* -- drawn -- */

static uint32_t any_wishes(void)
{
	return below(3) ? below(1u << WISHES) & below(1u << WISHES) : 0;
}

static struct round any_round(void)
{
	static const socklen_t rooms[] = { 0, 8, 16, 20, 24, 36, 40, 44, 60, 100 };
	struct round r = { .mapped = !below(6),
			   .label = below(2) ? 1 + below(0xfffff) : 0,
			   .wanted = any_wishes(),
			   .wanted_by_client = any_wishes(),
			   .tclass = below(2) ? (int)below(64) * 4 : 0,
			   .hops = 1 + (int)below(255),
			   .reflect = !below(4) };

	for (unsigned i = 0; i < STEPS; i++)
		r.steps[i] = (struct step){ .wish = below(2 * WISHES),
					    .on = (int)below(3),
					    .tclass = (int)below(64) * 4,
					    .hops = 1 + (int)below(255),
					    .hopopts = !below(3),
					    .dstopts = !below(3),
					    .sends = below(3),
					    .room = below(3) ? ROOM : rooms[below(10)] };
	return r;
}

/* -- done -- */

static void must(bool so, const char *what)
{
	if (so)
		return;
	printf("%s: did not happen\n", what);
	exit(1);
}

static long set(struct world *w, struct wsock s, int name, int v)
{
	return world_setsockopt(w, s, IPPROTO_IPV6, name, &v, sizeof(v));
}

static void want(struct world *w, struct wsock s, uint32_t wanted)
{
	for (unsigned i = 0; i < WISHES; i++)
		if (wanted >> i & 1)
			must(set(w, s, wishes[i], 1) == 0, "an option");
}

static void reflect(struct world *w, struct wsock s)
{
	struct in6_flowlabel_req req = { .flr_action = IPV6_FL_A_GET,
					 .flr_flags = IPV6_FL_F_REFLECT };

	must(world_setsockopt(w, s, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &req, sizeof(req)) == 0,
	     "reflecting labels");
}

struct pair {
	struct wsock listener, client, child;
};

static void accept_child(struct world *w, struct pair *p)
{
	unsigned tries = 0;
	long result;

	do {
		world_settle(w, 0);
		result = world_accept(w, p->listener, &p->child);
	} while (result && !w->ours && world_patient(&tries));
	must(result == 0, "accept");
}

static void bind_client(struct world *w, const struct round *r, struct wsock client)
{
	struct sockaddr_storage at;
	socklen_t len = world_loopback(AF_INET6, r->mapped, PORT_CLIENT, &at);
	const int on = 1;

	world_setsockopt(w, client, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(world_bind(w, client, &at, len) == 0, "bind");
}

static void connect_pair(struct world *w, const struct round *r, struct pair *p)
{
	struct sockaddr_storage to;
	socklen_t len = world_loopback(AF_INET6, r->mapped, PORT, &to);
	const int on = 1;

	p->listener = world_socket(w, AF_INET6);
	p->client = world_socket(w, AF_INET6);
	world_setsockopt(w, p->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	want(w, p->listener, r->wanted);
	want(w, p->client, r->wanted_by_client);
	if (r->reflect)
		reflect(w, p->listener);
	must(world_bind(w, p->listener, &to, len) == 0, "bind");
	must(world_listen(w, p->listener, 4) == 0, "listen");
	must(set(w, p->client, IPV6_TCLASS, r->tclass) == 0, "a class");
	must(set(w, p->client, IPV6_UNICAST_HOPS, r->hops) == 0, "a hop limit");
	must(set(w, p->client, IPV6_FLOWINFO_SEND, 1) == 0, "sending labels");
	bind_client(w, r, p->client);
	if (!r->mapped)
		((struct sockaddr_in6 *)&to)->sin6_flowinfo = htonl(r->label);
	(void)world_connect(w, p->client, &to, len);
	accept_child(w, p);
}

static void set_header(struct world *w, struct wsock s, int name, bool on)
{
	static const uint8_t padding[8] = { 0, 0, 1, 4 };

	must(world_setsockopt(w, s, IPPROTO_IPV6, name, padding, on ? sizeof(padding) : 0) == 0,
	     "an extension header");
}

/* A byte, which is read when it has come. */
static void send_byte(struct world *w, const struct pair *p)
{
	struct iovec iov = { &(uint8_t){ 'x' }, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned tries = 0;
	long got;

	must(world_sendmsg(w, p->client, &msg, 0) == 1, "sending");
	do {
		world_settle(w, 0);
		got = world_recvmsg(w, p->child, &msg, 0);
	} while (got < 0 && !w->ours && world_patient(&tries));
	must(got == 1, "a byte");
}

static void ask(struct world *w, struct wsock s, socklen_t room, struct answer *a)
{
	struct in6_flowlabel_req req = { .flr_action = IPV6_FL_A_GET,
					 .flr_flags = IPV6_FL_F_REMOTE };
	socklen_t len = sizeof(req);

	a->len = room;
	a->result[0] =
		world_getsockopt(w, s, IPPROTO_IPV6, IPV6_2292PKTOPTIONS, a->control, &a->len);
	a->result[1] = world_getsockopt(w, s, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &req, &len);
	a->remote = req.flr_label;
	len = sizeof(int);
	a->result[2] = world_getsockopt(w, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, &a->mcast_if, &len);
	len = sizeof(int);
	a->result[3] =
		world_getsockopt(w, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &a->mcast_hops, &len);
}

static void take_step(struct world *w, const struct round *r, const struct step *step,
		      const struct pair *p, struct answer *a)
{
	if (step->wish < WISHES)
		a->result[4] = set(w, p->child, wishes[step->wish], step->on);
	must(set(w, p->client, IPV6_TCLASS, step->tclass) == 0, "a class");
	must(set(w, p->client, IPV6_UNICAST_HOPS, step->hops) == 0, "a hop limit");
	if (!r->mapped) {
		set_header(w, p->client, IPV6_HOPOPTS, step->hopopts);
		set_header(w, p->client, IPV6_DSTOPTS, step->dstopts);
	}
	if (step->sends)
		send_byte(w, p);
	ask(w, p->child, step->room, a);
}

/* The listener's, the client's and the new child's answers, and those of the child after each step. */
static void run(struct world *w, const struct round *r, struct answer *answers)
{
	struct pair p;

	memset(answers, 0, (3 + STEPS) * sizeof(*answers));
	connect_pair(w, r, &p);
	ask(w, p.listener, ROOM, answers++);
	if (!r->mapped) /* what else it asks of the kernel's ACKs hangs on when they come */
		ask(w, p.client, ROOM, answers);
	ask(w, p.child, ROOM, ++answers);
	for (unsigned i = 0; i < STEPS; i++)
		take_step(w, r, &r->steps[i], &p, ++answers);
	world_abort(w, &p.client);
	world_settle(w, 0);
	(void)world_close(w, &p.child);
	(void)world_close(w, &p.listener);
	world_settle(w, 0);
}

/* -- compared -- */

static void print(const char *who, const struct answer *a)
{
	printf("  %-6s %ld %ld %ld %ld %ld  if %d hops %d remote %#x  %u bytes:", who, a->result[0],
	       a->result[1], a->result[2], a->result[3], a->result[4], a->mcast_if, a->mcast_hops,
	       ntohl(a->remote), a->len);
	for (unsigned i = 0; i < a->len && i < ROOM; i++)
		printf("%s%02x", i % 8 ? "" : " ", a->control[i]);
	printf("\n");
}

static bool round_agrees(struct world *k, struct world *o, uint64_t seed)
{
	static struct answer ka[3 + STEPS], oa[3 + STEPS];
	struct round r;

	rng = seed;
	r = any_round();
	run(k, &r, ka);
	run(o, &r, oa);
	for (unsigned i = 0; i < 3 + STEPS; i++) {
		if (memcmp(&ka[i], &oa[i], sizeof(ka[i])) == 0)
			continue;
		printf("seed %llu, answer %u differs: wanted %#x, by the client %#x, label %#x%s%s\n",
		       (unsigned long long)seed, i, r.wanted, r.wanted_by_client, r.label,
		       r.mapped ? ", mapped" : "", r.reflect ? ", reflected" : "");
		print("kernel", &ka[i]);
		print("ours", &oa[i]);
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 600;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	static struct world k, o;

	if (!world_init(&k, false) || !world_init(&o, true))
		return 1;
	if (sea_sysctl_set(o.stack, "net.ipv6.auto_flowlabels", "0", o.now) ||
	    sea_sysctl_set(o.stack, "net.ipv6.flowlabel_consistency", "0", o.now))
		return 1;
	for (unsigned long i = 0; i < rounds; i++)
		if (!round_agrees(&k, &o, seed + i))
			return 1;
	printf("%lu rounds of %d steps, every answer the kernel's\n", rounds, STEPS);
	world_fini(&o);
	return 0;
}
