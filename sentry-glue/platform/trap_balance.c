/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which core a vcpu keeps to. It begins where it sprang from, since those who wait for each other are
 * best on one core: to wake a sleeper on another is dear. Who runs is sampled; a core on which more
 * than one would run all the time gives one away to a core with nothing to do.
 */
#include <pthread.h>

#include "sentry-glue/platform/trap_inner.h"

#define EVERY 8000000ull /* cycles: a few ms                */
#define ALWAYS 256u      /* `busy` of one that always runs  */
#define FULL (ALWAYS * 3 / 2)
#define IDLE (ALWAYS / 3)

static struct trap_vcpu *vcpu_at(struct sea_trap *trap, unsigned int i)
{
	struct trap_vcpu *vcpu = trap->vcpus[i];

	return vcpu && vcpu->owned ? vcpu : NULL;
}

static void sample(struct sea_trap *trap, unsigned int *busy)
{
	for (unsigned int i = 0; i < trap->highest; i++) {
		struct trap_vcpu *vcpu = vcpu_at(trap, i);

		if (!vcpu)
			continue;
		vcpu->busy -= vcpu->busy / 8;
		if (atomic_load(&vcpu->slot->state) == SEA_TRAP_RUNNING)
			vcpu->busy += ALWAYS / 8;
		busy[vcpu->cpu] += vcpu->busy;
	}
}

/* The busiest of those on the core. */
static struct trap_vcpu *choose(struct sea_trap *trap, unsigned int cpu)
{
	struct trap_vcpu *best = NULL;

	for (unsigned int i = 0; i < trap->highest; i++) {
		struct trap_vcpu *vcpu = vcpu_at(trap, i);

		if (vcpu && vcpu->cpu == cpu && !vcpu->spins && (!best || vcpu->busy > best->busy))
			best = vcpu;
	}
	return best;
}

static void balance(struct sea_trap *trap)
{
	unsigned int busy[SEA_TRAP_CPUS_MAX] = { 0 }, most = 0, least = 0;
	struct trap_vcpu *vcpu;

	sample(trap, busy);
	for (unsigned int i = 1; i < trap->ncpus; i++) {
		most = busy[i] > busy[most] ? i : most;
		least = busy[i] < busy[least] ? i : least;
	}
	if (busy[most] < FULL || busy[least] > IDLE)
		return;
	vcpu = choose(trap, most);
	if (vcpu) {
		vcpu->cpu = least; /* its owner follows at its next stop */
		sea_trap_pin(vcpu->tid, trap->cpus[least]);
		sea_trap_pin(vcpu->stub->pid, trap->cpus[least]); /* the mapper */
	}
}

void sea_trap_balance(struct sea_trap *trap)
{
	uint64_t now = __builtin_ia32_rdtsc();

	if (trap->ncpus < 2 || now - atomic_load(&trap->sampled) < EVERY ||
	    atomic_load(&trap->running) < 2 || pthread_mutex_trylock(&trap->lock))
		return;
	atomic_store(&trap->sampled, now);
	balance(trap);
	pthread_mutex_unlock(&trap->lock);
}
