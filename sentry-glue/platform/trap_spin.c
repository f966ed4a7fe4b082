/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to spin. A hand-over between sleepers costs two context switches, and more where they are on
 * different cores; one between spinners, each on a core of its own, costs nothing to speak of. So a
 * vcpu whose stops follow each other quickly, while there are cores that nobody of the sandbox
 * uses, moves its sentry's side to another core, and both look for a while before they sleep. When
 * that look is in vain too often it moves back, and waits longer before it tries again.
 */
#include <stdbool.h>

#include "sentry-glue/platform/trap_inner.h"

#define LOOKS 1000u     /* of a few tens of cycles each: some 20 us                   */
#define QUICK 100000u   /* cycles: a round that took less is one that would have hit  */
#define FIRST 64u       /* so many quick rounds in a row begin it, the first time     */
#define LAST (1u << 16) /* ... and at most                                            */
#define MISS 8u         /* what a look in vain counts; one that was not takes back 1 */
#define ENOUGH (16u * MISS)

/* Whether there is a core more for each that spins, beside those that others use. */
static bool room(struct sea_trap *trap, unsigned int spinners)
{
	unsigned int running = atomic_load(&trap->running);

	return 2 * spinners + (running > spinners ? running - spinners : 0) <= trap->ncpus;
}

static void begin(struct trap_vcpu *vcpu)
{
	struct sea_trap *trap = vcpu->trap;

	if (!room(trap, atomic_fetch_add(&trap->spinners, 1) + 1)) {
		atomic_fetch_sub(&trap->spinners, 1);
		return;
	}
	vcpu->spins = true;
	vcpu->missed = 0;
	vcpu->slot->spin = LOOKS;
	sea_trap_elsewhere(vcpu);
}

void sea_trap_spin_end(struct trap_vcpu *vcpu)
{
	if (!vcpu->spins)
		return;
	atomic_fetch_sub(&vcpu->trap->spinners, 1);
	vcpu->spins = false;
	vcpu->quick = 0;
	vcpu->patience = vcpu->patience < LAST ? 4 * vcpu->patience : LAST;
	vcpu->slot->spin = 0;
	sea_trap_settle(vcpu);
}

/* What a wait without a look says: whether one would have been worth it. */
static void learn(struct trap_vcpu *vcpu, uint64_t took)
{
	if (!vcpu->patience)
		vcpu->patience = FIRST;
	vcpu->quick = took < QUICK ? vcpu->quick + 1 : 0;
	if (vcpu->quick >= vcpu->patience) {
		vcpu->quick = 0;
		begin(vcpu);
	}
}

static bool look(const struct trap_vcpu *vcpu)
{
	for (unsigned int i = 0; i < LOOKS; i++) {
		if (atomic_load_explicit(&vcpu->slot->state, memory_order_acquire) !=
		    SEA_TRAP_RUNNING)
			return true;
		__builtin_ia32_pause();
	}
	return false;
}

/* While both sides look, one of them does nothing: that is no time of the guest's. */
static void count_idle(struct trap_vcpu *vcpu, uint64_t from)
{
	uint64_t idle = from - vcpu->since;

	atomic_fetch_add_explicit(&vcpu->stub->meter.idle, idle < QUICK ? idle : QUICK,
				  memory_order_relaxed);
}

static void count_watched(struct trap_vcpu *vcpu, uint64_t cycles)
{
	uint64_t watched = atomic_load_explicit(&vcpu->watched, memory_order_relaxed);

	atomic_store_explicit(&vcpu->watched, watched + cycles, memory_order_relaxed);
}

/* One wait with a look before it; what it says is noted. */
static int wait_spinning(struct trap_vcpu *vcpu, uint64_t from)
{
	struct sea_trap *trap = vcpu->trap;
	bool found = look(vcpu);

	count_watched(vcpu, sea_cycles() - from);
	if (found && room(trap, atomic_load(&trap->spinners)))
		vcpu->missed -= vcpu->missed > 0;
	else
		vcpu->missed += MISS;
	return sea_trap_wait(vcpu);
}

int sea_trap_exchange(struct trap_vcpu *vcpu)
{
	struct sea_trap *trap = vcpu->trap;
	uint64_t since = vcpu->since, from;
	bool spins = vcpu->spins;
	int err;

	sea_trap_balance(trap);
	if (!spins)
		sea_trap_settle(vcpu);
	atomic_fetch_add(&trap->running, 1);
	from = sea_cycles();
	if (spins)
		count_idle(vcpu, from);
	sea_meter_go(&vcpu->meter, from);
	sea_trap_go(vcpu);
	err = spins ? wait_spinning(vcpu, from) : sea_trap_wait(vcpu);
	vcpu->since = sea_cycles();
	sea_meter_stop(&vcpu->meter, vcpu->since);
	atomic_fetch_sub(&trap->running, 1);
	if (spins && vcpu->missed > ENOUGH)
		sea_trap_spin_end(vcpu);
	else if (!spins && trap->ncpus > 1)
		learn(vcpu, vcpu->since - since);
	return err;
}
