/* SPDX-License-Identifier: Apache-2.0 */
/* The stack: made of modules, entered, advanced, ended. */
#include "core/stack.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/link.h"
#include "core/sock.h"
#include "core/sysctl.h"

/* What one advance does at most, so that an entry stays short; the deadline tells what is left. */
#define TIMER_BUDGET 512 /* each may send: half of a link's usual queue (txqueuelen 1000) */
#define WORK_BUDGET 256
#define INPUT_BUDGET 256
#define PUMP_BUDGET 16

/* -- making -- */

static bool env_complete(const struct sea_env *env)
{
	return env && env->size >= sizeof(*env) && env->alloc && env->free && env->secret &&
	       env->panic;
}

static int take_config(struct sea_stack *stack, const struct sea_stack_config *config)
{
	static const struct sea_stack_config defaults = SEA_STACK_CONFIG_INIT;

	if (!config)
		config = &defaults;
	if (config->size != sizeof(*config))
		return -EINVAL;
	stack->config = *config;
	if (stack->config.cache_max == SEA_CACHE_DEFAULT)
		stack->config.cache_max = 8u << 20;
	if (!stack->config.sockets_max)
		stack->config.sockets_max = 1u << 20;
	return 0;
}

static int shard_init(struct sea_stack *stack)
{
	struct sea_shard *shard = &stack->shard;

	sea_pool_init(&shard->pool, &stack->env, stack->config.held_max, stack->config.cache_max);
	sea_timerq_init(&shard->timers, &stack->env);
	sea_jitter_init(&shard->jitter, stack->env.seed);
	shard->socks.max = stack->config.sockets_max;
	shard->socks.free_head = UINT32_MAX;
	sea_list_init(&shard->events);
	sea_list_init(&shard->link_events);
	sea_list_init(&shard->work);
	sea_list_init(&shard->tx_links);
	sea_list_init(&shard->pump_links);
	sea_list_init(&shard->rx_links);
	return sea_secret_init(&shard->secret, &stack->env);
}

static int list_modules(struct sea_stack *stack, const struct sea_module *const *modules, size_t n)
{
	uint32_t have = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sea_module *m = modules[i];

		if (!m || m->id >= SEA_MODULE_N || stack->modules[m->id])
			return -EINVAL;
		stack->modules[m->id] = m;
		have |= 1u << m->id;
	}
	for (size_t i = 0; i < n; i++)
		if (modules[i]->needs & ~have)
			return -EINVAL;
	return 0;
}

/* Module ids are in an order in which each comes after what it needs. */
static int init_modules(struct sea_stack *stack)
{
	for (unsigned id = 0; id < SEA_MODULE_N; id++) {
		const struct sea_module *m = stack->modules[id];
		int err;

		if (!m)
			continue;
		err = m->init(stack, &stack->module_state[id]);
		if (err)
			return err;
		stack->order[stack->n_modules++] = (enum sea_module_id)id;
	}
	return 0;
}

static int make_loopback(struct sea_stack *stack)
{
	const struct sea_link_config config = {
		.size = sizeof(config),
		.name = "lo",
		.type = SEA_LINK_LOOPBACK,
		.mtu = SEA_LINK_MTU_LOOPBACK,
		.features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 |
			    SEA_LINK_F_RX_TRUSTED,
	};
	int err = sea_link_add(stack, &config, &stack->loopback, SEA_TIME_ZERO);

	return err ? err : sea_link_set_up(stack->loopback, true, SEA_TIME_ZERO);
}

int sea_stack_new(const struct sea_stack_config *config, const struct sea_env *env,
		  const struct sea_module *const *modules, size_t n, struct sea_stack **out)
{
	struct sea_stack *stack;
	int err;

	*out = NULL;
	if (!env_complete(env))
		return -EINVAL;
	stack = env->alloc(env->ctx, sizeof(*stack), 64);
	if (!stack)
		return -ENOMEM;
	memset(stack, 0, sizeof(*stack));
	stack->env = *env;
	sea_list_init(&stack->links);
	sea_list_init(&stack->udp_ports);
	stack->next_ifindex = 1;
	stack->route_gen = 1;
	err = take_config(stack, config);
	if (err) {
		env->free(env->ctx, stack, sizeof(*stack), 64);
		return err;
	}
	stack->csum = sea_csum_avx2_usable() && !stack->config.scalar_only ? sea_csum_avx2
									   : sea_csum_scalar;
	sea_sysctl_init(stack);
	sea_stack_add_proc_files(stack, &sea_core_proc_files);
	err = shard_init(stack);
	if (!err)
		err = list_modules(stack, modules, n);
	if (!err)
		err = init_modules(stack);
	if (!err)
		err = make_loopback(stack);
	if (err) {
		sea_stack_free(stack);
		return err;
	}
	*out = stack;
	return 0;
}

/* -- ending -- */

static void destroy_sockets(struct sea_stack *stack)
{
	struct sea_sock_table *t = &stack->shard.socks;

	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].sock)
			t->slots[i].sock->ops->destroy(t->slots[i].sock);
}

static void delete_links(struct sea_stack *stack)
{
	struct sea_list *node;

	stack->shard.entered = false;
	while ((node = sea_list_last(&stack->links)))
		sea_link_del(sea_container(node, struct sea_link, node), stack->shard.now);
	stack->shard.entered = true;
}

