/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/platform/meter.h"

#include <time.h>

#include "sentry-glue/platform/platform.h"

#define NSEC 1000000000ll

void sea_meter_stub_init(struct sea_meter_stub *stub, const struct sea_platform *platform,
			 pid_t pid)
{
	*stub = (struct sea_meter_stub){ .platform = platform, .pid = pid };
	pthread_mutex_init(&stub->lock, NULL);
}

void sea_meter_stub_fini(struct sea_meter_stub *stub)
{
	pthread_mutex_destroy(&stub->lock);
}

static int64_t clock_read(clockid_t clock)
{
	struct timespec ts;

	return clock_gettime(clock, &ts) ? 0 : ts.tv_sec * NSEC + ts.tv_nsec;
}

void sea_meter_init(struct sea_platform *platform)
{
	platform->began = clock_read(CLOCK_MONOTONIC);
	platform->began_cycles = sea_cycles();
}

int64_t sea_meter_ns(const struct sea_platform *platform, uint64_t cycles)
{
	uint64_t passed = sea_cycles() - platform->began_cycles;
	int64_t ns = clock_read(CLOCK_MONOTONIC) - platform->began;

	return passed ? (int64_t)((double)cycles * (double)ns / (double)passed) : 0;
}

/* What the stub's threads took but for what they spun. The clock of a process by its number:
 * CPUCLOCK_SCHED is 2. */
static int64_t took(struct sea_meter_stub *stub)
{
	clockid_t clock = (clockid_t)(~(uint32_t)stub->pid << 3 | 2);
	uint64_t idle = atomic_load_explicit(&stub->idle, memory_order_relaxed);

	return clock_read(clock) - sea_meter_ns(stub->platform, idle);
}

void sea_meter_begin(struct sea_meter *meter, struct sea_meter_stub *stub)
{
	pthread_mutex_lock(&stub->lock);
	if (!stub->first && !stub->shared)
		stub->shared = took(stub); /* how it came to be is nobody's */
	*meter = (struct sea_meter){ .stub = stub, .next = stub->first };
	stub->first = meter;
	pthread_mutex_unlock(&stub->lock);
}

void sea_meter_end(struct sea_meter *meter)
{
	struct sea_meter_stub *stub = meter->stub;
	struct sea_meter **link;

	if (!stub)
		return;
	pthread_mutex_lock(&stub->lock);
	for (link = &stub->first; *link != meter; link = &(*link)->next)
		continue;
	*link = meter->next;
	meter->stub = NULL;
	pthread_mutex_unlock(&stub->lock);
}

/* How far it has come; what goes wrong while it stops or goes is put right the next time. */
static uint64_t came(const struct sea_meter *meter, uint64_t now)
{
	uint64_t since = atomic_load_explicit(&meter->since, memory_order_relaxed);
	uint64_t cycles = atomic_load_explicit(&meter->cycles, memory_order_relaxed);

	cycles += since && now > since ? now - since : 0;
	return cycles > meter->counted ? cycles : meter->counted;
}

static void share_out(struct sea_meter_stub *stub)
{
	int64_t fresh = took(stub) - stub->shared;
	uint64_t now = sea_cycles(), all = 0;

	for (struct sea_meter *m = stub->first; m; m = m->next)
		all += came(m, now) - m->counted;
	if (fresh <= 0 || !all)
		return;
	for (struct sea_meter *m = stub->first; m; m = m->next) {
		uint64_t at = came(m, now);
		double part = (double)(at - m->counted) / (double)all;

		m->counted = at;
		m->ran += (int64_t)((double)fresh * (part < 1 ? part : 1));
	}
	stub->shared += fresh;
}

int64_t sea_meter_read(struct sea_meter *meter)
{
	struct sea_meter_stub *stub = meter->stub;
	int64_t ran;

	if (!stub)
		return meter->ran;
	pthread_mutex_lock(&stub->lock);
	share_out(stub);
	ran = meter->ran;
	pthread_mutex_unlock(&stub->lock);
	return ran;
}
