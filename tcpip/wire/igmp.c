/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/igmp.h"

#define ADDR_LEN 4u
#define V1_RESPONSE_MS 10000u /* RFC 2236 §8.3 */

/* A number in eight bits, the larger ones rounded (RFC 3376 §4.1.1). */
static uint32_t code_value(uint8_t code)
{
	if (code < 128)
		return code;
	return (uint32_t)((code & 0xf) | 0x10) << ((code >> 4 & 7) + 3);
}

/* RFC 3376 §7.1: which version it is, the length and the code tell. */
static void parse_older(const struct sea_igmp_hdr *hdr, struct sea_group_query *query)
{
	query->version = hdr->code ? SEA_GROUP_V2 : SEA_GROUP_V1;
	query->response_ms = hdr->code ? hdr->code * 100u : V1_RESPONSE_MS;
}

static bool parse_newest(const struct sea_igmp_query_v3 *q, size_t len,
			 struct sea_group_query *query)
{
	query->version = SEA_GROUP_NEWEST;
	query->response_ms = code_value(q->hdr.code) * 100u;
	query->robustness = q->flags_qrv & 7;
	query->interval_s = code_value(q->qqic);
	query->n_sources = sea_be16_get(q->n_sources);
	query->sources = (const uint8_t *)q + sizeof(*q);
	return query->n_sources <= (len - sizeof(*q)) / ADDR_LEN;
}

bool sea_igmp_query_parse(const uint8_t *msg, size_t len, struct sea_group_query *query)
{
	const struct sea_igmp_hdr *hdr = (const struct sea_igmp_hdr *)msg;

	*query = (struct sea_group_query){ 0 };
	if (len < sizeof(*hdr))
		return false;
	query->group = hdr->group.b;
	if (len == sizeof(*hdr)) {
		parse_older(hdr, query);
		return true;
	}
	if (len < sizeof(struct sea_igmp_query_v3))
		return false;
	return parse_newest((const struct sea_igmp_query_v3 *)msg, len, query);
}