void sea_stack_free(struct sea_stack *stack)
{
	struct sea_shard *shard = &stack->shard;
	struct sea_env env = stack->env;

	sea_stack_enter(stack, shard->now);
	destroy_sockets(stack);
	delete_links(stack);
	while (stack->n_modules) {
		enum sea_module_id id = stack->order[--stack->n_modules];

		if (stack->modules[id]->fini)
			stack->modules[id]->fini(stack, stack->module_state[id]);
	}
	if (shard->socks.owners)
		sea_pool_free(&shard->pool, shard->socks.owners,
			      sizeof(*shard->socks.owners) * shard->socks.n_slots);
	sea_pool_free(&shard->pool, shard->socks.slots,
		      sizeof(*shard->socks.slots) * shard->socks.n_slots);
	sea_pool_fini(&shard->pool);
	memset(&shard->secret, 0, sizeof(shard->secret));
	env.free(env.ctx, stack, sizeof(*stack), 64);
}

/* -- registration -- */

void sea_stack_add_net_proto(struct sea_stack *stack, const struct sea_net_proto *proto)
{
	unsigned i = 0;

	while (i < SEA_NET_PROTOS_MAX && stack->net_protos[i]) {
		SEA_ASSERT(&stack->env, stack->net_protos[i]->ethertype != proto->ethertype);
		i++;
	}
	SEA_ASSERT(&stack->env, i < SEA_NET_PROTOS_MAX);
	stack->net_protos[i] = proto;
}

void sea_stack_add_sock_family(struct sea_stack *stack, const struct sea_sock_family *family)
{
	unsigned i = 0;

	while (i < SEA_SOCK_FAMILIES_MAX && stack->sock_families[i])
		i++;
	SEA_ASSERT(&stack->env, i < SEA_SOCK_FAMILIES_MAX);
	stack->sock_families[i] = family;
}

void sea_stack_add_link_observer(struct sea_stack *stack, const struct sea_link_observer *ops)
{
	unsigned i = 0;

	while (i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i])
		i++;
	SEA_ASSERT(&stack->env, i < SEA_LINK_OBSERVERS_MAX);
	stack->link_observers[i] = ops;
}

/* -- running -- */

void sea_stack_enter(struct sea_stack *stack, sea_time now)
{
	struct sea_shard *shard = &stack->shard;

	SEA_ASSERT(&stack->env, !shard->entered);
	shard->entered = true;
	if (sea_time_before(now, shard->now))
		sea_stack_count(stack, SEA_MIB_SeaClockBackwards);
	else
		shard->now = now;
}

void sea_stack_defer(struct sea_stack *stack, struct sea_work *work)
{
	if (!sea_list_linked(&work->node))
		sea_list_push_back(&stack->shard.work, &work->node);
}

/* Work that runs may defer itself again: the budget ends the round. */
static void run_work(struct sea_stack *stack)
{
	struct sea_list *node;

	for (unsigned i = 0; i < WORK_BUDGET; i++) {
		struct sea_work *work;

		node = sea_list_first(&stack->shard.work);
		if (!node)
			return;
		sea_list_remove(node);
		work = sea_container(node, struct sea_work, node);
		work->run(stack, work);
	}
}

static void run_input(struct sea_stack *stack)
{
	struct sea_shard *shard = &stack->shard;
	struct sea_list *node;
	unsigned budget = INPUT_BUDGET;

	while (budget && (node = sea_list_first(&shard->rx_links))) {
		struct sea_link *link = sea_container(node, struct sea_link, rx_node);
		struct sea_pktq batch;

		sea_pktq_init(&batch);
		while (budget && link->input.head) {
			sea_pktq_push(&batch, sea_pktq_pop(&link->input));
			budget--;
		}
		sea_list_remove(node);
		if (link->input.head)
			sea_list_push_back(&shard->rx_links, node);
		sea_link_receive_wire(link, &batch);
	}
}

static void run_pumps(struct sea_stack *stack)
{
	struct sea_list *node;

	for (unsigned i = 0; i < PUMP_BUDGET; i++) {
		struct sea_link *link;

		node = sea_list_first(&stack->shard.pump_links);
		if (!node)
			return;
		link = sea_container(node, struct sea_link, tx_node);
		sea_list_remove(node);
		sea_list_push_back(&stack->shard.pump_links, node);
		link->pump(link, stack->shard.now);
	}
}

void sea_stack_advance(struct sea_stack *stack, sea_time now)
{
	sea_stack_enter(stack, now);
	sea_timerq_run(&stack->shard.timers, stack->shard.now, TIMER_BUDGET);
	run_input(stack);
	run_work(stack);
	run_pumps(stack);
	sea_stack_leave(stack);
}

sea_time sea_stack_deadline(struct sea_stack *stack)
{
	struct sea_shard *shard = &stack->shard;

	if (!sea_list_empty(&shard->work) || !sea_list_empty(&shard->rx_links) ||
	    !sea_list_empty(&shard->pump_links))
		return shard->now;
	return sea_timerq_deadline(&shard->timers);
}

sea_time sea_stack_now(const struct sea_stack *stack)
{
	return stack->shard.now;
}

void sea_stack_log(struct sea_stack *stack, enum sea_log_level level, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (!stack->env.log)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	stack->env.log(stack->env.ctx, level, text);
}
