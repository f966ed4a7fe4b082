/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP module: its state of one stack is made, registered and taken down here. */
#include "transport/tcp/module.h"

#include <errno.h>

#include <seastack/stats.h>

#include "transport/procnet.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"

static int init(struct sea_stack *stack, void **state)
{
	struct sea_secret *secret = &stack->shard.secret;
	struct tcp_state *st = sea_pool_zalloc(&stack->shard.pool, sizeof(*st));

	if (!st)
		return -ENOMEM;
	*state = st;
	st->stack = stack;
	sea_list_init(&st->time_waits);
	sea_tcp_table_init(&st->table, stack);
	sea_tcp_peers_init(&st->peers, stack);
	st->isn_key = sea_secret_key(secret);
	st->ts_key = sea_secret_key(secret);
	sea_tcp_sysctl_init(st);
	sea_stack_add_ip_proto(stack, &sea_tcp_proto);
	sea_stack_add_sock_family(stack, &sea_tcp_family4);
	sea_stack_add_sock_family(stack, &sea_tcp_family6);
	sea_stack_add_proc_files(stack, &sea_tcp_proc_files);
	/* RFC 1213: vanj, and Linux's bounds; no limit on connections. */
	stack->shard.counters.mib[SEA_MIB_TcpRtoAlgorithm] = 1;
	stack->shard.counters.mib[SEA_MIB_TcpRtoMin] = TCP_RTO_MIN_US / 1000;
	stack->shard.counters.mib[SEA_MIB_TcpRtoMax] = TCP_RTO_MAX_US / 1000;
	stack->shard.counters.mib[SEA_MIB_TcpMaxConn] = UINT64_MAX;
	return 0;
}

/* What outlives its socket: orphans, TIME_WAIT. Listeners, and requests with them, are gone. */
static void free_node(struct tcp_node *node)
{
	switch ((enum tcp_kind)node->kind) {
	case TCP_KIND_CONN:
		sea_tcp_conn_free(sea_container(node, struct tcp_conn, node), SEA_DROP_STACK_FREED);
		break;
	case TCP_KIND_REQ:
		sea_tcp_req_free(sea_container(node, struct tcp_req, node));
		break;
	case TCP_KIND_TW:
		sea_tcp_tw_free(sea_container(node, struct tcp_tw, node));
		break;
	}
}

static void fini(struct sea_stack *stack, void *state)
{
	struct tcp_state *st = state;
	struct tcp_walk walk = { 0 };
	struct tcp_node *node;

	while ((node = sea_tcp_flow_walk(&st->table, &walk)))
		free_node(node);
	sea_tcp_table_fini(&st->table);
	sea_tcp_peers_fini(&st->peers);
	sea_pool_free(&stack->shard.pool, st, sizeof(*st));
}

static void memory(const void *state, struct sea_memory *memory)
{
	const struct tcp_state *st = state;

	memory->tcp_orphan = st->n_orphans;
	memory->tcp_tw = st->n_time_wait;
	memory->tcp_alloc = st->n_conns;
	memory->tcp_mem = (size_t)((st->mem.charged + TCP_MEM_PAGE - 1) / TCP_MEM_PAGE);
}

const struct sea_module sea_tcp = {
	.name = "tcp",
	.id = SEA_MODULE_TCP,
	.needs = 1u << SEA_MODULE_IPV4,
	.init = init,
	.fini = fini,
	.save = sea_tcp_save,
	.load = sea_tcp_load,
	.memory = memory,
};
