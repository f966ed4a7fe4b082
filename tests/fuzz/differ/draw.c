// SPDX-License-Identifier: Apache-2.0
/* A random program: how it begins, and what follows. */
#include "tests/fuzz/differ/differ.h"

#include <string.h>

#define US 1000ll
#define MS 1000000ll

uint32_t diff_rand(struct diff_draw *d, uint32_t below)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return below ? (uint32_t)((z ^ z >> 31) >> 16) % below : 0;
}

bool diff_chance(struct diff_draw *d, uint32_t percent)
{
	return diff_rand(d, 100) < percent;
}

/* -- steps: drawn, and played at once -- */

static int64_t delay(struct diff_draw *d)
{
	const uint32_t dice = diff_rand(d, 1000);

	if (dice < 970)
		return dice < 700 ? 1 * MS : dice < 900 ? 9 * MS : 100 * US;
	return dice < 990 ? 52 * MS : dice < 998 ? 260 * MS : 1300 * MS;
}

static struct diff_step *next(struct diff_draw *d)
{
	static struct diff_step beyond; /* drawn, but not played */
	struct diff_program *p = d->program;
	struct diff_step *step = p->n < DIFF_STEPS ? &p->steps[p->n] : &beyond;

	memset(step, 0, sizeof(*step));
	step->delay_ns = delay(d);
	return step;
}

static void play(struct diff_draw *d)
{
	struct diff_program *p = d->program;
	sea_time now = diff_world_now(d->world);

	if (p->n == DIFF_STEPS)
		return;
	diff_world_step(d->world, p->n, &p->steps[p->n],
			sea_time_add(now, p->steps[p->n].delay_ns));
	p->n++;
}

static void call(struct diff_draw *d, enum diff_call nr, unsigned slot, unsigned other, int64_t a,
		 int64_t b)
{
	struct diff_step *step = next(d);

	step->delay_ns = 100 * US;
	step->call = nr;
	step->slot = slot;
	step->other = other;
	step->a = a;
	step->b = b;
	play(d);
}

static void anything(struct diff_draw *d)
{
	struct diff_step *step = next(d);

	if (diff_chance(d, 52))
		diff_draw_packet(d, step);
	else
		diff_draw_call(d, step);
	play(d);
}

static void options(struct diff_draw *d, unsigned percent)
{
	while (diff_chance(d, percent)) {
		struct diff_step *step = next(d);

		do {
			memset(step, 0, sizeof(*step));
			diff_draw_call(d, step);
		} while (step->call != DIFF_setsockopt);
		step->slot = 0;
		step->delay_ns = 100 * US;
		play(d);
	}
}

/* A listener in slot 0, and connections to it from slot 1 on. */
static void passive(struct diff_draw *d)
{
	const unsigned n = diff_chance(d, 80) ? 1 : 2;

	call(d, DIFF_socket, 0, 0, 0, 0);
	options(d, 25);
	call(d, DIFF_bind, 0, 0, DIFF_PORT, 0);
	call(d, DIFF_listen, 0, 0, diff_chance(d, 80) ? 5 : diff_rand(d, 2), 0);
	for (unsigned i = 0; i < n; i++) {
		diff_draw_syn(d, next(d), i, false);
		play(d);
		while (diff_chance(d, 6))
			anything(d);
		diff_draw_ack(d, next(d), i);
		play(d);
		if (diff_chance(d, 90))
			call(d, DIFF_accept, 0, i + 1, 0, 0);
	}
}

/* A connect() in slot 0. */
static void active(struct diff_draw *d)
{
	d->program->actives[0] = true;
	d->world->conns[0].conn.remote_port = DIFF_SERVER_PORT;
	call(d, DIFF_socket, 0, 0, 0, 0);
	options(d, 25);
	call(d, DIFF_connect, 0, 0, 0, 0);
	while (diff_chance(d, 15))
		anything(d);
	diff_draw_syn(d, next(d), 0, diff_chance(d, 90));
	play(d);
	while (diff_chance(d, 6))
		anything(d);
	if (diff_chance(d, 30)) {
		call(d, DIFF_socket, 1, 0, 0, 0);
		call(d, DIFF_bind, 1, 0, DIFF_PORT, 0);
		call(d, DIFF_listen, 1, 0, 3, 0);
	}
}

static void settings(struct diff_draw *d)
{
	static const char *const known[][2] = {
		{ "net.ipv4.tcp_timestamps", "0" },
		{ "net.ipv4.tcp_sack", "0" },
		{ "net.ipv4.tcp_window_scaling", "0" },
		{ "net.ipv4.tcp_dsack", "0" },
		{ "net.ipv4.tcp_abort_on_overflow", "1" },
		{ "net.ipv4.tcp_early_retrans", "0" },
		{ "net.ipv4.tcp_recovery", "0" },
		{ "net.ipv4.tcp_stdurg", "1" },
		{ "net.ipv4.tcp_rfc1337", "1" },
		{ "net.ipv4.tcp_frto", "0" },
		{ "net.ipv4.tcp_syncookies", "2" },
		{ "net.ipv4.tcp_slow_start_after_idle", "0" },
		{ "net.ipv4.tcp_reordering", "5" },
		{ "net.ipv4.tcp_synack_retries", "0" },
		{ "net.ipv4.tcp_syn_retries", "1" },
		{ "net.ipv4.tcp_orphan_retries", "1" },
	};

	while (d->program->n_settings < DIFF_SETTINGS && diff_chance(d, 25)) {
		const uint32_t i = diff_rand(d, sizeof(known) / sizeof(known[0]));

		d->program->settings[d->program->n_settings][0] = known[i][0];
		d->program->settings[d->program->n_settings][1] = known[i][1];
		d->program->n_settings++;
	}
}

bool diff_draw(struct diff_program *program, uint64_t seed, const char **why)
{
	struct diff_draw d = { .state = seed * 0x2545f4914f6cdd1dull + 1, .program = program };
	unsigned more;

	memset(program, 0, sizeof(*program));
	program->seed = seed;
	program->family = diff_chance(&d, 70)   ? SEA_RUN_IPV4
			  : diff_chance(&d, 70) ? SEA_RUN_IPV6
						: SEA_RUN_MAPPED;
	settings(&d);
	d.world = diff_world_new(program, false, false, why);
	if (!d.world)
		return false;
	if (diff_chance(&d, 65))
		passive(&d);
	else
		active(&d);
	for (more = 4 + diff_rand(&d, 22); more; more--)
		anything(&d);
	program->tail_ns = diff_chance(&d, 80)   ? 2 * MS
			   : diff_chance(&d, 70) ? 280 * MS
						 : 1400 * MS;
	diff_trace_free(diff_world_end(d.world));
	return true;
}
