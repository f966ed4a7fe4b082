/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a host, and the options that say it: --link, --addr, --gw and their like. */
#ifndef SEA_HOST_CONFIG_H
#define SEA_HOST_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/wrap.h>

#include "tools/cli/option.h"

#define SEA_HOST_SYSCTL_MAX 64

enum sea_host_link { SEA_HOST_NO_LINK, SEA_HOST_TAP, SEA_HOST_PACKET };

struct sea_host_config {
	enum sea_host_link link;
	const char *device;
	const char *netns; /* NULL: ours */
	struct sea_addr addr, gateway;
	uint8_t prefix_len, mac[6];
	uint32_t mtu;
	bool no_offload, faulty;
	struct sea_fault_config fault;
	const char *capture;
	uint64_t capture_limit;
	const char *sysctl[SEA_HOST_SYSCTL_MAX]; /* NAME=VALUE */
	unsigned sysctls;
};

/* For settings that begin with a struct sea_host_config. */
extern const struct sea_option sea_host_options[];

/* What no single option can tell: SEA_USAGE_RUN, or the exit status, said. */
int sea_host_config_check(const struct sea_host_config *config);

#endif
