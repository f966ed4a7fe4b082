/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack on a tap in a namespace (2001:db8::1/64), and sockets that do as they are told on stdin, a line
 * each; LINK is 0 (none), 1 (the tap) or 99 (no such one):
 *
 *	fresh udp | fresh tcp            another socket, in the place of the one before
 *	join ADDR LINK | leave ADDR LINK IPV6_JOIN_ANYCAST, IPV6_LEAVE_ANYCAST
 *	bind ADDR | from ADDR            to its port 9; sends a datagram from it (IPV6_PKTINFO)
 *	set SYSCTL VALUE | link UP
 *	has ADDR                         1: a route says that it is an anycast address of ours
 *
 * Each is answered with a line: an errno, or the answer. Started by anycast.py with the name of the
 * namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <seastack/addr.h>
#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/socket.h>

static struct sea_stack *stack;
static struct sea_driver *driver;
static struct sea_link *link;
static sea_socket sock;
static int ifindex;

static void require(const char *what, int err)
{
	if (!err)
		return;
	fprintf(stderr, "anycast_peer: %s: %s\n", what, strerror(-err));
	exit(1);
}

static struct in6_addr addr_of(const char *word)
{
	struct in6_addr a;

	require(word, inet_pton(AF_INET6, word, &a) == 1 ? 0 : -EINVAL);
	return a;
}

static int fresh(char **w, sea_time now)
{
	int type = strcmp(w[1], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;

	if (!sea_socket_is_none(sock))
		sea_socket_close(stack, sock, now);
	return sea_socket_new(stack, AF_INET6, type, 0, &sock, now);
}

static int membership(char **w, sea_time now)
{
	struct ipv6_mreq mreq = { .ipv6mr_multiaddr = addr_of(w[1]),
				  .ipv6mr_interface = (unsigned)atoi(w[2]) };

	if (mreq.ipv6mr_interface == 1)
		mreq.ipv6mr_interface = (unsigned)ifindex;
	return sea_socket_setsockopt(stack, sock, IPPROTO_IPV6,
				     *w[0] == 'j' ? IPV6_JOIN_ANYCAST : IPV6_LEAVE_ANYCAST, &mreq,
				     sizeof(mreq), now);
}

static int bind_to(char **w, sea_time now)
{
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
					  .sin6_port = htons(9),
					  .sin6_addr = addr_of(w[1]) };

	return sea_socket_bind(stack, sock, (const void *)&in6, sizeof(in6), now);
}

static int send_from(char **w, sea_time now)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	union {
		struct cmsghdr hdr;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} cmsg = { .hdr = { .cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo)),
			    .cmsg_level = IPPROTO_IPV6,
			    .cmsg_type = IPV6_PKTINFO } };
	const struct in6_pktinfo info = { .ipi6_addr = addr_of(w[1]) };
	struct iovec iov = { (void *)(uintptr_t) "x", 1 };
	struct msghdr msg = { .msg_name = &to,
			      .msg_namelen = sizeof(to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &cmsg,
			      .msg_controllen = sizeof(cmsg) };
	ssize_t n;

	to.sin6_addr = addr_of("2001:db8::9");
	memcpy(CMSG_DATA(&cmsg.hdr), &info, sizeof(info));
	n = sea_socket_sendmsg(stack, sock, &msg, 0, now);
	return n == 1 ? 0 : (int)n;
}

static int set(char **w, sea_time now)
{
	return sea_sysctl_set(stack, w[1], w[2], now);
}

static int set_up(char **w, sea_time now)
{
	return sea_link_set_up(link, *w[1] == '1', now);
}

static int has(char **w, sea_time now)
{
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };
	const struct in6_addr a = addr_of(w[1]);

	(void)now;
	while (sea_route_next(stack, &cursor, &r))
		if (r.type == SEA_ROUTE_ANYCAST && memcmp(r.dst.b, &a, sizeof(a)) == 0)
			return -1;
	return 0;
}

static const struct {
	const char *name;
	int (*call)(char **w, sea_time now);
} verbs[] = { { "fresh", fresh },  { "join", membership }, { "leave", membership },
	      { "bind", bind_to }, { "from", send_from },  { "set", set },
	      { "link", set_up },  { "has", has } };

static void told(void *arg, uint32_t events, sea_time now)
{
	char line[256], *w[4] = { NULL }, *rest = line, empty[] = "";
	unsigned n = 0;

	(void)arg;
	(void)events;
	if (!fgets(line, sizeof(line), stdin)) {
		sea_driver_stop(driver);
		return;
	}
	line[strcspn(line, "\n")] = '\0';
	while (n < 4 && (w[n] = strsep(&rest, " ")))
		n++;
	for (; n < 4; n++)
		w[n] = empty;
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, w[0]) == 0)
			printf("%d\n", -verbs[i].call(w, now));
}

int main(int argc, char **argv)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp,
							    &sea_tcp };
	struct sea_tap_config config = { .size = sizeof(config), .name = "seaa0" };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 64, .flags = SEA_IFA_NODAD };
	sea_time now = sea_os_now();
	struct sea_port *port;
	struct sea_env env;

	if (argc != 2)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	config.netns = argv[1];
	require("environment", sea_env_os(&env));
	require("stack", sea_stack_new(NULL, &env, modules, 4, &stack));
	require("driver", sea_driver_new(stack, &driver));
	require("tap", sea_tap_open(stack, &config, &port, now));
	link = sea_port_link(port);
	sea_link_info(link, &info);
	addr.ifindex = ifindex = info.ifindex;
	require("accept_dad", sea_sysctl_set(stack, "net.ipv6.conf.seaa0.accept_dad", "0", now));
	require("up", sea_link_set_up(link, true, now));
	sea_addr_parse("2001:db8::1", &addr.local);
	require("address", sea_ifaddr_add(stack, &addr, now));
	require("port", sea_driver_add_port(driver, port));
	require("stdin", sea_driver_add_fd(driver, 0, EPOLLIN, told, NULL));
	puts("ready");
	require("run", sea_driver_run(driver));
	return 0;
}
