/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/mld.h"

#define ADDR_LEN 16u
#define OPT_PAD1 0
#define OPT_ROUTER_ALERT 5

const uint8_t sea_mld_alert[SEA_MLD_ALERT_LEN] = { 58, 0, OPT_ROUTER_ALERT, 2, 0, 0, 1, 0 };

/* Larger times are rounded (RFC 3810 §5.1.3). */
static uint32_t response_ms(uint16_t code)
{
	if (code < 32768)
		return code;
	return (uint32_t)((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
}

/* RFC 3810 §5.1.9 */
static uint32_t interval_s(uint8_t code)
{
	if (code < 128)
		return code;
	return (uint32_t)((code & 0xf) | 0x10) << ((code >> 4 & 7) + 3);
}

static bool parse_v2(const struct sea_mld_query_v2 *q, size_t len, struct sea_group_query *query)
{
	query->version = SEA_GROUP_NEWEST;
	query->response_ms = response_ms(sea_be16_get(q->hdr.max_response));
	query->robustness = q->flags_qrv & 7;
	query->interval_s = interval_s(q->qqic);
	query->n_sources = sea_be16_get(q->n_sources);
	query->sources = (const uint8_t *)q + sizeof(*q);
	return query->n_sources <= (len - sizeof(*q)) / ADDR_LEN;
}

static bool is_group(const uint8_t addr[16])
{
	static const uint8_t any[16];

	return addr[0] == 0xff || memcmp(addr, any, sizeof(any)) == 0;
}

bool sea_mld_query_parse(const uint8_t *msg, size_t len, bool v1_only,
			 struct sea_group_query *query)
{
	const struct sea_mld_hdr *hdr = (const struct sea_mld_hdr *)msg;

	*query = (struct sea_group_query){ .version = SEA_GROUP_V2 };
	if (len < sizeof(*hdr) || !is_group(hdr->group))
		return false;
	query->group = hdr->group;
	query->response_ms = sea_be16_get(hdr->max_response);
	if (len == sizeof(*hdr) || v1_only)
		return true;
	if (len < sizeof(struct sea_mld_query_v2))
		return false;
	return parse_v2((const struct sea_mld_query_v2 *)msg, len, query);
}

bool sea_mld_has_alert(const uint8_t *hopopts, size_t len)
{
	size_t at = 2;

	while (at < len) {
		const uint8_t *opt = hopopts + at;

		if (opt[0] == OPT_PAD1) {
			at++;
			continue;
		}
		if (len - at < 2 || opt[1] > len - at - 2)
			return false;
		if (opt[0] == OPT_ROUTER_ALERT)
			return opt[1] == 2 && !opt[2] && !opt[3];
		at += 2u + opt[1];
	}
	return false;
}
