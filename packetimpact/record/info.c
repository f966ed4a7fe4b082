// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/record/info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_US 8000       /* two ticks of a kernel's slowest clock */
#define NO_LIMIT 1000000000 /* bytes a second */
#define NEVER_MS 600000     /* what never happened is as old as the clock */

static const struct field {
	const char *name;
	uint16_t at;
	uint8_t len, shift, bits; /* of a bit field; bits 0: it is none */
} fields[] = {
#define FIELD(name, at, len) { #name, at, len, 0, 0 },
#define BITS(name, at, len, shift, bits) { #name, at, len, shift, bits },
#include "packetimpact/run/tcp_info.def"
#undef FIELD
#undef BITS
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Of what a clock decides. */
static const char *const in_us[] = { "rto",       "ato",          "rtt",
				     "rttvar",    "rcv_rtt",      "min_rtt",
				     "busy_time", "rwnd_limited", "sndbuf_limited" };
static const char *const in_ms[] = { "last_data_sent", "last_ack_sent", "last_data_recv",
				     "last_ack_recv", "total_rto_time" };

static const char *name_of(size_t i)
{
	return fields[i].name + strlen("tcpi_");
}

static uint64_t value_of(const struct field *field, const uint8_t *bytes, size_t len)
{
	uint64_t value = 0;

	if ((size_t)field->at + field->len > len)
		return 0;
	memcpy(&value, bytes + field->at, field->len); /* little-endian, as the device's */
	return field->bits ? value >> field->shift & ((1u << field->bits) - 1) : value;
}

char *sea_trace_info(const uint8_t *bytes, size_t len)
{
	char *line = NULL;
	size_t line_len;
	FILE *to = open_memstream(&line, &line_len);

	if (!to)
		return NULL;
	fputs(SEA_TRACE_INFO, to);
	for (size_t i = 0; i < FIELDS; i++) {
		uint64_t value = value_of(&fields[i], bytes, len);

		if (value)
			fprintf(to, " %s %llu", name_of(i), (unsigned long long)value);
	}
	return fclose(to) ? NULL : line;
}

/* -- comparing -- */

static size_t index_of(const char *name, size_t len)
{
	size_t i = 0;

	while (i < FIELDS && (strlen(name_of(i)) != len || strncmp(name_of(i), name, len)))
		i++;
	return i;
}

static void read_line(const char *line, size_t len, uint64_t values[FIELDS])
{
	const char *end = line + len, *at = line + strlen(SEA_TRACE_INFO);

	memset(values, 0, FIELDS * sizeof(*values));
	while (at < end && *at == ' ') {
		size_t name_len = strcspn(++at, " \n"), i = index_of(at, name_len);
		char *behind;

		at += name_len;
		if (at >= end || *at != ' ')
			return;
		if (i < FIELDS)
			values[i] = strtoull(at, &behind, 10);
		else
			(void)strtoull(at, &behind, 10);
		at = behind;
	}
}

static bool one_of(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

static bool near(uint64_t x, uint64_t y, uint64_t slack)
{
	return x > y ? x - y <= slack + x / 8 : y - x <= slack + y / 8;
}

/* Two rates, each with the round trip that it was measured over. */
static bool rates_alike(uint64_t x, uint64_t x_rtt, uint64_t y, uint64_t y_rtt)
{
	if (!x_rtt && !y_rtt) /* none yet: no limit */
		return x >= NO_LIMIT && y >= NO_LIMIT;
	return x < NO_LIMIT && y < NO_LIMIT && near(x * x_rtt, y * y_rtt, 0);
}

static bool alike(size_t i, const uint64_t *a, const uint64_t *b, uint64_t slack_us)
{
	const char *name = name_of(i);
	const uint64_t x = a[i], y = b[i];
	size_t rtt;

	if (x == y)
		return true;
	if (one_of(in_us, sizeof(in_us) / sizeof(in_us[0]), name))
		return near(x, y, SLACK_US + slack_us);
	if (one_of(in_ms, sizeof(in_ms) / sizeof(in_ms[0]), name))
		return near(x, y, (SLACK_US + slack_us) / 1000) || (x > NEVER_MS && y > NEVER_MS);
	rtt = index_of("rtt", 3);
	if (!strcmp(name, "pacing_rate"))
		return rates_alike(x, a[rtt], y, b[rtt]);
	if (!strcmp(name, "delivery_rate"))
		return x && y && x / 4 <= y && y / 4 <= x;
	return false;
}

static void tell(char row[SEA_TRACE_INFO_ROW], const char *name, uint64_t value)
{
	size_t len = strlen(row);

	if (len < SEA_TRACE_INFO_ROW - 1)
		snprintf(row + len, SEA_TRACE_INFO_ROW - len, "%s%s %llu", len ? " " : "", name,
			 (unsigned long long)value);
}

bool sea_trace_info_same(const char *a, size_t a_len, const char *b, size_t b_len,
			 uint64_t slack_us, char rows[2][SEA_TRACE_INFO_ROW])
{
	uint64_t x[FIELDS], y[FIELDS];

	rows[0][0] = rows[1][0] = 0;
	read_line(a, a_len, x);
	read_line(b, b_len, y);
	for (size_t i = 0; i < FIELDS; i++) {
		if (alike(i, x, y, slack_us))
			continue;
		tell(rows[0], fields[i].name, x[i]);
		tell(rows[1], fields[i].name, y[i]);
	}
	return !rows[0][0];
}
