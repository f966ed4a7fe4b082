/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole stack, written out and made again:
 *
 *	header (magic, byte order, version, now)
 *	secrets, counters, sysctls by name, links, handles
 *	modules in the order of their making, each with its sockets
 *	events that were not taken yet
 */
#include <seastack/save.h>
#include <seastack/version.h>

#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "core/save_stack.h"
#include "core/sock.h"
#include "core/stack.h"
#include "core/sysctl.h"

#define MAGIC "SEASTACK"
#define MAGIC_LEN 8
/* Control blocks of packets are written as they lie in memory. */
static const uint32_t byte_order = 0x01020304;

/* -- header -- */

static void save_header(struct sea_saver *to, const struct sea_stack *stack)
{
	sea_save_bytes(to, MAGIC, MAGIC_LEN);
	sea_save_bytes(to, &byte_order, sizeof(byte_order));
	sea_save_text(to, sea_version());
	sea_save_time(to, stack->shard.now);
	sea_save_u64(to, (uint64_t)stack->config.wall_offset_ns);
}

static void load_header(struct sea_loader *from, sea_time *now, int64_t *wall_offset_ns)
{
	char magic[MAGIC_LEN], version[256];
	uint32_t order;

	sea_load_bytes(from, magic, sizeof(magic));
	sea_load_bytes(from, &order, sizeof(order));
	if (from->err)
		return;
	if (memcmp(magic, MAGIC, MAGIC_LEN) != 0 || order != byte_order) {
		sea_load_fail(from, -EINVAL);
		return;
	}
	sea_load_text(from, version);
	*now = sea_load_time(from);
	*wall_offset_ns = (int64_t)sea_load_u64(from);
	if (!from->err && strcmp(version, sea_version()) != 0)
		sea_load_fail(from, -EINVAL);
}

/* -- secrets, counters, sysctls -- */

static void save_secrets(struct sea_saver *to, const struct sea_shard *shard)
{
	sea_save_tag(to, "RAND");
	sea_save_u64(to, shard->secret.key.k0);
	sea_save_u64(to, shard->secret.key.k1);
	sea_save_u64(to, shard->secret.counter);
	for (unsigned i = 0; i < 4; i++)
		sea_save_u64(to, shard->jitter.s[i]);
}

static void load_secrets(struct sea_loader *from, struct sea_shard *shard)
{
	struct sea_secret secret = shard->secret;

	sea_load_tag(from, "RAND");
	secret.key.k0 = sea_load_u64(from);
	secret.key.k1 = sea_load_u64(from);
	secret.counter = sea_load_u64(from);
	for (unsigned i = 0; i < 4; i++)
		shard->jitter.s[i] = sea_load_u64(from);
	if (!from->fresh_secrets && !from->err)
		shard->secret = secret;
}

static void save_counters(struct sea_saver *to, const struct sea_counters *c)
{
	sea_save_tag(to, "CNTR");
	sea_save_u32(to, SEA_MIB_N);
	for (unsigned i = 0; i < SEA_MIB_N; i++)
		sea_save_u64(to, c->mib[i]);
	sea_save_u32(to, SEA_DROP_N);
	for (unsigned i = 0; i < SEA_DROP_N; i++)
		sea_save_u64(to, c->drop[i]);
}

/* The same version has the same counters. */
static void load_counters(struct sea_loader *from, struct sea_counters *c)
{
	sea_load_tag(from, "CNTR");
	if (sea_load_u32(from) != SEA_MIB_N)
		sea_load_fail(from, -EINVAL);
	for (unsigned i = 0; i < SEA_MIB_N; i++)
		c->mib[i] = sea_load_u64(from);
	if (sea_load_u32(from) != SEA_DROP_N)
		sea_load_fail(from, -EINVAL);
	for (unsigned i = 0; i < SEA_DROP_N; i++)
		c->drop[i] = sea_load_u64(from);
}

/* Bits as they are: their text may be long. False: it is none of these. */
static bool save_bits(struct sea_saver *to, const struct sea_stack *stack, const char *name)
{
	size_t size;
	const uint32_t *bits;

	if (!sea_sysctl_bits(stack, name, &bits, &size))
		return false;
	if (bits) {
		sea_save_text(to, name);
		for (size_t i = 0; i < size / sizeof(*bits); i++)
			sea_save_u32(to, bits[i]);
	}
	return true;
}

static bool load_bits(struct sea_loader *from, struct sea_stack *stack, const char *name)
{
	const uint32_t *bits;
	uint32_t *to;
	size_t size;

	if (!sea_sysctl_bits(stack, name, &bits, &size))
		return false;
	to = sea_sysctl_bits_edit(stack, name);
	if (!to)
		sea_load_fail(from, -ENOMEM);
	for (size_t i = 0; to && i < size / sizeof(*bits); i++)
		to[i] = sea_load_u32(from);
	return true;
}

/* Names with values, and an empty name at the end. */
static void save_sysctls(struct sea_saver *to, const struct sea_stack *stack)
{
	char name[SEA_SYSCTL_NAME_MAX] = "", text[256];

	sea_save_tag(to, "SCTL");
	while (sea_sysctl_next(stack, name)) {
		if (sea_sysctl_find(stack, name)->read_only || save_bits(to, stack, name))
			continue;
		if (sea_sysctl_get(stack, name, text, sizeof(text)) < 0)
			continue; /* it was never set */
		sea_save_text(to, name);
		sea_save_text(to, text);
	}
	sea_save_text(to, "");
}

