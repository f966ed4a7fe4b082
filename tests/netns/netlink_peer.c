/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink against the kernel's: the same requests in both worlds, what comes back compared, and addresses of lo that
 * come and go. Arguments: how many random requests, from which seed on; without any, those that are written down here.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/stack.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"
#include "tests/netns/netlink_queues.h"

/* -- messages -- */

static void each_mode(struct world w[2], const struct request *r)
{
	for (unsigned mode = 0; mode < MODES; mode++)
		compare(w, r, mode);
}

static void dumps_of_addresses(struct world w[2])
{
	const uint8_t families[] = { AF_UNSPEC, AF_INET, AF_INET6, AF_PACKET, 77 };

	for (unsigned i = 0; i < sizeof(families); i++) {
		struct ifaddrmsg hdr = { .ifa_family = families[i] };
		struct request r =
			request_of("dump of addresses", RTM_GETADDR, NLM_F_DUMP, &hdr, sizeof(hdr));

		each_mode(w, &r);
		r = request_of("the same by rtgenmsg", RTM_GETADDR, NLM_F_DUMP, &hdr, 1);
		each_mode(w, &r);
		hdr.ifa_index = 1;
		r = request_of("the same of one link", RTM_GETADDR, NLM_F_DUMP, &hdr, sizeof(hdr));
		each_mode(w, &r);
		hdr.ifa_index = 99;
		r = request_of("the same of no link", RTM_GETADDR, NLM_F_DUMP | NLM_F_ACK, &hdr,
			       sizeof(hdr));
		each_mode(w, &r);
		hdr.ifa_index = 0;
		hdr.ifa_prefixlen = 8;
		r = request_of("a dump with a prefix length", RTM_GETADDR, NLM_F_DUMP, &hdr,
			       sizeof(hdr));
		each_mode(w, &r);
		hdr.ifa_prefixlen = 0;
		r = request_of("a dump with an attribute", RTM_GETADDR, NLM_F_DUMP, &hdr,
			       sizeof(hdr));
		put_attr(&r, IFA_FLAGS, "\1\0\0\0", 4);
		each_mode(w, &r);
		r = request_of("bytes behind the header", RTM_GETADDR, NLM_F_DUMP, &hdr,
			       sizeof(hdr));
		put(&r, "\1\2", 2);
		each_mode(w, &r);
		r = request_of("nothing asked", RTM_GETADDR, NLM_F_DUMP, NULL, 0);
		each_mode(w, &r);
		r = request_of("one", RTM_GETADDR, 0, &hdr, sizeof(hdr));
		each_mode(w, &r);
		put_attr(&r, IFA_ADDRESS, &in6addr_loopback, 16);
		each_mode(w, &r);
		r = request_of("one, cut", RTM_GETADDR, NLM_F_ACK, &hdr, 4);
		each_mode(w, &r);
	}
}

static void odd_messages(struct world w[2])
{
	static const uint16_t types[] = { NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, 8,
					  15,         RTM_MAX + 1, 500 };
	const uint8_t nothing[8] = { 0 };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct request r = request_of("odd type", types[i], NLM_F_ACK, nothing, 8);

		each_mode(w, &r);
		r.flags = NLM_F_ACK;
		each_mode(w, &r);
		r.flags = NLM_F_REQUEST;
		each_mode(w, &r);
	}
}

/* -- calls on the sockets -- */

static void compare_names(struct world w[2], const struct wsock s[2], const char *what)
{
	for (unsigned peers = 0; peers < 2; peers++) {
		struct sockaddr_nl name[2] = { { 0 }, { 0 } };
		long pid[2], groups[2], len[2];

		for (unsigned i = 0; i < 2; i++) {
			socklen_t n = sizeof(name[i]);

			len[i] = world_name(&w[i], s[i], peers, &name[i], &n);
			len[i] = len[i] ? len[i] : (long)n;
			pid[i] = name[i].nl_pid;
			groups[i] = name[i].nl_groups;
		}
		compare_results(what, len);
		compare_results(what, pid);
		compare_results(what, groups);
	}
}

