// SPDX-License-Identifier: Apache-2.0
/* Names of ICMP's types and codes, of both versions (RFC 792, RFC 1812, RFC 4443). */
#include <stdio.h>
#include <string.h>

#include "packetimpact/run/state.h"

struct name {
	const char *type, *code; /* code NULL: of the type alone */
	uint8_t type_nr, code_nr;
};

static const struct name v4[] = {
	{ "echo_reply", NULL, 0, 0 },
	{ "unreachable", "net_unreachable", 3, 0 },
	{ "unreachable", "host_unreachable", 3, 1 },
	{ "unreachable", "protocol_unreachable", 3, 2 },
	{ "unreachable", "port_unreachable", 3, 3 },
	{ "unreachable", "frag_needed", 3, 4 },
	{ "unreachable", "source_route_failed", 3, 5 },
	{ "unreachable", "net_unknown", 3, 6 },
	{ "unreachable", "host_unknown", 3, 7 },
	{ "unreachable", "source_host_isolated", 3, 8 },
	{ "unreachable", "net_prohibited", 3, 9 },
	{ "unreachable", "host_prohibited", 3, 10 },
	{ "unreachable", "net_unreachable_for_tos", 3, 11 },
	{ "unreachable", "host_unreachable_for_tos", 3, 12 },
	{ "unreachable", "packet_filtered", 3, 13 },
	{ "unreachable", "precedence_violation", 3, 14 },
	{ "unreachable", "precedence_cutoff", 3, 15 },
	{ "source_quench", NULL, 4, 0 },
	{ "redirect", NULL, 5, 0 },
	{ "echo_request", NULL, 8, 0 },
	{ "time_exceeded", NULL, 11, 0 },
	{ "parameter_problem", NULL, 12, 0 },
	{ "timestamp_request", NULL, 13, 0 },
	{ "timestamp_reply", NULL, 14, 0 },
	{ "information_request", NULL, 15, 0 },
	{ "information_reply", NULL, 16, 0 },
	{ "address_mask_request", NULL, 17, 0 },
	{ "address_mask_reply", NULL, 18, 0 },
	{ NULL, NULL, 0, 0 },
};

static const struct name v6[] = {
	{ "unreachable", "no_route", 1, 0 },
	{ "unreachable", "net_unreachable", 1, 0 },
	{ "unreachable", "admin_prohibited", 1, 1 },
	{ "unreachable", "not_neighbour", 1, 2 },
	{ "unreachable", "address_unreachable", 1, 3 },
	{ "unreachable", "port_unreachable", 1, 4 },
	{ "packet_too_big", NULL, 2, 0 },
	{ "time_exceeded", "exceeded_hop_limit", 3, 0 },
	{ "time_exceeded", "exceeded_frag_time", 3, 1 },
	{ "parameter_problem", "header_field", 4, 0 },
	{ "parameter_problem", "unknown_next_header", 4, 1 },
	{ "parameter_problem", "unknown_option", 4, 2 },
	{ "echo_request", NULL, 128, 0 },
	{ "echo_reply", NULL, 129, 0 },
	{ NULL, NULL, 0, 0 },
};

/* "type_3", "code_4" */
static bool numbered(const struct sea_script_text *text, const char *prefix, uint8_t *nr)
{
	unsigned value = 0;
	size_t at = strlen(prefix);

	if (strncmp(text->s, prefix, at) != 0 || !text->s[at])
		return false;
	for (; text->s[at] >= '0' && text->s[at] <= '9' && value <= 255; at++)
		value = value * 10 + (unsigned)(text->s[at] - '0');
	*nr = (uint8_t)value;
	return !text->s[at] && value <= 255;
}

bool sea_run_icmp_code(const struct sea_script_icmp *icmp, bool is_v6, uint8_t *type, uint8_t *code)
{
	bool has_type = numbered(&icmp->type, "type_", type);
	bool has_code = !icmp->code.len || numbered(&icmp->code, "code_", code);

	if (!icmp->code.len)
		*code = 0;
	for (const struct name *n = is_v6 ? v6 : v4; n->type; n++) {
		if (strcmp(n->type, icmp->type.s) != 0)
			continue;
		*type = n->type_nr;
		has_type = true;
		if (has_code || (n->code && !strcmp(n->code, icmp->code.s))) {
			if (!has_code)
				*code = n->code_nr;
			return true;
		}
	}
	return has_type && has_code;
}
