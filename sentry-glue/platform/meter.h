/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a processor guest code takes. The host has one clock for a stub, exact, of all its
 * threads; no other process may read those of its threads. So what the stub took is shared out
 * among its vcpus in the ratio of the cycles between their going and their stopping: exact where
 * there is one, and in sum always.
 */
#ifndef SEA_SENTRY_PLATFORM_METER_H
#define SEA_SENTRY_PLATFORM_METER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

struct sea_platform;
struct sea_meter;

/* A stub's. */
struct sea_meter_stub {
	pthread_mutex_t lock; /* of all but what is atomic */
	const struct sea_platform *platform;
	pid_t pid;
	int64_t shared;        /* what was shared out, ns                          */
	_Atomic uint64_t idle; /* cycles in which threads of it waited for us, spinning */
	struct sea_meter *first;
};

/* A vcpu's. */
struct sea_meter {
	struct sea_meter *next;
	struct sea_meter_stub *stub; /* NULL: not begun */
	_Atomic uint64_t cycles;     /* that it went, but for */
	_Atomic uint64_t since;      /* ... since then; 0: it stands */
	uint64_t counted;            /* of those, what has had its share */
	int64_t ran;                 /* ns */
};

/* From when on the platform's cycles are compared with its clock. */
void sea_meter_init(struct sea_platform *platform);

void sea_meter_stub_init(struct sea_meter_stub *stub, const struct sea_platform *platform,
			 pid_t pid);
void sea_meter_stub_fini(struct sea_meter_stub *stub);

/* From 0. */
void sea_meter_begin(struct sea_meter *meter, struct sea_meter_stub *stub);
void sea_meter_end(struct sea_meter *meter);
/* ns that the guest's code took since it began; never less than it was. */
int64_t sea_meter_read(struct sea_meter *meter);

/* The time in ns that so many cycles are. */
int64_t sea_meter_ns(const struct sea_platform *platform, uint64_t cycles);

static inline uint64_t sea_cycles(void)
{
	return __builtin_ia32_rdtsc();
}

/* By who runs it. */
static inline void sea_meter_go(struct sea_meter *meter, uint64_t now)
{
	atomic_store_explicit(&meter->since, now, memory_order_relaxed);
}

static inline void sea_meter_stop(struct sea_meter *meter, uint64_t now)
{
	uint64_t since = atomic_load_explicit(&meter->since, memory_order_relaxed);
	uint64_t cycles = atomic_load_explicit(&meter->cycles, memory_order_relaxed);

	atomic_store_explicit(&meter->since, 0, memory_order_relaxed);
	atomic_store_explicit(&meter->cycles, cycles + (now - since), memory_order_relaxed);
}

#endif