static void bind_both(struct world w[2], const struct wsock s[2], const char *what,
		      struct sockaddr_nl name, socklen_t len)
{
	long r[2];

	for (unsigned i = 0; i < 2; i++)
		r[i] = world_bind(&w[i], s[i], &name, len);
	compare_results(what, r);
	compare_names(w, s, what);
}

static void connect_both(struct world w[2], const struct wsock s[2], const char *what,
			 struct sockaddr_nl name, socklen_t len)
{
	long r[2];

	for (unsigned i = 0; i < 2; i++)
		r[i] = world_connect(&w[i], s[i], &name, len);
	compare_results(what, r);
	compare_names(w, s, what);
}

#define PORT 70001u

static void names_of(struct world w[2], const struct wsock s[2])
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_pid = PORT };

	bind_both(w, s, "bind, cut", name, 8);
	name.nl_family = AF_INET;
	bind_both(w, s, "bind to another family", name, sizeof(name));
	name.nl_family = AF_NETLINK;
	bind_both(w, s, "bind", name, sizeof(name));
	name.nl_groups = 0x80000011;
	bind_both(w, s, "bind to groups", name, sizeof(name));
	name.nl_pid++;
	bind_both(w, s, "bind to another port", name, sizeof(name));
	connect_both(w, s, "connect", name, sizeof(name));
	connect_both(w, s, "connect, cut", name, 8);
	name.nl_family = AF_INET6;
	connect_both(w, s, "connect to another family", name, sizeof(name));
	name.nl_family = AF_UNSPEC;
	connect_both(w, s, "disconnect", name, 2);
	connect_both(w, s, "disconnect, cut", name, 1);
}

static void options_of(struct world w[2], const struct wsock s[2])
{
	for (int name = 0; name < 14; name++) {
		for (int v = -1; v < 42; v += v < 2 ? 1 : 5)
			for (socklen_t len = 0; len < 6; len++) {
				char what[64];
				long r[2];

				for (unsigned i = 0; i < 2; i++)
					r[i] = world_setsockopt(&w[i], s[i], SOL_NETLINK, name, &v,
								len);
				snprintf(what, sizeof(what), "option %d = %d of %u", name, v, len);
				compare_results(what, r);
			}
		for (socklen_t len = 0; len < 12; len += 2) {
			uint32_t got[2][4] = { { 0 }, { 0 } };
			char what[64];
			long r[2], value[2];

			for (unsigned i = 0; i < 2; i++) {
				socklen_t n = len;

				r[i] = world_getsockopt(&w[i], s[i], SOL_NETLINK, name, got[i], &n);
				value[i] = (long)(got[i][0] ^ n << 16 ^ got[i][1] << 8);
			}
			snprintf(what, sizeof(what), "option %d read into %u", name, len);
			compare_results(what, r);
			compare_results(what, value);
		}
	}
}

static void sending_of(struct world w[2], const struct wsock s[2])
{
	static uint8_t bytes[300000];
	static const size_t lens[] = { 0, 1, 15, 16, 17, 200000, 212959, 212960, 212961, 299999 };

	for (unsigned i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++) {
		struct sockaddr_nl to = { .nl_family = i % 2 ? AF_NETLINK : AF_INET,
					  .nl_pid = PORT + 7 };
		struct iovec iov = { bytes, lens[i / 2] };
		char what[64];

		for (socklen_t len = 0; len <= sizeof(to); len += 4) {
			struct msghdr m = { .msg_name = &to,
					    .msg_namelen = len,
					    .msg_iov = &iov,
					    .msg_iovlen = 1 };
			long r[2];

			for (unsigned k = 0; k < 2; k++)
				r[k] = world_sendmsg(&w[k], s[k], &m, 0);
			snprintf(what, sizeof(what), "send %zu to family %u, length %u",
				 lens[i / 2], to.nl_family, len);
			compare_results(what, r);
		}
	}
}

