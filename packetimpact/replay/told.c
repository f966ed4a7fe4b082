// SPDX-License-Identifier: Apache-2.0
/*
 * Calls out of comments (record/tap.h), a line each:
 *
 *	clock 1767225600.000000000
 *	0.100213 write(4, ..., 1000) = 1000
 *	0.046112-0.058928 accept(3, ..., ...) = 4  (it blocked)
 *	0.046112-0.246112 connect(3, ..., 16) = ?  (it had not come back when the capture ended)
 *	0.048101 setsockopt(3, 1, 2, [1], 4) = 0
 */
#include <stdlib.h>
#include <string.h>

#include "packetimpact/replay/act.h"

#define LINE_MAX_LEN 300u
#define ACTS_MAX (1u << 20)
#define FAR_NS \
	(INT64_C(10000000) * SEA_SEC) /* a device that began longer ago says nothing of use */

/* Seconds, with up to nine digits behind the point, as nanoseconds; false: no time stands there. */
static bool take_time(const char **at, int64_t *ns)
{
	const char *c = *at;
	int64_t unit = SEA_SEC;

	for (*ns = 0; *c >= '0' && *c <= '9' && *ns < INT64_C(9000000000); c++)
		*ns = *ns * 10 + (*c - '0');
	if (c == *at || *c != '.' || *ns >= INT64_C(9000000000))
		return false;
	*ns *= SEA_SEC;
	for (c++; *c >= '0' && *c <= '9' && (unit /= 10); c++)
		*ns += (*c - '0') * unit;
	*at = c;
	return true;
}

/* "[1 2]" and "\"cubic\"", and "...", which says nothing. */
static bool take_value(const char **at, struct sea_act *act)
{
	const char *end;

	if (!strncmp(*at, "...", 3)) {
		*at += 3;
		return true;
	}
	if (**at == '"') {
		end = strchr(*at + 1, '"');
		if (!end || end - *at > SEA_ACT_TEXT_MAX)
			return false;
		act->value_len = (uint8_t)(end - *at - 1);
		memcpy(act->value, *at + 1, act->value_len);
		*at = end + 1;
		return true;
	}
	for (++*at; **at && **at != ']' && act->value_len < 8;) {
		char *after;
		int32_t word = (int32_t)strtol(*at, &after, 10);

		if (after == *at)
			return false;
		memcpy(act->value + act->value_len, &word, 4);
		act->value_len = (uint8_t)(act->value_len + 4);
		*at = after;
	}
	return *(*at)++ == ']';
}

static bool take_args(const char **at, struct sea_act *act)
{
	for (unsigned i = 0; i < 6 && **at != ')'; i++) {
		char *end;

		if (**at == '[' || **at == '"' || **at == '.') {
			act->arg[i] = SEA_ACT_POINTER;
			if (!take_value(at, act))
				return false;
		} else {
			act->arg[i] = strtoll(*at, &end, 10);
			if (end == *at)
				return false;
			*at = end;
		}
		*at += strspn(*at, ", ");
	}
	return *(*at)++ == ')';
}

/* One line; false: it is none of a call. */
static bool read_call(const char *at, struct sea_act *act, int64_t *ended)
{
	char name[24];
	size_t len;

	if (!take_time(&at, &act->ns) || act->ns > FAR_NS)
		return false;
	*ended = act->ns;
	if (*at == '-' && (at++, !take_time(&at, ended)))
		return false;
	at += strspn(at, " ");
	len = strcspn(at, "(");
	if (!at[len] || len >= sizeof(name))
		return false;
	memcpy(name, at, len);
	name[len] = '\0';
	at += len + 1;
	if (!sea_dut_nr_by_name(name, &act->nr) || !take_args(&at, act) || strncmp(at, " = ", 3))
		return false;
	act->result = at[3] == '?' ? -1 : strtol(at + 3, NULL, 10);
	return true;
}

/* The packet before which time `ns` is. */
static size_t packet_at(const struct sea_talk *talk, int64_t ns, size_t behind)
{
	while (behind < talk->n && talk->packets[behind].ns < ns)
		behind++;
	while (behind && talk->packets[behind - 1].ns >= ns)
		behind--;
	return behind;
}

static bool take_line(struct sea_acts *acts, const struct sea_talk *talk, size_t before,
		      const char *line)
{
	struct sea_act act = { 0 }, *to;
	int64_t ended;

	if (!strncmp(line, "clock ", 6)) {
		int64_t began;

		line += 6;
		acts->clock_ns = INT64_MIN;
		if (take_time(&line, &began))
			began = (int64_t)((uint64_t)began - talk->began_ns);
		else
			return true;
		if (began > -FAR_NS && began < FAR_NS)
			acts->clock_ns = began;
		return true;
	}
	if (acts->clock_ns == INT64_MIN || acts->n >= ACTS_MAX || !read_call(line, &act, &ended))
		return true;
	if (act.ns != ended)
		before = packet_at(talk, act.ns + acts->clock_ns, before);
	to = sea_acts_add(acts, before, 0, act.nr);
	if (!to)
		return false;
	act.before = before;
	act.order = to->order;
	act.ns += acts->clock_ns;
	*to = act;
	return true;
}

bool sea_acts_told(struct sea_acts *acts, const struct sea_talk *talk)
{
	char line[LINE_MAX_LEN];

	for (size_t i = 0; i < talk->n; i++) {
		const char *at = sea_note_of(&talk->notes, talk->packets[i].frame)->comment;

		while (at && *at) {
			size_t len = strcspn(at, "\n");

			snprintf(line, sizeof(line), "%.*s", (int)(len < 299 ? len : 299), at);
			if (!take_line(acts, talk, i, line))
				return false;
			at += len + (at[len] == '\n');
		}
	}
	sea_acts_sort(acts);
	return true;
}
