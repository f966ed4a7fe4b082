/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of sysctls: found by name over all modules' tables, read and written as text. */
#include "core/sysctl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/qdisc.h"

#define NAME_LEN 16 /* of a SEA_SYSCTL_NAME, with its NUL */
#define INTS_MAX 3
#define BITMAP_BITS 256u

#define CORE_TO(field, lo, hi)                              \
	.name = "net.core." #field, .kind = SEA_SYSCTL_INT, \
	.offset = offsetof(struct sea_core_sysctls, field), .min = (lo), .max = (hi)
#define CORE(field, lo) CORE_TO(field, lo, INT32_MAX)

/* Of the kinds that the stack's modules brought. */
static int check_qdisc(struct sea_stack *stack, const char *text)
{
	const struct sea_qdisc *kind = sea_qdisc_find(stack, text);

	return kind && !kind->ingress ? 0 : -ENOENT;
}

/* The smallest buffers are Linux's: room for one small packet, doubled. */
static const struct sea_sysctl core_entries[] = {
	{ .name = "net.core.default_qdisc",
	  .kind = SEA_SYSCTL_NAME,
	  .offset = offsetof(struct sea_core_sysctls, default_qdisc),
	  .check = check_qdisc },
	{ CORE(netdev_max_backlog, INT32_MIN) },
	{ CORE(optmem_max, 0) },
	{ CORE(rmem_default, 2304) },
	{ CORE(rmem_max, 2304) },
	{ CORE(somaxconn, 0) },
	{ CORE_TO(txrehash, 0, 1) },
	{ CORE(wmem_default, 4608) },
	{ CORE(wmem_max, 4608) },
};

void sea_sysctl_init(struct sea_stack *stack)
{
	stack->sysctl = (struct sea_core_sysctls){
		.rmem_default = 212992,
		.rmem_max = 4194304,
		.wmem_default = 212992,
		.wmem_max = 4194304,
		.somaxconn = 4096,
		.txrehash = 1,
		.optmem_max = 131072,
		.netdev_max_backlog = 1000,
	};
	memcpy(stack->sysctl.default_qdisc, sea_qdisc_pfifo_fast.name,
	       strlen(sea_qdisc_pfifo_fast.name) + 1);
	stack->sysctl_table.entries = core_entries;
	stack->sysctl_table.n = sizeof(core_entries) / sizeof(core_entries[0]);
	stack->sysctl_table.base = &stack->sysctl;
	sea_sysctl_add(stack, &stack->sysctl_table);
}

void sea_sysctl_add(struct sea_stack *stack, struct sea_sysctl_table *table)
{
	for (unsigned i = 1; i < table->n; i++)
		SEA_ASSERT(&stack->env,
			   strcmp(table->entries[i - 1].name, table->entries[i].name) < 0);
	table->next = stack->sysctls;
	stack->sysctls = table;
}

