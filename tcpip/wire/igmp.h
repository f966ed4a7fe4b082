/* SPDX-License-Identifier: Apache-2.0 */
/* IGMP (RFC 1112, 2236, 3376): the messages that hosts hear and send. */
#ifndef SEA_WIRE_IGMP_H
#define SEA_WIRE_IGMP_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/bytes.h"
#include "wire/group_query.h"

enum sea_igmp_type {
	SEA_IGMP_QUERY = 0x11,
	SEA_IGMP_V1_REPORT = 0x12,
	SEA_IGMP_V2_REPORT = 0x16,
	SEA_IGMP_LEAVE = 0x17,
	SEA_IGMP_V3_REPORT = 0x22,
};

struct sea_igmp_hdr {
	uint8_t type, code; /* code: the time to answer, of queries */
	sea_be16 sum;
	sea_be32 group;
};
static_assert(sizeof(struct sea_igmp_hdr) == 8 && _Alignof(struct sea_igmp_hdr) == 1,
	      "RFC 2236 §2");

/* Behind the common header in queries of version 3. */
struct sea_igmp_query_v3 {
	struct sea_igmp_hdr hdr;
	uint8_t flags_qrv, qqic;
	sea_be16 n_sources;
};
static_assert(sizeof(struct sea_igmp_query_v3) == 12, "RFC 3376 §4.1");

struct sea_igmp_report_v3 {
	uint8_t type, reserved;
	sea_be16 sum, reserved2, n_records;
};
static_assert(sizeof(struct sea_igmp_report_v3) == 8, "RFC 3376 §4.2");

/* `msg` has `len` readable bytes and is a query. False: its length or its sources make no sense. */
bool sea_igmp_query_parse(const uint8_t *msg, size_t len, struct sea_group_query *query);

#endif
