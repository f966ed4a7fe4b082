/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A router of IPv6 that answers on near0, a tap in the namespace NEAR, for fd09::99, who is behind
 * behind0, in BEHIND; SWITCH is the branch of net.ipv6.conf that says so. Started by ndp_proxy.py;
 * ends with its standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <seastack/addr.h>
#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/os.h>

static struct sea_stack *stack;
static struct sea_driver *driver;

static void require(const char *what, int err)
{
	if (!err)
		return;
	fprintf(stderr, "ndp_proxy_peer: %s: %s\n", what, strerror(-err));
	exit(1);
}

/* Its index. */
static int open_link(const char *name, const char *netns, uint8_t mac, sea_time now)
{
	struct sea_tap_config config = { .size = sizeof(config),
					 .name = name,
					 .netns = netns,
					 .link.mac = { 2, 0, 0, 0, 0x77, mac } };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_port *port;

	require(name, sea_tap_open(stack, &config, &port, now));
	require("up", sea_link_set_up(sea_port_link(port), true, now));
	require("port", sea_driver_add_port(driver, port));
	sea_link_info(sea_port_link(port), &info);
	return info.ifindex;
}

static void set(const char *name, const char *value, sea_time now)
{
	require(name, sea_sysctl_set(stack, name, value, now));
}

static void configure(const char *near_netns, const char *behind_netns, const char *branch,
		      sea_time now)
{
	char proxy_ndp[SEA_SYSCTL_NAME_MAX];
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 64 };
	struct sea_neigh_info proxy = { .size = sizeof(proxy), .flags = SEA_NTF_PROXY };
	struct sea_route host = { .size = sizeof(host), .type = SEA_ROUTE_UNICAST };

	set("net.ipv6.conf.default.accept_dad", "0", now);
	addr.ifindex = proxy.ifindex = open_link("near0", near_netns, 1, now);
	host.ifindex = open_link("behind0", behind_netns, 2, now);
	set("net.ipv6.conf.all.forwarding", "1", now);
	snprintf(proxy_ndp, sizeof(proxy_ndp), "net.ipv6.conf.%s.proxy_ndp", branch);
	set(proxy_ndp, "1", now);
	if (!sea_addr_parse("fd09::1", &addr.local) || !sea_addr_parse("fd09::99", &proxy.addr) ||
	    !sea_addr_parse_prefix("fd09::99/128", &host.dst, &host.prefix_len))
		abort();
	require("address", sea_ifaddr_add(stack, &addr, now));
	require("route", sea_route_add(stack, &host, now));
	require("proxy", sea_neigh_set(stack, &proxy, now));
}

static void ended(void *arg, uint32_t events, sea_time now)
{
	(void)arg;
	(void)events;
	(void)now;
	sea_driver_stop(driver);
}

int main(int argc, char **argv)
{
	struct sea_env env;

	if (argc != 4) {
		fprintf(stderr, "usage: ndp_proxy_peer NEAR BEHIND SWITCH\n");
		return 2;
	}
	require("environment", sea_env_os(&env));
	require("stack", sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack));
	require("driver", sea_driver_new(stack, &driver));
	configure(argv[1], argv[2], argv[3], sea_os_now());
	require("stdin", sea_driver_add_fd(driver, 0, EPOLLIN, ended, NULL));
	puts("ready");
	fflush(stdout);
	require("run", sea_driver_run(driver));
	return 0;
}
