/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netdevice(7) in the kernel and in the stack: every number by every kind of socket, then what is asked of lo and of one
 * end of a pair and set, directed and at random. Results and every byte that comes back are the same.
 *
 *	link_ioctls_peer [CALLS [SEED]]        (in a network namespace that link_ioctls.sh makes)
 */
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/wrap.h>

#include "tests/lib/env.h"
#include "tests/netns/link_ioctls.h"
#include "tests/netns/netlink_compare.h"

/* -- two worlds -- */

static struct sea_link *add_link(struct world *w, const char *name, uint8_t last)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = name,
						.mac = { 2, 0, 0, 0, 0, last } };
	struct sea_link *link;

	if (sea_link_add(w->stack, &config, &link, w->now))
		abort();
	return link;
}

static void add_addr(struct world *w, const struct sea_link *link, uint8_t last, const char *label)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .local = sea_addr_v4(10, 0, 0, last),
				   .prefix_len = 24 };

	sea_link_info(link, &info);
	addr.ifindex = info.ifindex;
	strcpy(addr.label, label);
	if (sea_ifaddr_add(w->stack, &addr, w->now))
		abort();
}

/* What the script has made of the kernel's. */
static void prepare(struct world *w)
{
	struct sea_link *v1 = add_link(w, "v1", 0x11), *v0 = add_link(w, "v0", 0x10);

	if (sea_pair_join(v0, v1, 0, w->now) || sea_link_set_up(v1, true, w->now))
		abort();
	add_addr(w, v0, 1, "");
	add_addr(w, v0, 2, "v0:one");
}

/* Netlink's, in ours alone: the kernel's are there. */
static void add_altname(struct world *w, const char *name)
{
	const struct ifinfomsg hdr = { .ifi_index = 3 };
	struct request r = request_of("altname", RTM_NEWLINKPROP,
				      NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, &hdr, sizeof(hdr));
	uint8_t nest[64] = { 0 };
	uint16_t len = (uint16_t)(strlen(name) + 5);
	struct wsock s;

	memcpy(nest, &(struct nlattr){ .nla_len = len, .nla_type = 53 /* IFLA_ALT_IFNAME */ }, 4);
	memcpy(nest + 4, name, len - 4u);
	put_attr(&r, 52 /* IFLA_PROP_LIST */ | NLA_F_NESTED, nest, (uint16_t)((len + 3u) & ~3u));
	if (world_open(w, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s) || ask(w, s, &r) < 0)
		abort();
	world_close(w, &s);
}

/* -- one call -- */

static void print_call(const struct link_call *c, const long result[2], uint8_t arg[2][ARG_MAX])
{
	printf("differ: %s: 0x%lx by %s: %ld, %ld\n", c->what, c->request, socket_names[c->socket],
	       result[0], result[1]);
	for (unsigned side = 0; side < 2; side++) {
		for (unsigned i = 0; i < c->len; i++)
			printf("%s%02x", i % 8 ? "" : " ", arg[side][i]);
		printf("\n");
	}
}

/* The pointer of a struct rtentry is the kernel's alone. */
static long ask_with_device(struct world *w, struct wsock s, const struct link_call *c,
			    uint8_t *arg)
{
	char device[IFNAMSIZ] = { 0 };
	struct sea_ioctl call = { .size = sizeof(call),
				  .request = c->request,
				  .arg = arg,
				  .arg_len = c->len,
				  .data = device,
				  .data_len = sizeof(device) };
	struct rtentry rt;
	long result;

	memcpy(device, c->device, strnlen(c->device, sizeof(device)));
	if (w->ours)
		return sea_socket_ioctl(w->stack, s.s, &call, w->now);
	memcpy(&rt, arg, sizeof(rt));
	rt.rt_dev = device;
	result = ioctl(s.fd, c->request, &rt);
	return result < 0 ? -errno : result;
}

static bool once(struct world w[2], const struct link_call *c, long result[2],
		 uint8_t arg[2][ARG_MAX])
{
	for (unsigned i = 0; i < 2; i++) {
		struct wsock s = link_sockets[i][c->socket];

		memcpy(arg[i], c->arg, sizeof(c->arg));
		result[i] = c->device ? ask_with_device(&w[i], s, c, arg[i])
				      : world_ask(&w[i], s, c->request, c->null ? NULL : arg[i],
						  c->len);
	}
	return result[0] == result[1] && !memcmp(arg[0], arg[1], sizeof(arg[0]));
}

void compare_call(struct world w[2], const struct link_call *c)
{
	uint8_t arg[2][ARG_MAX];
	unsigned tries = 0;
	long result[2];
	bool same;

	do {
		same = once(w, c, result, arg);
	} while (!same && c->again && world_patient(&tries) && (!n_differ || tries < 60));
	n_compared++;
	if (same)
		return;
	n_differ++;
	print_call(c, result, arg);
}

/* -- lists -- */

#define LIST_MAX 400

static long list(struct world *w, struct wsock s, int *len, bool counted, uint8_t *bytes)
{
	struct ifconf conf = { .ifc_len = *len };
	struct sea_ioctl call = {
		.size = sizeof(call), .request = SIOCGIFCONF, .arg = &conf, .arg_len = sizeof(conf)
	};
	long result;

	memset(bytes, 0xee, LIST_MAX);
	conf.ifc_buf = counted ? NULL : (char *)bytes;
	call.data = conf.ifc_buf;
	call.data_len = counted ? 0 : LIST_MAX;
	result = w->ours ? sea_socket_ioctl(w->stack, s.s, &call, w->now)
			 : ioctl(s.fd, SIOCGIFCONF, &conf);
	*len = conf.ifc_len;
	return result;
}

/* Every length, by every socket. */
static void lists(struct world w[2])
{
	static uint8_t bytes[2][LIST_MAX];

	for (int at = -1; at <= LIST_MAX; at++)
		for (unsigned s = 0; s < 2u * SOCKETS; s++) {
			long r[2];
			int len[2] = { at, at };

			for (unsigned i = 0; i < 2; i++)
				r[i] = list(&w[i], link_sockets[i][s / 2], &len[i], s & 1,
					    bytes[i]);
			compare_results("a list's result", r);
			r[0] = len[0];
			r[1] = len[1];
			compare_results("a list's length", r);
			r[0] = 0;
			r[1] = memcmp(bytes[0], bytes[1], LIST_MAX);
			compare_results("a list", r);
		}
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	static struct world w[2];

	if (!world_init(&w[0], false) || !world_init(&w[1], true))
		return 1;
	prepare(&w[1]);
	add_altname(&w[1], "alty");
	add_altname(&w[1], "longer_than_ifnamsiz");
	open_link_sockets(w);
	lists(w);
	compare_numbers(w);
	compare_gets(w);
	compare_ethtool_ioctls(w);
	compare_ipv6(w, n / 8, &seed);
	compare_addrs(w, n / 8, &seed);
	compare_routes(w, n / 8, &seed);
	compare_neighbours(w, n / 8, &seed);
	compare_sets(w);
	compare_any(w, n, &seed);
	world_fini(&w[1]);
	printf("%u compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
