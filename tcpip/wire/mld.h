/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast Listener Discovery (RFC 2710, 3810): the messages that hosts hear and send, in ICMPv6. */
#ifndef SEA_WIRE_MLD_H
#define SEA_WIRE_MLD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/bytes.h"
#include "wire/group_query.h"

struct sea_mld_hdr {
	uint8_t type, code;
	sea_be16 sum, max_response, reserved;
	uint8_t group[16];
};
static_assert(sizeof(struct sea_mld_hdr) == 24 && _Alignof(struct sea_mld_hdr) == 1, "RFC 2710 §3");

/* Behind the common header in queries of version 2. */
struct sea_mld_query_v2 {
	struct sea_mld_hdr hdr;
	uint8_t flags_qrv, qqic;
	sea_be16 n_sources;
};
static_assert(sizeof(struct sea_mld_query_v2) == 28, "RFC 3810 §5.1");

struct sea_mld_report_v2 {
	uint8_t type, reserved;
	sea_be16 sum, reserved2, n_records;
};
static_assert(sizeof(struct sea_mld_report_v2) == 8, "RFC 3810 §5.2");

/* A hop-by-hop header in front of ICMPv6 with nothing but the router alert of MLD (RFC 2711 §2.1). */
#define SEA_MLD_ALERT_LEN 8u
extern const uint8_t sea_mld_alert[SEA_MLD_ALERT_LEN];

/*
 * `msg` has `len` readable bytes and is a query. False: its length, its group or its sources make no
 * sense. `v1_only`: whatever is longer than a query of version 1 is read as one.
 */
bool sea_mld_query_parse(const uint8_t *msg, size_t len, bool v1_only,
			 struct sea_group_query *query);

/* Is there a router alert of MLD among the options of a hop-by-hop header of `len` bytes? */
bool sea_mld_has_alert(const uint8_t *hopopts, size_t len);

#endif
