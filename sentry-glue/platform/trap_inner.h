/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the sentry's side of the platform `trap` share. */
#ifndef SEA_SENTRY_PLATFORM_TRAP_INNER_H
#define SEA_SENTRY_PLATFORM_TRAP_INNER_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "sentry-glue/platform/meter.h"
#include "sentry-glue/platform/trap.h"

#define SEA_TRAP_CPUS_MAX 64

struct sea_trap {
	pthread_mutex_t lock; /* of what follows, and of orders: there is one at a time */
	int exchange, done;
	uint8_t *base; /* our view of the exchange */
	pid_t self;    /* our own number           */
	pid_t first;
	uint8_t slots[SEA_TRAP_SLOTS_MAX], orders[SEA_TRAP_ORDERS_MAX]; /* taken? */
	unsigned int ncpus;
	int cpus[SEA_TRAP_CPUS_MAX];
	struct trap_vcpu *vcpus[SEA_TRAP_SLOTS_MAX]; /* by slot */
	unsigned int highest;                        /* the end of those */
	_Atomic uint64_t sampled;                    /* when, in cycles  */
	atomic_uint running;  /* guest threads that are not known to stand still */
	atomic_uint spinners; /* vcpus that spin */
};

struct trap_stub {
	pid_t pid;
	unsigned int order; /* its number */
	unsigned int vcpus; /* that are somebody's */
	struct trap_vcpu *parked;
	struct sea_meter_stub meter;
};

struct trap_vcpu {
	const struct sea_platform *platform;
	struct sea_trap *trap;
	struct trap_stub *stub;
	struct trap_vcpu *next; /* of those that are parked */
	struct sea_trap_slot *slot;
	unsigned int number; /* of the slot */
	atomic_uint cpu;     /* index in trap->cpus */
	atomic_bool owned;   /* not parked */
	unsigned int busy;   /* how much of the time it runs, of 256 */
	uint32_t frame;      /* where in the slot; 0: it has not stopped yet */
	uint64_t fs_base, gs_base;
	bool bridged;                 /* it has stopped in a bridge, so that there is no frame */
	struct sea_trap_saved saved;  /* ... but this                                     */
	struct user_regs_struct last; /* of the last stop in a bridge                     */
	uint64_t goes_on;             /* where that leads to; 0: there was none           */
	pid_t tid;
	uint32_t xsize; /* of what is in `xstate`, which it begins with */
	uint8_t *xstate;
	atomic_bool kicked;
	/* Of the spinning (trap_spin.c). */
	atomic_bool spins;
	unsigned int quick, patience, missed;
	uint64_t since;           /* the last stop, in cycles                 */
	_Atomic uint64_t watched; /* cycles that we looked and the guest went */
	struct sea_meter meter;
};

static inline struct sea_trap_order *sea_trap_order_at(struct sea_trap *trap, unsigned int i)
{
	return (struct sea_trap_order *)(void *)(trap->base + (uint64_t)i * 4096);
}

static inline struct sea_trap_slot *sea_trap_slot_at(struct sea_trap *trap, unsigned int i)
{
	return (struct sea_trap_slot *)(void *)(trap->base + SEA_TRAP_SLOTS_AT +
						(uint64_t)i * SEA_TRAP_SLOT_SIZE);
}

/* --- orders (trap_order.c); with the lock --- */

struct trap_order {
	enum sea_trap_op op;
	uint64_t nr;
	uint64_t arg[6];
	uint64_t low, high;
};

/* Waits until the mapper of that order page has done it. -ENOMEM: the call failed; -ESRCH: the
 * stub is gone. */
SEA_MUST_USE int sea_trap_order(struct sea_trap *trap, unsigned int page, pid_t pid,
				const struct trap_order *order);
/* Its process ends, and is waited for. */
void sea_trap_stub_end(struct sea_trap *trap, unsigned int page, pid_t pid);
bool sea_trap_dead(pid_t pid);

/* --- cores (trap.c, trap_balance.c) and spinning (trap_spin.c) --- */

/* The calling thread goes to the vcpu's core, or to any but that. */
void sea_trap_settle(const struct trap_vcpu *vcpu);
void sea_trap_elsewhere(const struct trap_vcpu *vcpu);

void sea_trap_pin(pid_t tid, int cpu);
/* Now and then, by whoever comes along: looks whether one is to go to another core. */
void sea_trap_balance(struct sea_trap *trap);

/* Lets the thread go and waits until it stands still again. 0, -ESRCH. */
SEA_MUST_USE int sea_trap_exchange(struct trap_vcpu *vcpu);
void sea_trap_spin_end(struct trap_vcpu *vcpu);

/* --- the exchange with one guest thread (trap_frame.c) --- */

/* Waits until the thread stands still, and finds its frame. 0, -ESRCH. */
SEA_MUST_USE int sea_trap_wait(struct trap_vcpu *vcpu);
void sea_trap_go(struct trap_vcpu *vcpu);
/* What the frame holds, copied once. -ESRCH: it makes no sense. */
SEA_MUST_USE int sea_trap_regs_get(struct trap_vcpu *vcpu, struct user_regs_struct *regs,
				   struct sea_event *event);
/* What it goes on with. 0, -ESRCH. */
SEA_MUST_USE int sea_trap_regs_set(struct trap_vcpu *vcpu, const struct user_regs_struct *regs);
SEA_MUST_USE int sea_trap_xstate_get(struct trap_vcpu *vcpu, void *area, size_t size);
SEA_MUST_USE int sea_trap_xstate_set(struct trap_vcpu *vcpu, const void *area, size_t size);

#endif
