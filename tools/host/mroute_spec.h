/* SPDX-License-Identifier: Apache-2.0 */
/* A multicast route as a command line says it: "239.1.1.1,from=sea0,to=sea1,to=sea2". */
#ifndef SEA_HOST_MROUTE_SPEC_H
#define SEA_HOST_MROUTE_SPEC_H

#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/link.h>

#define SEA_MROUTE_SPEC_TO_MAX 15 /* all other links */

struct sea_mroute_spec {
	const char *text;           /* as it was written, for sentences about it */
	struct sea_addr group, src; /* src.family 0: from anybody */
	char from[SEA_IFNAMSIZ], to[SEA_MROUTE_SPEC_TO_MAX][SEA_IFNAMSIZ];
	unsigned n_to;
	uint8_t ttl; /* only what has a TTL or hop limit above it */
};

/* NULL, or what is wrong with it. */
const char *sea_mroute_spec_parse(const char *text, struct sea_mroute_spec *spec);

#endif