/* The first entry whose name is not before `name` (`after`: is behind it), or `n`. */
static unsigned lower_bound(const struct sea_sysctl *entries, unsigned n, const char *name,
			    bool after)
{
	unsigned lo = 0, hi = n;

	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;
		int order = strcmp(entries[mid].name, name);

		if (order < 0 || (after && order == 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct sea_sysctl *sea_sysctl_among(const struct sea_sysctl *entries, unsigned n,
					  const char *name)
{
	unsigned i = lower_bound(entries, n, name, false);

	return i < n && strcmp(entries[i].name, name) == 0 ? &entries[i] : NULL;
}

const struct sea_sysctl *sea_sysctl_behind(const struct sea_sysctl *entries, unsigned n,
					   const char *name)
{
	unsigned i = lower_bound(entries, n, name, true);

	return i < n ? &entries[i] : NULL;
}

static bool find(const struct sea_stack *stack, const char *name, struct sea_sysctl_at *at)
{
	for (const struct sea_sysctl_table *t = stack->sysctls; t; t = t->next) {
		const struct sea_sysctl *s = sea_sysctl_among(t->entries, t->n, name);

		if (s) {
			*at = (struct sea_sysctl_at){ .entry = s, .base = t->base };
			return true;
		}
	}
	return sea_sysctl_tree_find(stack, name, at);
}

static void *field_of(const struct sea_sysctl_at *at)
{
	return (char *)at->base + at->entry->offset;
}

bool sea_sysctl_next(const struct sea_stack *stack, char name[SEA_SYSCTL_NAME_MAX])
{
	char best[SEA_SYSCTL_NAME_MAX];
	bool found = sea_sysctl_tree_next(stack, name, best);

	for (const struct sea_sysctl_table *t = stack->sysctls; t; t = t->next) {
		const struct sea_sysctl *s = sea_sysctl_behind(t->entries, t->n, name);

		if (s && (!found || strcmp(s->name, best) < 0)) {
			memcpy(best, s->name, strlen(s->name) + 1);
			found = true;
		}
	}
	if (found)
		memcpy(name, best, sizeof(best));
	return found;
}

static unsigned ints_of(const struct sea_sysctl *s)
{
	switch (s->kind) {
	case SEA_SYSCTL_INT2:
	case SEA_SYSCTL_GROUPS:
		return 2;
	case SEA_SYSCTL_INT3:
		return 3;
	case SEA_SYSCTL_NAME:
	case SEA_SYSCTL_BITMAP:
	case SEA_SYSCTL_PORTS:
	case SEA_SYSCTL_SECRET:
	case SEA_SYSCTL_TEXT:
		return 0;
	default:
		return 1;
	}
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT_MAX;
}

static int set_bitmap(uint32_t *map, const char *text)
{
	uint32_t own[BITMAP_BITS / 32] = { 0 };
	int err = sea_bitmap_parse(own, BITMAP_BITS, text);

	if (!err)
		memcpy(map, own, sizeof(own));
	return err;
}

/* -- ports: few stacks reserve any -- */

static int print_ports(uint32_t *const *map, char *text, size_t len)
{
	return sea_bitmap_print(*map, *map ? SEA_SYSCTL_PORTS_N : 0, text, len);
}

static int set_ports(struct sea_stack *stack, uint32_t **map, const char *text)
{
	uint32_t *own = sea_pool_zalloc(&stack->shard.pool, SEA_SYSCTL_PORTS_SIZE);
	int err = own ? sea_bitmap_parse(own, SEA_SYSCTL_PORTS_N, text) : -ENOMEM;

	if (err) {
		sea_pool_free(&stack->shard.pool, own, SEA_SYSCTL_PORTS_SIZE);
		return err;
	}
	sea_sysctl_ports_free(stack, *map);
	*map = own;
	return 0;
}

void sea_sysctl_ports_free(struct sea_stack *stack, uint32_t *map)
{
	sea_pool_free(&stack->shard.pool, map, SEA_SYSCTL_PORTS_SIZE);
}

/* -- secrets -- */

static int print_secret(const struct sea_sysctl_secret *secret, char *text, size_t len)
{
	char all[40] = "";

	if (!secret->set)
		return -EIO;
	for (unsigned i = 0; i < 16; i += 2)
		snprintf(all + i / 2 * 5, 6, i < 14 ? "%02x%02x:" : "%02x%02x", secret->b[i],
			 secret->b[i + 1]);
	return snprintf(text, len, "%s", all);
}

static int set_secret(struct sea_sysctl_secret *secret, const char *text)
{
	struct sea_addr addr;

	if (!sea_addr_parse(text, &addr) || addr.family != SEA_AF_INET6)
		return -EINVAL;
	memcpy(secret->b, addr.b, sizeof(secret->b));
	secret->set = true;
	return 0;
}

int sea_sysctl_get(const struct sea_stack *stack, const char *name, char *text, size_t len)
{
	struct sea_sysctl_at at;
	const struct sea_sysctl *s;
	const int32_t *v;

	if (!find(stack, name, &at))
		return -ENOENT;
	s = at.entry;
	if (s->kind == SEA_SYSCTL_FIXED)
		return snprintf(text, len, "%d", s->min);
	v = field_of(&at);
	if (s->kind == SEA_SYSCTL_UINT)
		return snprintf(text, len, "%u", (unsigned)v[0]);
	switch (ints_of(s)) {
	case 1:
		return snprintf(text, len, "%d", v[0]);
	case 2:
		return snprintf(text, len, "%d\t%d", v[0], v[1]);
	case 3:
		return snprintf(text, len, "%d\t%d\t%d", v[0], v[1], v[2]);
	default:
		if (s->kind == SEA_SYSCTL_BITMAP)
			return sea_bitmap_print(field_of(&at), BITMAP_BITS, text, len);
		if (s->kind == SEA_SYSCTL_PORTS)
			return print_ports(field_of(&at), text, len);
		if (s->kind == SEA_SYSCTL_SECRET)
			return print_secret(field_of(&at), text, len);
		if (s->kind == SEA_SYSCTL_TEXT)
			return s->print(field_of(&at), text, len);
		return snprintf(text, len, "%.*s", NAME_LEN, (const char *)field_of(&at));
	}
}

unsigned sea_sysctl_mode(const struct sea_stack *stack, const char *name)
{
	const struct sea_sysctl *s = sea_sysctl_find(stack, name);
	char c;

	if (!s)
		return 0;
	if (s->secret || s->kind == SEA_SYSCTL_SECRET)
		return 0600;
	if (s->kind == SEA_SYSCTL_TEXT && sea_sysctl_get(stack, name, &c, 1) == -EACCES)
		return 0200;
	return s->read_only ? 0444 : 0644;
}

bool sea_sysctl_parse_number(const char **text, int64_t *value)
{
	const char *at = *text;
	int base = 10;
	int64_t v = 0;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && digit(at[2]) < 16) {
		base = 16;
		at += 2;
	} else if (at[0] == '0') {
		base = 8;
	}
	if (digit(*at) >= base)
		return false;
	for (; digit(*at) < base; at++) {
		v = v * base + digit(*at);
		if (v > UINT32_MAX)
			return false;
	}
	*text = at;
	*value = v;
	return true;
}

/* One integer, with or without a minus, and nothing right behind it; false when there is none or it does not fit. */
static bool parse_int(const char **text, int64_t *value)
{
	bool minus = **text == '-';

	*text += minus;
	if (!sea_sysctl_parse_number(text, value))
		return false;
	if (minus)
		*value = -*value;
	return !**text || is_space(**text);
}

struct range {
	int64_t low, high;
};

static struct range range_of(const struct sea_sysctl *s)
{
	if (s->kind == SEA_SYSCTL_UINT)
		return (struct range){ 0, UINT32_MAX };
	return (struct range){ s->min, s->max };
}

/*
 * As on Linux fewer numbers than the value has leave the rest as they are, and what stands behind the last is not
 * looked at; those in front of a bad one count.
 */
static int parse_ints(const char *text, unsigned n, struct range range, int64_t *v)
{
	for (unsigned i = 0; i < n; i++) {
		int64_t own;

		while (is_space(*text))
			text++;
		if (!*text)
			return i ? 0 : -EINVAL;
		if (!parse_int(&text, &own) || own < range.low || own > range.high)
			return -EINVAL;
		v[i] = own;
	}
	return 0;
}

/* A pair is good or bad as a whole. */
static int agree(enum sea_sysctl_kind kind, int64_t *v, int err)
{
	if (kind == SEA_SYSCTL_INT2 && !err && v[0] > v[1])
		return -EINVAL;
	if (kind == SEA_SYSCTL_GROUPS && v[0] > v[1]) {
		v[0] = 1;
		v[1] = 0;
	}
	return err;
}

static int set_ints(const struct sea_sysctl *s, int32_t *field, const char *text)
{
	int64_t v[INTS_MAX] = { 0 };
	unsigned n = ints_of(s);
	int err;

	for (unsigned i = 0; i < n; i++)
		v[i] = field[i];
	err = agree(s->kind, v, parse_ints(text, n, range_of(s), v));
	if (err && n == 2)
		return err;
	for (unsigned i = 0; i < n; i++)
		field[i] = (int32_t)v[i];
	return err;
}

static int set_name(char *field, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= NAME_LEN)
		return -EINVAL;
	memset(field, 0, NAME_LEN);
	memcpy(field, text, len);
	return 0;
}

const struct sea_sysctl *sea_sysctl_find(const struct sea_stack *stack, const char *name)
{
	struct sea_sysctl_at at;

	return find(stack, name, &at) ? at.entry : NULL;
}

static size_t size_of(const struct sea_sysctl *s)
{
	if (s->kind == SEA_SYSCTL_BITMAP)
		return BITMAP_BITS / 8;
	if (s->kind == SEA_SYSCTL_SECRET)
		return sizeof(struct sea_sysctl_secret);
	if (s->kind == SEA_SYSCTL_PORTS)
		return 0; /* nobody else asks what it was */
	return s->kind == SEA_SYSCTL_NAME ? NAME_LEN : ints_of(s) * sizeof(int32_t);
}

bool sea_sysctl_bits(const struct sea_stack *stack, const char *name, const uint32_t **bits,
		     size_t *size)
{
	struct sea_sysctl_at at;
	bool ports;

	if (!find(stack, name, &at) ||
	    (at.entry->kind != SEA_SYSCTL_PORTS && at.entry->kind != SEA_SYSCTL_BITMAP))
		return false;
	ports = at.entry->kind == SEA_SYSCTL_PORTS;
	*bits = ports ? *(uint32_t **)field_of(&at) : field_of(&at);
	*size = ports ? SEA_SYSCTL_PORTS_SIZE : BITMAP_BITS / 8;
	return true;
}

uint32_t *sea_sysctl_bits_edit(struct sea_stack *stack, const char *name)
{
	struct sea_sysctl_at at;
	uint32_t **map;

	if (!find(stack, name, &at) || at.entry->kind != SEA_SYSCTL_PORTS)
		return at.entry ? field_of(&at) : NULL;
	map = field_of(&at);
	if (!*map)
		*map = sea_pool_zalloc(&stack->shard.pool, SEA_SYSCTL_PORTS_SIZE);
	return *map;
}

/* `changed`: ask its neighbours, and let what follows from a new value follow. */
static int set(struct sea_stack *stack, const struct sea_sysctl_at *at, const char *text,
	       bool changed)
{
	char before[BITMAP_BITS / 8] __attribute__((aligned(8)));
	void *field = field_of(at);
	int err;

	memcpy(before, field, size_of(at->entry));
	if (at->entry->kind == SEA_SYSCTL_NAME)
		err = set_name(field, text);
	else if (at->entry->kind == SEA_SYSCTL_BITMAP)
		err = set_bitmap(field, text);
	else if (at->entry->kind == SEA_SYSCTL_SECRET)
		err = set_secret(field, text);
	else if (at->entry->kind == SEA_SYSCTL_TEXT)
		err = at->entry->parse(field, text);
	else if (at->entry->kind == SEA_SYSCTL_PORTS)
		err = set_ports(stack, field, text);
	else
		err = set_ints(at->entry, field, text);
	if (!err && changed && at->entry->agrees && !at->entry->agrees(at)) {
		memcpy(field, before, size_of(at->entry));
		return -EINVAL;
	}
	if (!err && changed && at->entry->changed &&
	    (at->entry->always || memcmp(before, field, size_of(at->entry)) != 0)) {
		struct sea_sysctl_at now = *at;

		now.before = before;
		at->entry->changed(stack, &now);
	}
	return err;
}

static int apply(struct sea_stack *stack, const char *name, const char *text, bool changed)
{
	struct sea_sysctl_at at;
	int err;

	if (!find(stack, name, &at))
		return -ENOENT;
	if (at.entry->read_only)
		return -EPERM;
	if (at.all && at.entry->kind == SEA_SYSCTL_SECRET)
		return -EIO;
	if (changed && !*text && at.entry->kind != SEA_SYSCTL_SECRET)
		return 0; /* as write(2) of nothing */
	err = at.entry->check ? at.entry->check(stack, text) : 0;
	return err ? err : set(stack, &at, text, changed);
}

int sea_sysctl_apply(struct sea_stack *stack, const char *name, const char *text)
{
	return apply(stack, name, text, true);
}

int sea_sysctl_restore(struct sea_stack *stack, const char *name, const char *text)
{
	return apply(stack, name, text, false);
}

int sea_sysctl_set(struct sea_stack *stack, const char *name, const char *text, sea_time now)
{
	int err;

	sea_stack_enter(stack, now);
	err = sea_sysctl_apply(stack, name, text);
	sea_stack_leave(stack);
	return err;
}
