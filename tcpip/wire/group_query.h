/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries of multicast routers, the same facts in IGMP (wire/igmp.h) and MLD (wire/mld.h), and the
 * records of which both protocols' newest reports are made.
 */
#ifndef SEA_WIRE_GROUP_QUERY_H
#define SEA_WIRE_GROUP_QUERY_H

#include <stdint.h>

/* Of IGMP all three; MLDv1 is the second, MLDv2 the newest. */
enum sea_group_version { SEA_GROUP_V1, SEA_GROUP_V2, SEA_GROUP_NEWEST };

struct sea_group_query {
	uint8_t version;        /* enum sea_group_version */
	uint32_t response_ms;   /* within which to answer */
	uint8_t robustness;     /* newest; 0: not told */
	uint32_t interval_s;    /* newest: between queries; 0: not told */
	const uint8_t *group;   /* in the message; all zero: all groups */
	uint32_t n_sources;     /* newest */
	const uint8_t *sources; /* in the message, one behind the other */
};

/* RFC 3376 §4.2.12, RFC 3810 §5.2.12. */
enum sea_group_record {
	SEA_GROUP_MODE_IS_INCLUDE = 1,
	SEA_GROUP_MODE_IS_EXCLUDE = 2,
	SEA_GROUP_CHANGE_TO_INCLUDE = 3,
	SEA_GROUP_CHANGE_TO_EXCLUDE = 4,
	SEA_GROUP_ALLOW_NEW_SOURCES = 5,
	SEA_GROUP_BLOCK_OLD_SOURCES = 6,
};

/* In front of a record's group: type, length of auxiliary data, number of sources (two bytes). */
#define SEA_GROUP_RECORD_LEN 4u

#endif
