/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack on three taps of a namespace (10.N.0.1/24 and 2001:db8:N::1/64 on tap N), which routes groups
 * as it is told on stdin, a line each; F is 4 or 6, ADDR may be "any", TTLS is "1:1,2:5" or "-":
 *
 *	start F TELL | vif F NUMBER LINK | novif F NUMBER
 *	add F PARENT SRC GROUP TTLS PROXY | del F PARENT SRC GROUP PROXY
 *	upcalls F | routes F | vifs F
 *	mtu LINK BYTES | neigh LINK ADDR | set SYSCTL VALUE
 *	send F GROUP TTL LOOP
 *
 * Each is answered with a line: an errno, or what was asked for, with ';' behind each.
 * Started by multicast_routing.py with the name of the namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <seastack/addr.h>
#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/mroute.h>
#include <seastack/os.h>
#include <seastack/socket.h>

#define LINKS 3
#define WORDS 8

static struct sea_stack *stack;
static struct sea_driver *driver;
static struct sea_link *links[LINKS];
static int ifindex[LINKS];

static void require(const char *what, int err)
{
	if (!err)
		return;
	fprintf(stderr, "multicast_routing_peer: %s: %s\n", what, strerror(-err));
	exit(1);
}

static uint8_t family_of(const char *word)
{
	return *word == '6' ? SEA_AF_INET6 : SEA_AF_INET;
}

static struct sea_addr addr_of(const char *word)
{
	struct sea_addr a = { 0 };

	if (strcmp(word, "any") != 0)
		require(word, sea_addr_parse(word, &a) ? 0 : -EINVAL);
	return a;
}

static const char *text_of(const struct sea_addr *a, char text[SEA_ADDR_TEXT_MAX])
{
	return a->family ? sea_addr_text(a, text) : "any";
}

/* -- routing -- */

static int start(char **w, sea_time now)
{
	const struct sea_mroute_config c = { .size = sizeof(c),
					     .family = family_of(w[1]),
					     .tell_wrong_vif = atoi(w[2]) };

	return sea_mroute_start(stack, &c, now);
}

static int vif(char **w, sea_time now)
{
	const int link = atoi(w[3]);
	const struct sea_mroute_vif v = { .size = sizeof(v),
					  .family = family_of(w[1]),
					  .vif = (uint16_t)atoi(w[2]),
					  .threshold = 1,
					  .ifindex = link < LINKS ? ifindex[link] : link };

	return sea_mroute_vif_add(stack, &v, now);
}

static int novif(char **w, sea_time now)
{
	return sea_mroute_vif_del(stack, family_of(w[1]), (uint16_t)atoi(w[2]), now);
}

static struct sea_mroute route_of(char **w)
{
	struct sea_mroute r = { .size = sizeof(r),
				.family = family_of(w[1]),
				.parent = (uint16_t)atoi(w[2]),
				.src = addr_of(w[3]),
				.group = addr_of(w[4]) };

	return r;
}

static int add(char **w, sea_time now)
{
	struct sea_mroute r = route_of(w);
	char *rest = w[5], *word;

	r.proxy = atoi(w[6]);
	while ((word = strsep(&rest, ",")) && *word != '-')
		r.ttls[atoi(word) % SEA_MROUTE_VIFS] = (uint8_t)atoi(strchr(word, ':') + 1);
	return sea_mroute_add(stack, &r, now);
}

static int del(char **w, sea_time now)
{
	struct sea_mroute r = route_of(w);

	r.proxy = atoi(w[5]);
	return sea_mroute_del(stack, &r, now);
}

static void tell_upcalls(uint8_t family)
{
	struct sea_mroute_upcall u = { .size = sizeof(u) };
	char src[SEA_ADDR_TEXT_MAX], group[SEA_ADDR_TEXT_MAX];

	while (sea_mroute_take_upcall(stack, family, &u))
		printf("%d %u %s %s;", (int)u.kind, u.vif, text_of(&u.src, src),
		       text_of(&u.group, group));
	printf("\n");
}

static void tell_routes(uint8_t family)
{
	struct sea_mroute r = { .size = sizeof(r) };
	char src[SEA_ADDR_TEXT_MAX], group[SEA_ADDR_TEXT_MAX];
	uint64_t cursor = 0;

	while (sea_mroute_next(stack, &cursor, &r)) {
		if (r.family != family)
			continue;
		printf("%s %s %u %u %u %u", text_of(&r.src, src), text_of(&r.group, group),
		       r.parent, (unsigned)r.pkts, (unsigned)r.bytes, (unsigned)r.wrong_vif);
		for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
			if (r.ttls[i] != 255)
				printf(" %u:%u", i, r.ttls[i]);
		printf(";");
	}
	printf("\n");
}

static void tell_vifs(uint8_t family)
{
	struct sea_mroute_vif v = { .size = sizeof(v) };
	uint64_t cursor = 0;

	while (sea_mroute_vif_next(stack, &cursor, &v))
		if (v.family == family)
			printf("%u %u %u %u %u;", v.vif, (unsigned)v.bytes_in, (unsigned)v.pkts_in,
			       (unsigned)v.bytes_out, (unsigned)v.pkts_out);
	printf("\n");
}

/* -- the rest of the host -- */

static int mtu(char **w, sea_time now)
{
	return sea_link_set_mtu(links[atoi(w[1]) % LINKS], (uint32_t)atoi(w[2]), now);
}

static int neigh(char **w, sea_time now)
{
	const struct sea_neigh_info n = { .size = sizeof(n),
					  .ifindex = ifindex[atoi(w[1]) % LINKS],
					  .addr = addr_of(w[2]),
					  .mac = { 2, 0, 0, 0, 0, 9 },
					  .state = SEA_NUD_PERMANENT };

	return sea_neigh_set(stack, &n, now);
}

