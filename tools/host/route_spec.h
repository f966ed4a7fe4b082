/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and routes as a command line says them: "10.0.0.2/24", "default,via=10.0.0.1,metric=50".
 * The words of a route are those of ip-route(8), each joined to its value.
 */
#ifndef SEA_HOST_ROUTE_SPEC_H
#define SEA_HOST_ROUTE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/config.h>
#include <seastack/link.h>

struct sea_prefix {
	struct sea_addr addr;
	uint8_t len;
};

struct sea_route_spec {
	const char *text; /* as it was written, for sentences about it */
	struct sea_prefix dst;
	struct sea_addr gateway, prefsrc; /* family 0: not said */
	char dev[SEA_IFNAMSIZ];           /* empty: not said */
	enum sea_route_type type;
	uint32_t metric, mtu; /* 0: not said */
};

/* NULL, or what is wrong with it. */
const char *sea_route_spec_parse(const char *text, struct sea_route_spec *spec);

/* May a host of the network have this address: no multicast, loopback or "this network". */
bool sea_addr_is_unicast(const struct sea_addr *addr);

/* fe80::/10: means something on one link only. */
bool sea_addr_is_link_local(const struct sea_addr *addr);

#endif
