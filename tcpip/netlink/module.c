/* SPDX-License-Identifier: Apache-2.0 */
#include <seastack/modules.h>

#include <errno.h>

#include "core/procfile.h"
#include "netlink/sock.h"

#define PORT_BUCKETS 16u

void sea_nl_add_family(struct sea_stack *stack, const struct sea_nl_family *family)
{
	struct nl_state *nl = sea_nl_state(stack);

	SEA_ASSERT(&stack->env, nl && family->protocol >= 0 && family->protocol < NL_PROTOCOLS_MAX);
	SEA_ASSERT(&stack->env,
		   !nl->families[family->protocol] && family->n_groups <= NL_GROUPS_MAX);
	nl->families[family->protocol] = family;
}

static int init(struct sea_stack *stack, void **state)
{
	struct nl_state *nl = sea_pool_zalloc(&stack->shard.pool, sizeof(*nl));

	if (!nl)
		return -ENOMEM;
	for (unsigned i = 0; i < NL_PROTOCOLS_MAX; i++)
		sea_list_init(&nl->socks[i]);
	nl->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&nl->ports, &stack->shard.pool, PORT_BUCKETS);
	sea_stack_add_sock_family(stack, &sea_nl_sock_family);
	sea_stack_add_proc_files(stack, &sea_nl_proc_files);
	*state = nl;
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	struct nl_state *nl = state;

	sea_htable_fini(&nl->ports);
	sea_pool_free(&stack->shard.pool, nl, sizeof(*nl));
}

const struct sea_module sea_netlink = {
	.name = "netlink",
	.id = SEA_MODULE_NETLINK,
	.init = init,
	.fini = fini,
	.save = sea_nl_save,
	.load = sea_nl_load,
};
