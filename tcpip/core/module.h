/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stack is made of. A module brings protocols, socket types, sysctls; it meets its siblings
 * only through the ops that are registered here. Its state per stack is one object that it gets back
 * from sea_stack_module().
 */
#ifndef SEA_CORE_MODULE_H
#define SEA_CORE_MODULE_H

#include <seastack/modules.h>
#include <seastack/stack.h>

struct sea_memory;
struct sea_saver;
struct sea_loader;

/* Where a module's state stands in the stack: one slot each. */
enum sea_module_id {
	SEA_MODULE_IPV4,
	SEA_MODULE_IPV6,
	SEA_MODULE_PING,
	SEA_MODULE_UDP,
	SEA_MODULE_TCP,
	SEA_MODULE_QDISCS,
	SEA_MODULE_LINK_KINDS,
	SEA_MODULE_NETLINK,
	SEA_MODULE_RTNETLINK,
	SEA_MODULE_SOCK_DIAG,
	SEA_MODULE_GENL,
	SEA_MODULE_TCP_METRICS,
	SEA_MODULE_ETHTOOL,
	SEA_MODULE_N
};

struct sea_module {
	const char *name;
	enum sea_module_id id;
	uint32_t needs; /* bit set of enum sea_module_id that must be there, too */
	/* Makes the module's state and registers its ops; 0 or -errno with nothing left behind. */
	int (*init)(struct sea_stack *stack, void **state);
	/* Called in reverse order of init; all sockets and links are gone by then. NULL: nothing is left of it. */
	void (*fini)(struct sea_stack *stack, void *state);
	/*
	 * Everything long-lived, field by field; load runs on a fresh stack after init, in the order in
	 * which modules were saved. Both NULL: it has nothing of the kind.
	 */
	void (*save)(struct sea_stack *stack, void *state, struct sea_saver *to);
	int (*load)(struct sea_stack *stack, void *state, struct sea_loader *from);
	/* Adds the module's own to what sea_stack_memory() tells; may be NULL. */
	void (*memory)(const void *state, struct sea_memory *memory);
};

#endif
