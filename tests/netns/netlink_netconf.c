/* SPDX-License-Identifier: Apache-2.0 */
/* RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF: what is heard when settings are written, and when lo is renamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>

#include <seastack/stack.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

static const char *const settings[] = {
	"ipv4.conf.%s.forwarding",
	"ipv4.conf.%s.rp_filter",
	"ipv4.conf.%s.proxy_arp",
	"ipv4.conf.%s.bc_forwarding",
	"ipv4.conf.%s.accept_redirects",
	"ipv4.conf.%s.ignore_routes_with_linkdown",
	"ipv6.conf.%s.forwarding",
	"ipv6.conf.%s.proxy_ndp",
	"ipv6.conf.%s.ignore_routes_with_linkdown",
	"ipv6.conf.%s.accept_redirects",
	"ipv4.ip_forward",
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int write_kernel(const char *name, const char *text)
{
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	for (char *c = path; *c; c++)
		if (*c == '.')
			*c = '/';
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

static void hear(struct world w[2], struct wsock hears[2], const char *what)
{
	const struct request r = request_of(what, RTM_NEWNETCONF, 0, NULL, 0);
	const long nothing[2] = { 0, 0 };
	static struct answers a[2];

	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], hears[i], &a[i]);
	judge(&r, MODES, nothing, a);
}

static void set(struct world w[2], struct wsock hears[2], const char *setting, const char *link,
		const char *text)
{
	char name[96], full[112];

	snprintf(name, sizeof(name), "%.*s%s%s", (int)strcspn(setting, "%"), setting,
		 strchr(setting, '%') ? link : "",
		 strchr(setting, '%') ? strchr(setting, '%') + 2 : "");
	snprintf(full, sizeof(full), "net.%s", name);
	compare_results(full, (const long[2]){ write_kernel(name, text),
					       sea_sysctl_set(w[1].stack, full, text, w[1].now) });
	strncat(full, " = ", sizeof(full) - strlen(full) - 1);
	strncat(full, text, sizeof(full) - strlen(full) - 1);
	hear(w, hears, full);
}

static void rename_lo(struct world w[2], struct wsock hears[2], const char *name)
{
	const struct ifinfomsg hdr = { .ifi_index = 1 };
	struct request r = request_of("a new name", RTM_SETLINK, NLM_F_ACK, &hdr, sizeof(hdr));

	put_attr(&r, IFLA_IFNAME, name, (uint16_t)(strlen(name) + 1));
	compare(w, &r, 0);
	hear(w, hears, name);
}

void compare_news_of_settings(struct world w[2], unsigned long n, uint64_t *seed)
{
	static const char *const links[] = { "lo", "all", "default" }, *const texts[] = { "0", "1",
											  "2" };
	struct sockaddr_nl name = { .nl_family = AF_NETLINK,
				    .nl_groups = 1u << (RTNLGRP_IPV4_NETCONF - 1) |
						 1u << (RTNLGRP_IPV6_NETCONF - 1) };
	struct wsock hears[2];

	for (unsigned i = 0; i < 2; i++)
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &hears[i]) ||
		    world_bind(&w[i], hears[i], &name, sizeof(name)))
			exit(1);
	/* What is written to a link of the kernel's is no longer what "default" says. */
	for (unsigned i = 0; i < SETTINGS; i++)
		set(w, hears, settings[i], "lo", "0");
	while (n--)
		set(w, hears, settings[test_random(seed) % SETTINGS], links[test_random(seed) % 3],
		    texts[test_random(seed) % 3]);
	rename_lo(w, hears, "eth7");
	rename_lo(w, hears, "lo");
	for (unsigned i = 0; i < SETTINGS; i++)
		for (unsigned k = 0; k < 3; k++)
			set(w, hears, settings[i], links[k],
			    strstr(settings[i], "accept") ? "1" : "0");
	for (unsigned i = 0; i < 2; i++)
		world_close(&w[i], &hears[i]);
}
