// SPDX-License-Identifier: Apache-2.0
/* Two traces: calls by their answers, packets by what is in them and, roughly, when. */
#include "tests/fuzz/differ/differ.h"

#include <stdlib.h>
#include <string.h>

/* Two ticks of a kernel's slowest clock. */
#define TOLERANCE_NS 9000000

static size_t next(const struct diff_trace *t, size_t at, bool packets)
{
	while (at < t->n && t->answers[at].is_packet != packets)
		at++;
	return at;
}

static sea_time last_time(const struct diff_trace *t)
{
	return t->n ? t->answers[t->n - 1].time : (sea_time){ 0 };
}

/* By the step before it, or by an eighth of the time since. */
static bool in_time(const struct diff_trace *t, const struct diff_answer *a,
		    const struct diff_answer *b)
{
	int64_t since = a->time.ns - t->times[a->step].ns;
	int64_t off = a->time.ns - b->time.ns;

	return (off < 0 ? -off : off) <= TOLERANCE_NS + since / 8;
}

/* A field of a text: "ack 5" is its own, so that kinds of differences can be told apart. */
static void field_key(const char *ours, const char *theirs, char *key, size_t len)
{
	char word[40] = "";
	size_t i = 0, start = 0;

	while (ours[i] && ours[i] == theirs[i])
		i++;
	for (start = i; start && ours[start - 1] != ' ' && ours[start - 1] != ','; start--)
		continue;
	/* The word in front of a number names it. */
	if (start > 1) {
		size_t before = start - 1;

		while (before && ours[before - 1] != ' ' && ours[before - 1] != ',')
			before--;
		snprintf(word, sizeof(word), "%.*s", (int)(start - 1 - before), ours + before);
	}
	snprintf(key, len, "%s", word);
}

static const char *outcome(const struct diff_answer *a)
{
	const char *at = strrchr(a->text, '=');

	return at ? at + 2 : a->text;
}

static void call_key(const struct diff_answer *ours, const struct diff_answer *theirs, char *key,
		     size_t len)
{
	char field[40];

	if (!strcmp(ours->kind, "tcp_info")) {
		field_key(ours->text, theirs->text, field, sizeof(field));
		snprintf(key, len, "tcp_info %s", field);
		return;
	}
	if (!strcmp(outcome(ours), outcome(theirs)))
		snprintf(key, len, "%s value", ours->kind);
	else
		snprintf(key, len, "%s %.20s not %.20s", ours->kind, outcome(ours),
			 outcome(theirs));
	/* Amounts are no kinds. */
	for (char *c = key; strncmp(ours->kind, "getsock", 7) && *c; c++)
		if (*c >= '2' && *c <= '9')
			*c = 'N';
}

static struct diff_difference calls(const struct diff_trace *ours, const struct diff_trace *theirs)
{
	struct diff_difference d = { .at = { next(ours, 0, false), next(theirs, 0, false) } };

	while (d.at[0] < ours->n && d.at[1] < theirs->n) {
		const struct diff_answer *a = &ours->answers[d.at[0]],
					 *b = &theirs->answers[d.at[1]];

		if (strcmp(a->text, b->text)) {
			d.found = true;
			call_key(a, b, d.key, sizeof(d.key));
			break;
		}
		d.at[0] = next(ours, d.at[0] + 1, false);
		d.at[1] = next(theirs, d.at[1] + 1, false);
	}
	return d;
}

/* What comes at the very end may be a little late on the other device. */
static bool is_late(const struct diff_trace *t, const struct diff_answer *a, const char **kind)
{
	*kind = a->kind;
	return last_time(t).ns - a->time.ns < 2 * TOLERANCE_NS &&
	       a->time.ns - t->times[a->step].ns > TOLERANCE_NS;
}

static void packet_key(struct diff_difference *d, const struct diff_answer *a,
		       const struct diff_answer *b)
{
	char field[40];

	field_key(a->text, b->text, field, sizeof(field));
	if (!strcmp(a->text, b->text))
		snprintf(d->key, sizeof(d->key), "packet %s time", b->kind);
	else
		snprintf(d->key, sizeof(d->key), "packet %s not %s behind %s", a->kind, b->kind,
			 field);
	for (char *c = d->key; *c; c++)
		if (*c >= '0' && *c <= '9')
			*c = 'N';
}

static struct diff_difference packets(const struct diff_trace *ours,
				      const struct diff_trace *theirs)
{
	struct diff_difference d = { .packets = true,
				     .at = { next(ours, 0, true), next(theirs, 0, true) } };
	const char *kind;

	for (;;) {
		const struct diff_answer *a = d.at[0] < ours->n ? &ours->answers[d.at[0]] : NULL;
		const struct diff_answer *b = d.at[1] < theirs->n ? &theirs->answers[d.at[1]]
								  : NULL;

		if (!a && !b)
			return d;
		d.found = true;
		if (a && b && !strcmp(a->text, b->text) && in_time(theirs, b, a)) {
			d.at[0] = next(ours, d.at[0] + 1, true);
			d.at[1] = next(theirs, d.at[1] + 1, true);
			d.found = false;
			continue;
		}
		if (a && b)
			packet_key(&d, a, b);
		else if (a) {
			d.found = !is_late(ours, a, &kind);
			snprintf(d.key, sizeof(d.key), "packet %s is one too many", kind);
		} else {
			d.found = !is_late(theirs, b, &kind);
			snprintf(d.key, sizeof(d.key), "packet %s is missing", kind);
		}
		return d;
	}
}

static unsigned step_of(const struct diff_difference *d, const struct diff_trace *ours,
			const struct diff_trace *theirs)
{
	const unsigned a = d->at[0] < ours->n ? ours->answers[d->at[0]].step : DIFF_STEPS;
	const unsigned b = d->at[1] < theirs->n ? theirs->answers[d->at[1]].step : DIFF_STEPS;

	return a < b ? a : b;
}

struct diff_difference diff_compare(const struct diff_trace *ours, const struct diff_trace *theirs)
{
	struct diff_difference c = calls(ours, theirs), p = packets(ours, theirs);

	if (!c.found || !p.found)
		return c.found ? c : p;
	return step_of(&p, ours, theirs) <= step_of(&c, ours, theirs) ? p : c;
}

bool diff_judge(const struct diff_program *program, bool windows,
		struct diff_difference *difference, struct diff_trace *traces[2])
{
	const char *why;
	struct diff_trace *theirs = diff_play(program, true, windows, NULL, &why), *ours;

	ours = theirs ? diff_play(program, false, windows, theirs, &why) : NULL;
	if (!ours) {
		fprintf(stderr, "no device: %s\n", why);
		diff_trace_free(theirs);
		return false;
	}
	*difference = diff_compare(ours, theirs);
	if (traces) {
		traces[0] = ours;
		traces[1] = theirs;
	} else {
		diff_trace_free(ours);
		diff_trace_free(theirs);
	}
	return true;
}
