/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a host, and the options that say it: --link and what belongs to that link, --route and
 * their like. An option of a link is for the --link before it; what stands before the first --link is
 * for the first.
 */
#ifndef SEA_HOST_CONFIG_H
#define SEA_HOST_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/wrap.h>

#include "tools/cli/option.h"
#include "tools/host/mroute_spec.h"
#include "tools/host/route_spec.h"

#define SEA_HOST_LINKS_MAX 16
#define SEA_HOST_ADDRS_MAX 16 /* of one link */
#define SEA_HOST_ROUTES_MAX 64
#define SEA_HOST_MROUTES_MAX 64
#define SEA_HOST_SYSCTL_MAX 64
#define SEA_HOST_BUSY_POLL_MAX_US 1000000

enum sea_link_kind { SEA_LINK_NOT_SAID, SEA_LINK_TAP, SEA_LINK_PACKET };

struct sea_link_spec {
	enum sea_link_kind kind;
	const char *device;
	const char *netns; /* NULL: ours */
	struct sea_prefix addr[SEA_HOST_ADDRS_MAX];
	unsigned addrs;
	struct sea_addr gateway[2]; /* IPv4, IPv6; family 0: none */
	uint8_t mac[6];
	uint32_t mtu;
	bool no_offload, no_autoconf, faulty;
	struct sea_fault_config fault;
	const char *capture;
	uint64_t capture_limit;
};

struct sea_host_config {
	struct sea_link_spec link[SEA_HOST_LINKS_MAX];
	unsigned links;
	struct sea_route_spec route[SEA_HOST_ROUTES_MAX];
	unsigned routes;
	struct sea_mroute_spec mroute[SEA_HOST_MROUTES_MAX];
	unsigned mroutes;
	const char *sysctl[SEA_HOST_SYSCTL_MAX]; /* NAME=VALUE */
	unsigned sysctls;
	bool forward;
	uint32_t busy_poll_us;
};

/* For settings that begin with a struct sea_host_config. */
extern const struct sea_option sea_link_options[];
extern const struct sea_option sea_host_options[];

/* Did any option say what this host is to be? */
bool sea_host_config_begun(const struct sea_host_config *config);

/*
 * What no single option can tell: SEA_USAGE_RUN, or the exit status, said. `speaks`: it is to speak at
 * once, so each link needs an --addr; else routers may give it addresses.
 */
int sea_host_config_check(const struct sea_host_config *config, bool speaks);

#endif
