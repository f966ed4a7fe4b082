// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/record/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "packetimpact/dut/around.h"
#include "packetimpact/record/info.h"

struct entry {
	sea_time time;
	size_t order;
	char *line;
};

struct waiting {
	struct sea_dut_call *call;
	struct waiting *next;
};

struct trace {
	struct sea_dut_around around; /* first */
	char **text;
	struct entry *entries;
	size_t n;
	struct waiting *waiting;
	struct sea_trace_flow *flows;
};

static struct trace *trace_of(struct sea_dut *dut)
{
	return (struct trace *)dut;
}

static void add(struct trace *t, sea_time time, char *line)
{
	struct entry *more = line ? realloc(t->entries, (t->n + 1) * sizeof(*more)) : NULL;

	if (!more) {
		free(line);
		return;
	}
	t->entries = more;
	t->entries[t->n] = (struct entry){ time, t->n, line };
	t->n++;
}

/* -- calls -- */

static bool is_fd(enum sea_dut_nr nr)
{
	return nr == SEA_DUT_socket || nr == SEA_DUT_accept || nr == SEA_DUT_accept4 ||
	       nr == SEA_DUT_open || nr == SEA_DUT_dup || nr == SEA_DUT_dup2 ||
	       nr == SEA_DUT_epoll_create || nr == SEA_DUT_epoll_create1;
}

static void add_call(struct trace *t, const struct sea_dut_call *call)
{
	const char *name = sea_dut_nr_name(call->nr);
	char *line = NULL;
	int n;

	if (call->result < 0)
		n = asprintf(&line, "%s = -1 (%s)", name, strerrorname_np((int)-call->result));
	else if (is_fd(call->nr))
		n = asprintf(&line, "%s = fd", name);
	else
		n = asprintf(&line, "%s = %ld", name, call->result);
	add(t, call->ended, n < 0 ? NULL : line);
}

/* Calls that were done meanwhile. */
static void look(struct trace *t)
{
	struct waiting **at = &t->waiting;

	while (*at) {
		struct waiting *w = *at;

		if (!w->call->done) {
			at = &w->next;
			continue;
		}
		add_call(t, w->call);
		*at = w->next;
		free(w);
	}
}

/* What TCP_INFO told: every field. */
static void add_info(struct trace *t, const struct sea_dut_call *call)
{
	uint32_t len;

	if (!call->done || call->nr != SEA_DUT_getsockopt || call->result ||
	    call->arg[1] != IPPROTO_TCP || call->arg[2] != TCP_INFO)
		return;
	memcpy(&len, (const void *)(uintptr_t)call->arg[4], sizeof(len));
	add(t, call->ended, sea_trace_info((const uint8_t *)(uintptr_t)call->arg[3], len));
}

static void begin(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct trace *t = trace_of(dut);
	struct waiting *w = calloc(1, sizeof(*w)), **end = &t->waiting;

	sea_dut_begin(t->around.inner, call);
	if (w) {
		w->call = call;
		while (*end)
			end = &(*end)->next;
		*end = w;
	}
	look(t);
	add_info(t, call);
}

static void interrupt(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct trace *t = trace_of(dut);

	sea_dut_interrupt(t->around.inner, call);
	look(t);
}

static unsigned run(struct sea_dut *dut, sea_time until, unsigned stop)
{
	unsigned why = sea_dut_run(trace_of(dut)->around.inner, until, stop);

	look(trace_of(dut));
	return why;
}

/* -- packets -- */

static int inject(struct sea_dut *dut, const struct sea_dut_packet *packet)
{
	struct trace *t = trace_of(dut);
	int err;

	sea_trace_learn(&t->flows, packet, false);
	err = sea_dut_inject(t->around.inner, packet);
	look(t);
	return err;
}

static bool take(struct sea_dut *dut, struct sea_dut_packet *packet)
{
	struct trace *t = trace_of(dut);

	if (!sea_dut_take(t->around.inner, packet))
		return false;
	sea_trace_learn(&t->flows, packet, true);
	add(t, packet->time, sea_trace_packet(t->flows, packet));
	return true;
}

static int shell(struct sea_dut *dut, const char *text, const char *dir)
{
	int status = sea_dut_shell(trace_of(dut)->around.inner, text, dir);

	look(trace_of(dut));
	return status;
}

/* -- life -- */

static int in_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	const bool x_call = x->line[0] != '>', y_call = y->line[0] != '>';

	if (x->time.ns != y->time.ns)
		return x->time.ns < y->time.ns ? -1 : 1;
	/* What a call sends has left before it returns, as any clock shows that does not stand still. */
	if (x_call != y_call)
		return x_call ? 1 : -1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* All entries, and frees them; NULL: no memory. */
static char *write_down(struct trace *t)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (t->n)
		qsort(t->entries, t->n, sizeof(*t->entries), in_time);
	for (size_t i = 0; i < t->n; i++) {
		int64_t ns = sea_time_diff(t->entries[i].time, t->entries[0].time);

		if (to)
			fprintf(to, "%10.6f %s\n", (double)ns / 1e9, t->entries[i].line);
		free(t->entries[i].line);
	}
	return to && !fclose(to) ? text : NULL;
}

static void close_trace(struct sea_dut *dut)
{
	struct trace *t = trace_of(dut);

	while (t->waiting) {
		struct waiting *w = t->waiting;

		t->waiting = w->next;
		free(w);
	}
	sea_dut_close(t->around.inner);
	*t->text = write_down(t);
	free(t->entries);
	sea_trace_flows_free(t->flows);
	free(t);
}

struct sea_dut *sea_trace_new(struct sea_dut *inner, char **text)
{
	struct trace *t = calloc(1, sizeof(*t));

	*text = NULL;
	if (!t) {
		sea_dut_close(inner);
		return NULL;
	}
	sea_dut_around_init(&t->around, inner);
	t->around.ops.close = close_trace;
	t->around.ops.begin = begin;
	t->around.ops.interrupt = interrupt;
	t->around.ops.run = run;
	t->around.ops.inject = inject;
	t->around.ops.take = take;
	t->around.ops.shell = shell;
	t->text = text;
	return &t->around.dut;
}