static void calls(struct world w[2])
{
	static const int types[] = { SOCK_RAW, SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET, 11, 77 };
	struct wsock s[2];
	long r[2];

	for (unsigned t = 0; t < sizeof(types) / sizeof(types[0]); t++)
		for (int protocol = -1; protocol < 34; protocol += 33) {
			for (unsigned i = 0; i < 2; i++) {
				r[i] = world_open(&w[i], AF_NETLINK, types[t], protocol, &s[i]);
				if (world_is_open(&w[i], s[i]))
					world_close(&w[i], &s[i]);
			}
			compare_results("socket()", r);
		}
	for (unsigned i = 0; i < 2; i++)
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s[i]))
			exit(1);
	compare_names(w, s, "a new one's names");
	names_of(w, s);
	options_of(w, s);
	sending_of(w, s);
	for (unsigned i = 0; i < 2; i++)
		r[i] = world_listen(&w[i], s[i], 1);
	compare_results("listen()", r);
	for (unsigned i = 0; i < 2; i++)
		r[i] = world_shutdown(&w[i], s[i], SHUT_RDWR);
	compare_results("shutdown()", r);
	for (unsigned i = 0; i < 2; i++)
		r[i] = (long)(world_poll(&w[i], s[i]) &
			      (SEA_POLLIN | SEA_POLLOUT | SEA_POLLERR | SEA_POLLHUP));
	compare_results("poll()", r);
	for (unsigned i = 0; i < 2; i++)
		world_close(&w[i], &s[i]);
}

/* -- random ones -- */

static void random_request(struct world w[2], uint64_t *seed)
{
	struct ifaddrmsg hdr = { .ifa_family =
					 (const uint8_t[]){ 0, 2, 10, 10 }[test_random(seed) % 4],
				 .ifa_index = (uint32_t)(test_random(seed) % 3) };
	uint16_t flags = (uint16_t)(test_random(seed) % 2 ? NLM_F_DUMP : 0);
	struct request r;

	if (test_random(seed) % 8 == 0)
		flags |= NLM_F_ACK;
	if (test_random(seed) % 8 == 0)
		hdr.ifa_scope = (uint8_t)test_random(seed);
	r = request_of("random", RTM_GETADDR, flags, &hdr,
		       test_random(seed) % 8 ? sizeof(hdr) : (uint32_t)(test_random(seed) % 8));
	for (uint64_t n = test_random(seed) % 4; n; n--) {
		uint8_t value[24];
		uint16_t len = (uint16_t)(test_random(seed) % 3 ? test_random(seed) % 24
								: (test_random(seed) % 2 ? 4 : 16));

		for (unsigned i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)(test_random(seed) % 3 ? 0 : test_random(seed));
		value[15] = 1;
		put_attr(&r, (uint16_t)(test_random(seed) % 14), value, len);
	}
	if (test_random(seed) % 8 == 0)
		put(&r, "\1\2\3", (uint32_t)(1 + test_random(seed) % 3));
	compare(w, &r, (unsigned)(test_random(seed) % MODES));
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;
	static struct world w[2];

	if (!world_init(&w[0], false) || !world_init(&w[1], true))
		return 1;
	compare_links(w);
	compare_kinds(w);
	compare_veth(w);
	compare_vxlan(w);
	compare_adverts(w);
	compare_stats(w);
	compare_labels(w, n, &seed);
	compare_queues(w, n, &seed);
	compare_ingress(w, n, &seed);
	dumps_of_addresses(w);
	odd_messages(w);
	calls(w);
	compare_changes_of_addrs(w, n, &seed);
	compare_changes_of_addrs6(w, n, &seed);
	for (unsigned long i = 0; i < n; i++)
		random_request(w, &seed);
	compare_random(w, n, &seed);
	compare_sets_of_links(w, n, &seed);
	compare_news_of_settings(w, n, &seed);
	compare_defaults(w, n, &seed);
	compare_groups(w, n, &seed); /* the last: reports of groups count on lo */
	world_fini(&w[1]);
	printf("%u compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
