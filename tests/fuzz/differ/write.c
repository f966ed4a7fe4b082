// SPDX-License-Identifier: Apache-2.0
/* A program with Linux's answers as a script. */
#include "tests/fuzz/differ/differ.h"

#include <string.h>

static void put_time(int64_t ns, FILE *out)
{
	if (ns < 50000)
		fputs("   +0 ", out);
	else
		fprintf(out, "+%.4f ", (double)ns / 1e9);
}

static void put_inbound(const struct diff_program *program, const struct diff_step *step, FILE *out)
{
	struct diff_step copy = *step;

	diff_step_link(&copy);
	if (copy.conn) {
		copy.packet.src_port =
			(uint16_t)(copy.conn + (program->actives[copy.conn] ? DIFF_SERVER_PORT
									    : DIFF_PEER_PORT));
		copy.packet.dst_port = DIFF_PORT;
	}
	sea_script_print_packet(&copy.packet, out);
	fputc('\n', out);
}

/* Fields that differ; all are in the comment. */
static void put_info(const struct diff_answer *ours, const struct diff_answer *theirs, FILE *out)
{
	const char *a = strchr(ours->text, ' '), *b = strchr(theirs->text, ' ');
	char name[2][40];
	unsigned long long value[2];
	const char *between = "%{ ";
	int used[2];

	while (a && b && sscanf(a, " %39s %llu%n", name[0], &value[0], &used[0]) == 2 &&
	       sscanf(b, " %39s %llu%n", name[1], &value[1], &used[1]) == 2) {
		if (value[0] != value[1]) {
			fprintf(out, "%sassert tcpi_%s == %llu, tcpi_%s", between, name[1],
				value[1], name[1]);
			between = "; ";
		}
		a += used[0];
		b += used[1];
	}
	fputs(*between == '%' ? "%{ pass }%\n" : " }%\n", out);
}

static const struct diff_answer *call_of(const struct diff_trace *t, unsigned step)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->answers[i].is_packet && t->answers[i].step == step)
			return &t->answers[i];
	return NULL;
}

static void put_packets(const struct diff_trace *t, unsigned step, bool comment, FILE *out)
{
	sea_time last = t->times[step];

	for (size_t i = 0; i < t->n; i++) {
		const struct diff_answer *a = &t->answers[i];

		if (!a->is_packet || a->step != step)
			continue;
		if (comment)
			fputs("// seastack: ", out);
		put_time(sea_time_diff(a->time, last), out);
		fprintf(out, "%s\n", a->line);
		last = a->time;
	}
}

static bool same_packets(const struct diff_trace *a, const struct diff_trace *b, unsigned step)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a->n && !(a->answers[i].is_packet && a->answers[i].step == step))
			i++;
		while (j < b->n && !(b->answers[j].is_packet && b->answers[j].step == step))
			j++;
		if (i == a->n || j == b->n)
			return i == a->n && j == b->n;
		if (strcmp(a->answers[i].text, b->answers[j].text))
			return false;
	}
}

static void put_step(const struct diff_program *p, struct diff_trace *const traces[2], unsigned i,
		     FILE *out)
{
	const struct diff_answer *ours = call_of(traces[0], i), *theirs = call_of(traces[1], i);

	put_time(i ? p->steps[i].delay_ns : 0, out);
	if (p->steps[i].is_packet) {
		put_inbound(p, &p->steps[i], out);
	} else if (ours && theirs) {
		if (p->steps[i].call == DIFF_tcp_info)
			put_info(ours, theirs, out);
		else
			fprintf(out, "%s\n", theirs->line);
		if (strcmp(ours->text, theirs->text))
			fprintf(out, "// linux:    %s\n// seastack: %s\n", theirs->line,
				ours->line);
	}
	put_packets(traces[1], i, false, out);
	if (!same_packets(traces[0], traces[1], i))
		put_packets(traces[0], i, true, out);
}

void diff_write(const struct diff_program *program, struct diff_trace *const traces[2],
		const struct diff_difference *difference, FILE *out)
{
	fprintf(out, "// %s (seed %llu)\n", difference->key, (unsigned long long)program->seed);
	if (program->family != SEA_RUN_IPV4)
		fprintf(out, "--ip_version=%s\n", sea_run_family_name(program->family));
	for (unsigned i = 0; i < program->n_settings; i++)
		fprintf(out, "`sysctl -q %s=\"%s\"`\n", program->settings[i][0],
			program->settings[i][1]);
	for (unsigned i = 0; i < program->n; i++)
		put_step(program, traces, i, out);
}
