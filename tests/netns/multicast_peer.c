/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack on a tap in a namespace, and a socket in it that does as it is told on stdin, a line each:
 *
 *	join GROUP | leave GROUP                     MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP
 *	include | exclude | block | unblock GROUP SOURCE
 *	send GROUP TEXT                              to port 7000 of the group
 *	set SYSCTL VALUE
 *
 * Each is answered with a line, "0" or the errno; what the socket gets comes as "got TEXT" in between.
 * Started by multicast.py and multicast_reports.py with the name of the namespace and of the tap.
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
#include <seastack/event.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/socket.h>

#define PORT 7000

static struct sea_stack *stack;
static struct sea_driver *driver;
static sea_socket sock;
static int ifindex;

static void require(const char *what, int err)
{
	if (!err)
		return;
	fprintf(stderr, "multicast_peer: %s: %s\n", what, strerror(-err));
	exit(1);
}

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		return ss;
	}
	memset(&ss, 0, sizeof(ss));
	in6->sin6_family = AF_INET6;
	require(text, inet_pton(AF_INET6, text, &in6->sin6_addr) == 1 ? 0 : -EINVAL);
	return ss;
}

static int option(int name, const char *group, const char *source, sea_time now)
{
	struct group_source_req req = { (uint32_t)ifindex, address(group), { 0 } };
	int level = req.gsr_group.ss_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	socklen_t len = sizeof(struct group_req);

	if (source) {
		req.gsr_source = address(source);
		len = sizeof(req);
	}
	return sea_socket_setsockopt(stack, sock, level, name, &req, len, now);
}

/* An IPv6 socket names IPv4 as ::ffff:a.b.c.d. */
static int send_to(const char *group, const char *text, sea_time now)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct iovec iov = { (void *)(uintptr_t)text, strlen(text) };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	char mapped[64];
	ssize_t n;

	snprintf(mapped, sizeof(mapped), strchr(group, ':') ? "%s" : "::ffff:%s", group);
	require(group, inet_pton(AF_INET6, mapped, &to.sin6_addr) == 1 ? 0 : -EINVAL);
	n = sea_socket_sendmsg(stack, sock, &msg, 0, now);
	return n < 0 ? (int)n : 0;
}

static int obey(const char *verb, const char *group, const char *word, sea_time now)
{
	static const struct {
		const char *verb;
		int name;
	} options[] = {
		{ "join", MCAST_JOIN_GROUP },           { "leave", MCAST_LEAVE_GROUP },
		{ "include", MCAST_JOIN_SOURCE_GROUP }, { "exclude", MCAST_LEAVE_SOURCE_GROUP },
		{ "block", MCAST_BLOCK_SOURCE },        { "unblock", MCAST_UNBLOCK_SOURCE },
	};

	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(verb, options[i].verb) == 0)
			return option(options[i].name, group, word[0] ? word : NULL, now);
	if (strcmp(verb, "set") == 0)
		return sea_sysctl_set(stack, group, word, now);
	return strcmp(verb, "send") == 0 ? send_to(group, word, now) : -EINVAL;
}

static void told(void *arg, uint32_t events, sea_time now)
{
	char line[256], verb[16] = "", group[128] = "", word[128] = "";

	(void)arg;
	(void)events;
	if (!fgets(line, sizeof(line), stdin)) {
		sea_driver_stop(driver);
		return;
	}
	if (sscanf(line, "%15s %127s %127s", verb, group, word) >= 2)
		printf("%d\n", -obey(verb, group, word, now));
}

static void happened(void *arg, const struct sea_event *event, sea_time now)
{
	char text[256];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	(void)arg;
	if (event->kind != SEA_EVENT_SOCKET)
		return;
	while ((n = sea_socket_recvmsg(stack, sock, &msg, 0, now)) >= 0)
		printf("got %.*s\n", (int)n, text);
}

static void make_socket(sea_time now)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct in_addr via;

	inet_pton(AF_INET, "10.9.0.2", &via);
	require("socket", sea_socket_new(stack, AF_INET6, SOCK_DGRAM, 0, &sock, now));
	require("bind", sea_socket_bind(stack, sock, (const void *)&any, sizeof(any), now));
	require("IP_MULTICAST_IF", sea_socket_setsockopt(stack, sock, IPPROTO_IP, IP_MULTICAST_IF,
							 &via, sizeof(via), now));
	require("IPV6_MULTICAST_IF",
		sea_socket_setsockopt(stack, sock, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex,
				      sizeof(ifindex), now));
	require("watch", sea_socket_watch(stack, sock, SEA_POLLIN, 1));
}

int main(int argc, char **argv)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
	struct sea_tap_config config = { .size = sizeof(config),
					 .link = { .mac = { 2, 0, 0, 0, 0, 2 } } };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };
	sea_time now = sea_os_now();
	struct sea_port *port;
	struct sea_env env;

	if (argc != 3)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	config.netns = argv[1];
	config.name = argv[2];
	require("environment", sea_env_os(&env));
	require("stack", sea_stack_new(NULL, &env, modules, 3, &stack));
	require("driver", sea_driver_new(stack, &driver));
	require("tap", sea_tap_open(stack, &config, &port, now));
	sea_link_info(sea_port_link(port), &info);
	addr.ifindex = ifindex = info.ifindex;
	sea_addr_parse("10.9.0.2", &addr.local);
	require("up", sea_link_set_up(sea_port_link(port), true, now));
	require("address", sea_ifaddr_add(stack, &addr, now));
	require("port", sea_driver_add_port(driver, port));
	make_socket(now);
	sea_driver_on_event(driver, happened, NULL);
	require("stdin", sea_driver_add_fd(driver, 0, EPOLLIN, told, NULL));
	puts("ready");
	require("run", sea_driver_run(driver));
	sea_driver_free(driver);
	sea_port_close(port, sea_os_now());
	sea_stack_free(stack);
	return 0;
}