static int set(char **w, sea_time now)
{
	return sea_sysctl_set(stack, w[1], w[2], now);
}

static int send4(sea_socket s, char **w, sea_time now)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(7) }, from = to;
	struct iovec iov = { (void *)(uintptr_t) "own", 3 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	const int ttl = atoi(w[3]), loop = atoi(w[4]);

	inet_pton(AF_INET, w[2], &to.sin_addr);
	inet_pton(AF_INET, "10.0.0.1", &from.sin_addr);
	require("bind", sea_socket_bind(stack, s, (const void *)&from, sizeof(from), now));
	require("IP_MULTICAST_TTL", sea_socket_setsockopt(stack, s, IPPROTO_IP, IP_MULTICAST_TTL,
							  &ttl, sizeof(ttl), now));
	require("IP_MULTICAST_LOOP", sea_socket_setsockopt(stack, s, IPPROTO_IP, IP_MULTICAST_LOOP,
							   &loop, sizeof(loop), now));
	return (int)sea_socket_sendmsg(stack, s, &msg, 0, now);
}

static int send6(sea_socket s, char **w, sea_time now)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(7) }, from = to;
	struct iovec iov = { (void *)(uintptr_t) "own", 3 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	const int hops = atoi(w[3]), loop = atoi(w[4]);

	inet_pton(AF_INET6, w[2], &to.sin6_addr);
	inet_pton(AF_INET6, "2001:db8::1", &from.sin6_addr);
	require("bind", sea_socket_bind(stack, s, (const void *)&from, sizeof(from), now));
	require("IPV6_MULTICAST_IF",
		sea_socket_setsockopt(stack, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex[0],
				      sizeof(ifindex[0]), now));
	require("IPV6_MULTICAST_HOPS",
		sea_socket_setsockopt(stack, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops,
				      sizeof(hops), now));
	require("IPV6_MULTICAST_LOOP",
		sea_socket_setsockopt(stack, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &loop,
				      sizeof(loop), now));
	return (int)sea_socket_sendmsg(stack, s, &msg, 0, now);
}

static int send_own(char **w, sea_time now)
{
	bool v6 = family_of(w[1]) == SEA_AF_INET6;
	sea_socket s;
	int n;

	require("socket", sea_socket_new(stack, v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0, &s, now));
	n = v6 ? send6(s, w, now) : send4(s, w, now);
	sea_socket_close(stack, s, now);
	return n == 3 ? 0 : n;
}

/* -- what it is told -- */

static const struct {
	const char *name;
	int (*call)(char **w, sea_time now);
	void (*tell)(uint8_t family);
} verbs[] = {
	{ "start", start, NULL },    { "vif", vif, NULL },
	{ "novif", novif, NULL },    { "add", add, NULL },
	{ "del", del, NULL },        { "mtu", mtu, NULL },
	{ "neigh", neigh, NULL },    { "set", set, NULL },
	{ "send", send_own, NULL },  { "routes", NULL, tell_routes },
	{ "vifs", NULL, tell_vifs }, { "upcalls", NULL, tell_upcalls },
};

static void told(void *arg, uint32_t events, sea_time now)
{
	char line[512], *w[WORDS] = { NULL }, *rest = line, empty[] = "";
	unsigned n = 0;

	(void)arg;
	(void)events;
	if (!fgets(line, sizeof(line), stdin)) {
		sea_driver_stop(driver);
		return;
	}
	line[strcspn(line, "\n")] = '\0';
	while (n < WORDS && (w[n] = strsep(&rest, " ")))
		n++;
	for (; n < WORDS; n++)
		w[n] = empty;
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, w[0]) != 0)
			continue;
		if (verbs[i].call)
			printf("%d\n", -verbs[i].call(w, now));
		else
			verbs[i].tell(family_of(w[1]));
	}
}

static void open_tap(const char *netns, int i, sea_time now)
{
	char name[] = { 't', (char)('0' + i), 0 }, net6[32];
	const struct sea_tap_config config = { .size = sizeof(config),
					       .netns = netns,
					       .name = name };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_ifaddr a = { .size = sizeof(a),
				.local = sea_addr_v4(10, (uint8_t)i, 0, 1),
				.prefix_len = 24 };
	struct sea_port *port;

	require("tap", sea_tap_open(stack, &config, &port, now));
	links[i] = sea_port_link(port);
	sea_link_info(links[i], &info);
	a.ifindex = ifindex[i] = info.ifindex;
	require("up", sea_link_set_up(links[i], true, now));
	require("address", sea_ifaddr_add(stack, &a, now));
	snprintf(net6, sizeof(net6), "2001:db8:%d::1", i);
	a.local = addr_of(net6);
	a.prefix_len = 64;
	a.flags = SEA_IFA_NODAD;
	require("address", sea_ifaddr_add(stack, &a, now));
	require("port", sea_driver_add_port(driver, port));
}

int main(int argc, char **argv)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
	sea_time now = sea_os_now();
	struct sea_env env;

	if (argc != 2)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	require("environment", sea_env_os(&env));
	require("stack", sea_stack_new(NULL, &env, modules, 3, &stack));
	require("driver", sea_driver_new(stack, &driver));
	for (int i = 0; i < LINKS; i++)
		open_tap(argv[1], i, now);
	require("stdin", sea_driver_add_fd(driver, 0, EPOLLIN, told, NULL));
	puts("ready");
	require("run", sea_driver_run(driver));
	return 0;
}
