// SPDX-License-Identifier: Apache-2.0
/* A program on a device. */
#include "tests/fuzz/differ/differ.h"

#include <stdlib.h>
#include <string.h>

#include "wire/ipv4.h"
#include "wire/tcp.h"

#define FIRST_TS 100

static const struct sea_script no_script = { .path = "program" };

/* -- the trace -- */

static struct diff_answer *answer(struct diff_world *w, sea_time time)
{
	struct diff_trace *t = w->trace;
	struct diff_answer *more;

	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		more = realloc(t->answers, t->room * sizeof(*more));
		if (!more)
			abort();
		t->answers = more;
	}
	t->answers[t->n] = (struct diff_answer){ .step = w->step, .time = time };
	return &t->answers[t->n++];
}

struct diff_answer *diff_world_answer(struct diff_world *w)
{
	return answer(w, diff_world_now(w));
}

void diff_trace_free(struct diff_trace *trace)
{
	if (trace)
		free(trace->answers);
	free(trace);
}

/* -- life -- */

static void init_conns(struct diff_world *w)
{
	for (unsigned i = 0; i < DIFF_CONNS; i++) {
		struct sea_conn *c = &w->conns[i].conn;
		const bool active = w->program->actives[i];

		c->protocol = SEA_IPPROTO_TCP;
		c->local = w->run.config.local;
		c->remote = w->run.config.remote;
		c->local_port = DIFF_PORT;
		c->remote_port = (uint16_t)(i + (active ? DIFF_SERVER_PORT : DIFF_PEER_PORT));
		c->has_ts = true; /* what was never sent can be echoed, too */
		c->first_script_ts = FIRST_TS;
	}
	for (unsigned i = 0; i < DIFF_SLOTS; i++)
		w->fds[i] = -1;
}

/* A process begins with 0 to 2. */
static void open_standard(struct sea_dut *dut)
{
	struct sea_dut_call call;

	for (unsigned i = 0; i < 3; i++) {
		sea_dut_call_init(&call, SEA_DUT_epoll_create1, 0, 0, 0, 0, 0, 0);
		sea_dut_begin(dut, &call);
	}
}

struct diff_world *diff_world_new(const struct diff_program *program, bool theirs, bool windows,
				  const char **why)
{
	struct diff_world *w = calloc(1, sizeof(*w));
	struct sea_dut_config config;

	*why = "out of memory";
	if (!w || !(w->trace = calloc(1, sizeof(*w->trace))))
		abort();
	sea_run_config_default(&w->run.config);
	w->run.config.family = program->family;
	w->run.config.seed = program->seed;
	w->run.config.ts_ecr_scaled = true;
	(void)sea_run_config_finish(&w->run.config);
	w->run.script = &no_script;
	w->run.report = stderr;
	w->program = program;
	w->windows = windows;
	init_conns(w);
	sea_run_config_dut(&w->run.config, &config);
	w->run.dut = theirs ? sea_dut_linux_new(&config, why) : sea_dut_seastack_new(&config, why);
	if (!w->run.dut) {
		diff_trace_free(w->trace);
		free(w);
		return NULL;
	}
	for (unsigned i = 0; i < program->n_settings; i++)
		if (sea_dut_sysctl_set(w->run.dut, program->settings[i][0],
				       program->settings[i][1]))
			fprintf(stderr, "%s: no %s = %s\n", sea_dut_name(w->run.dut),
				program->settings[i][0], program->settings[i][1]);
	if (!theirs)
		open_standard(w->run.dut);
	w->run.start = sea_dut_now(w->run.dut);
	return w;
}

struct diff_trace *diff_world_end(struct diff_world *w)
{
	struct diff_trace *trace = w->trace;

	sea_dut_close(w->run.dut);
	sea_arena_fini(&w->run.arena);
	free(w);
	return trace;
}

/* -- time -- */

sea_time diff_world_now(struct diff_world *w)
{
	return (sea_time){ sea_dut_now(w->run.dut).ns - w->run.start.ns };
}

static void take(struct diff_world *w)
{
	struct sea_dut_packet packet;

	while (sea_dut_take(w->run.dut, &packet))
		diff_world_see(w, &packet);
}

void diff_world_run(struct diff_world *w, sea_time until)
{
	(void)sea_dut_run(w->run.dut, (sea_time){ until.ns + w->run.start.ns }, 0);
	take(w);
}

/* -- steps -- */

void diff_step_link(struct diff_step *step)
{
	struct sea_script_option **at = &step->packet.tcp.options;

	for (unsigned i = 0; i < step->n_options; i++) {
		if (step->options[i].kind == SEA_OPTION_SACK)
			step->options[i].sack = step->sack;
		*at = &step->options[i];
		at = &step->options[i].next;
	}
	*at = NULL;
}

static void inject(struct diff_world *w, const struct diff_step *step)
{
	struct diff_step copy = *step;
	struct diff_conn *conn = &w->conns[step->conn];
	struct sea_dut_packet live;

	diff_step_link(&copy);
	if (copy.begins)
		conn->conn.remote_isn = copy.packet.tcp.seq;
	if (sea_run_build(&w->run, &copy.packet, &conn->conn, &live))
		(void)sea_dut_inject(w->run.dut, &live);
}

void diff_world_step(struct diff_world *w, unsigned i, const struct diff_step *step, sea_time at)
{
	diff_world_run(w, at);
	w->step = i;
	w->trace->times[i] = diff_world_now(w);
	if (step->is_packet)
		inject(w, step);
	else
		diff_world_call(w, step);
	diff_world_run(w, diff_world_now(w));
}

struct diff_trace *diff_play(const struct diff_program *program, bool theirs, bool windows,
			     const struct diff_trace *when, const char **why)
{
	struct diff_world *w = diff_world_new(program, theirs, windows, why);
	sea_time at = { 0 };

	if (!w)
		return NULL;
	for (unsigned i = 0; i < program->n; i++) {
		at = when ? when->times[i] : sea_time_add(at, program->steps[i].delay_ns);
		diff_world_step(w, i, &program->steps[i], at);
		at = w->trace->times[i];
	}
	diff_world_run(w, sea_time_add(at, program->tail_ns));
	return diff_world_end(w);
}
