/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and memory gauges as the consumer reads them. */
#include <seastack/stats.h>

#include <string.h>

#include "core/abi.h"
#include "core/stack.h"

static const struct {
	const char *name, *group;
} mibs[SEA_MIB_N] = {
#define SEA_MIB(group, name) [SEA_MIB_##group##name] = { #group #name, #group },
#include "core/mib.def"
#undef SEA_MIB
};

bool sea_stack_mib(const struct sea_stack *stack, unsigned i, struct sea_counter *counter)
{
	if (i >= SEA_MIB_N)
		return false;
	*counter = (struct sea_counter){
		.name = mibs[i].name,
		.layer = mibs[i].group,
		.value = stack->shard.counters.mib[i],
	};
	return true;
}

bool sea_stack_drop(const struct sea_stack *stack, unsigned i, struct sea_counter *counter)
{
	if (i >= SEA_DROP_N)
		return false;
	*counter = (struct sea_counter){
		.name = sea_drop_name((enum sea_drop)i),
		.layer = sea_drop_layer((enum sea_drop)i),
		.meaning = sea_drop_meaning((enum sea_drop)i),
		.value = stack->shard.counters.drop[i],
	};
	return true;
}

uint64_t sea_stack_mib_get(const struct sea_stack *stack, const char *name)
{
	for (unsigned i = 0; i < SEA_MIB_N; i++)
		if (strcmp(mibs[i].name, name) == 0)
			return stack->shard.counters.mib[i];
	return 0;
}

void sea_stack_memory(const struct sea_stack *stack, struct sea_memory *memory)
{
	const struct sea_shard *shard = &stack->shard;
	struct sea_memory ours = {
		.held = shard->pool.held,
		.cached = shard->pool.cached,
		.held_max = shard->pool.held_max,
		.pkts = shard->pool.n_pkts,
		.bufs = shard->pool.n_bufs,
		.sockets = shard->socks.n_used,
		.timers = shard->timers.n,
	};

	for (unsigned i = 0; i < stack->n_modules; i++) {
		enum sea_module_id id = stack->order[i];

		if (stack->modules[id]->memory)
			stack->modules[id]->memory(stack->module_state[id], &ours);
	}
	sea_abi_fill(memory, &ours, sizeof(ours));
}