static void load_sysctls(struct sea_loader *from, struct sea_stack *stack)
{
	char name[256], text[256];

	sea_load_tag(from, "SCTL");
	for (;;) {
		sea_load_text(from, name);
		if (from->err || !name[0])
			return;
		if (load_bits(from, stack, name))
			continue;
		sea_load_text(from, text);
		if (!from->err && sea_sysctl_restore(stack, name, text))
			sea_load_fail(from, -EINVAL);
	}
}

/* -- modules -- */

static void save_modules(struct sea_saver *to, struct sea_stack *stack)
{
	sea_save_tag(to, "MODS");
	sea_save_u32(to, stack->n_modules);
	for (unsigned i = 0; i < stack->n_modules; i++) {
		enum sea_module_id id = stack->order[i];

		sea_save_text(to, stack->modules[id]->name);
		if (stack->modules[id]->save)
			stack->modules[id]->save(stack, stack->module_state[id], to);
	}
}

static void load_modules(struct sea_loader *from, struct sea_stack *stack)
{
	sea_load_tag(from, "MODS");
	if (sea_load_u32(from) != stack->n_modules)
		sea_load_fail(from, -EINVAL);
	for (unsigned i = 0; i < stack->n_modules && !from->err; i++) {
		const struct sea_module *m = stack->modules[stack->order[i]];
		char name[256];

		sea_load_text(from, name);
		if (strcmp(name, m->name) != 0)
			sea_load_fail(from, -EINVAL);
		else if (m->load)
			sea_load_fail(from, m->load(stack, stack->module_state[m->id], from));
	}
}

/* -- events -- */

static void save_events(struct sea_saver *to, const struct sea_stack *stack)
{
	struct sea_list *node, *tmp;

	sea_save_tag(to, "EVNT");
	SEA_LIST_EACH(node, tmp, &stack->shard.events)
	sea_save_u64(to, sea_container(node, struct sea_sock, event)->handle.v);
	sea_save_u64(to, 0);
}

static void load_events(struct sea_loader *from, struct sea_stack *stack)
{
	sea_load_tag(from, "EVNT");
	for (;;) {
		sea_socket handle = { sea_load_u64(from) };
		struct sea_sock *sock;

		if (from->err || sea_socket_is_none(handle))
			return;
		sock = sea_sock_get(stack, handle);
		if (!sock) {
			sea_load_fail(from, -EINVAL);
			return;
		}
		sea_list_remove(&sock->event);
		sea_list_push_back(&stack->shard.events, &sock->event);
	}
}

/* -- all of it -- */

int sea_stack_save(struct sea_stack *stack, sea_save_fn *write, void *ctx)
{
	struct sea_saver to = { .write = write, .ctx = ctx };

	sea_stack_enter(stack, stack->shard.now);
	save_header(&to, stack);
	sea_save_links(&to, stack);
	save_secrets(&to, &stack->shard);
	save_counters(&to, &stack->shard.counters);
	save_sysctls(&to, stack);
	sea_save_sock_table(&to, stack);
	save_modules(&to, stack);
	save_events(&to, stack);
	sea_save_tag(&to, "END.");
	sea_stack_leave(stack);
	return to.err;
}

static bool all_claimed(const struct sea_sock_table *t)
{
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].next_free == SEA_SOCK_SLOT_WAITING)
			return false;
	return true;
}

static void load_state(struct sea_loader *from, struct sea_stack *stack, sea_time now)
{
	struct sea_shard *shard = &stack->shard;
	struct sea_secret secret;
	struct sea_jitter jitter;

	sea_load_links(from, stack, now);
	sea_stack_enter(stack, now);
	load_secrets(from, shard);
	secret = shard->secret;
	jitter = shard->jitter;
	load_counters(from, &shard->counters);
	load_sysctls(from, stack);
	sea_load_sock_table(from, stack);
	if (!from->err)
		load_modules(from, stack);
	load_events(from, stack);
	sea_load_tag(from, "END.");
	if (!all_claimed(&shard->socks))
		sea_load_fail(from, -EINVAL);
	/* What was drawn while objects were made again does not count. */
	shard->secret = secret;
	shard->jitter = jitter;
	sea_stack_leave(stack);
}

int sea_stack_load(const struct sea_stack_config *config, const struct sea_env *env,
		   const struct sea_module *const *modules, size_t n, bool fresh_secrets,
		   sea_load_fn *read, void *ctx, struct sea_stack **stack)
{
	struct sea_loader from = { .read = read, .ctx = ctx, .fresh_secrets = fresh_secrets };
	int64_t wall_offset_ns = 0;
	sea_time now = SEA_TIME_ZERO;
	int err;

	*stack = NULL;
	load_header(&from, &now, &wall_offset_ns);
	if (from.err)
		return from.err;
	err = sea_stack_new(config, env, modules, n, stack);
	if (err)
		return err;
	(*stack)->config.wall_offset_ns = wall_offset_ns;
	load_state(&from, *stack, now);
	if (from.err) {
		sea_stack_free(*stack);
		*stack = NULL;
	}
	return from.err;
}
