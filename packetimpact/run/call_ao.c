// SPDX-License-Identifier: Apache-2.0
/* TCP_AO_ADD_KEY, TCP_AO_DEL_KEY and TCP_AO_INFO: {sndid=1, rcvid=2, key="secret", …}, by the names of <linux/tcp.h>. */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "packetimpact/run/call.h"
#include "packetimpact/run/sign.h"
#include "transport/tcp/ao_struct.h"

/* A number of `size` bytes at `at`, or of it the bits of `mask`; or bytes. */
struct field {
	const char *name;
	size_t at, size;
	uint32_t mask;
};

#define NUMBER(type, name)                                                              \
	{                                                                               \
#name, offsetof(struct type, name), sizeof(((struct type *)0)->name), 0 \
	}
#define BITS(type, name, bit)                                            \
	{                                                                \
		name, offsetof(struct type, bits), sizeof(uint32_t), bit \
	}

static const struct field add_fields[] = {
	NUMBER(tcp_ao_add, alg_name),
	NUMBER(tcp_ao_add, key),
	NUMBER(tcp_ao_add, ifindex),
	NUMBER(tcp_ao_add, prefix),
	NUMBER(tcp_ao_add, sndid),
	NUMBER(tcp_ao_add, rcvid),
	NUMBER(tcp_ao_add, maclen),
	NUMBER(tcp_ao_add, keyflags),
	BITS(tcp_ao_add, "set_current", TCP_AO_SET_CURRENT),
	BITS(tcp_ao_add, "set_rnext", TCP_AO_SET_RNEXT),
	{ 0 },
};

static const struct field del_fields[] = {
	NUMBER(tcp_ao_del, ifindex),
	NUMBER(tcp_ao_del, prefix),
	NUMBER(tcp_ao_del, sndid),
	NUMBER(tcp_ao_del, rcvid),
	NUMBER(tcp_ao_del, current_key),
	NUMBER(tcp_ao_del, rnext),
	NUMBER(tcp_ao_del, keyflags),
	BITS(tcp_ao_del, "set_current", TCP_AO_SET_CURRENT),
	BITS(tcp_ao_del, "set_rnext", TCP_AO_SET_RNEXT),
	BITS(tcp_ao_del, "del_async", TCP_AO_DEL_ASYNC),
	{ 0 },
};

static const struct field info_fields[] = {
	NUMBER(tcp_ao_info_opt, current_key),
	NUMBER(tcp_ao_info_opt, rnext),
	NUMBER(tcp_ao_info_opt, pkt_good),
	NUMBER(tcp_ao_info_opt, pkt_bad),
	NUMBER(tcp_ao_info_opt, pkt_key_not_found),
	NUMBER(tcp_ao_info_opt, pkt_ao_required),
	NUMBER(tcp_ao_info_opt, pkt_dropped_icmp),
	BITS(tcp_ao_info_opt, "set_current", TCP_AO_SET_CURRENT),
	BITS(tcp_ao_info_opt, "set_rnext", TCP_AO_SET_RNEXT),
	BITS(tcp_ao_info_opt, "ao_required", TCP_AO_REQUIRED),
	BITS(tcp_ao_info_opt, "set_counters", TCP_AO_SET_COUNTERS),
	BITS(tcp_ao_info_opt, "accept_icmps", TCP_AO_ACCEPT_ICMPS),
	{ 0 },
};

static const struct {
	int64_t option;
	const struct field *fields;
	size_t len;
	bool has_addr; /* and a prefix: both structures begin with the address */
} structs[] = {
	{ TCP_AO_ADD_KEY, add_fields, sizeof(struct tcp_ao_add), true },
	{ TCP_AO_DEL_KEY, del_fields, sizeof(struct tcp_ao_del), true },
	{ TCP_AO_INFO, info_fields, sizeof(struct tcp_ao_info_opt), false },
};

#define STRUCTS (sizeof(structs) / sizeof(structs[0]))

static size_t struct_of(const struct sea_run_call *call)
{
	size_t i = 0;

	while (i < STRUCTS && (uint64_t)structs[i].option != call->args[2].word)
		i++;
	return call->args[1].word == IPPROTO_TCP ? i : STRUCTS;
}

bool sea_run_is_ao(const struct sea_run_call *call, const struct sea_expr *expr)
{
	return expr->kind == SEA_EXPR_GROUP && struct_of(call) < STRUCTS;
}

static const struct field *field_of(struct sea_run *run, const struct field *fields,
				    const struct sea_expr *item)
{
	for (; fields->name && item->kind == SEA_EXPR_FIELD; fields++)
		if (!strcmp(fields->name, item->text.s))
			return fields;
	sea_run_fail(run, item->pos, "the structure has no such field");
	return NULL;
}

/* The machine's order of bytes is that of the structure, whatever a number's size is. */
static void put_number(uint8_t *at, const struct field *f, int64_t value)
{
	uint32_t bits;

	if (f->mask) {
		memcpy(&bits, at + f->at, sizeof(bits));
		bits |= value ? f->mask : 0;
		memcpy(at + f->at, &bits, sizeof(bits));
	} else if (f->size == 1) {
		at[f->at] = (uint8_t)value;
	} else if (f->size == sizeof(int32_t)) {
		memcpy(at + f->at, &(int32_t){ (int32_t)value }, f->size);
	} else {
		memcpy(at + f->at, &value, sizeof(value));
	}
}

static int64_t get_number(const uint8_t *at, const struct field *f)
{
	int64_t wide = 0;
	uint32_t bits = 0;

	if (f->mask) {
		memcpy(&bits, at + f->at, sizeof(bits));
		return (bits & f->mask) != 0;
	}
	if (f->size == 1)
		return at[f->at];
	memcpy(&wide, at + f->at, f->size < sizeof(wide) ? f->size : sizeof(wide));
	return wide;
}

static bool is_text(const struct field *f)
{
	return !strcmp(f->name, "alg_name") || !strcmp(f->name, "key");
}

static bool put_text(struct sea_run *run, uint8_t *at, const struct field *f,
		     const struct sea_expr *value)
{
	if (value->kind != SEA_EXPR_STRING || value->text.len > f->size)
		return sea_run_fail(run, value->pos,
				    "a string of at most %zu bytes is expected here", f->size);
	memcpy(at + f->at, value->text.s, value->text.len);
	if (!strcmp(f->name, "key"))
		at[offsetof(struct tcp_ao_add, keylen)] = (uint8_t)value->text.len;
	return true;
}

static bool put_field(struct sea_run *run, uint8_t *at, const struct field *f,
		      const struct sea_expr *item)
{
	int64_t value;

	if (!f)
		return false;
	if (is_text(f))
		return put_text(run, at, f, item->items[0]);
	if (!sea_run_int(run, item->items[0], &value))
		return false;
	put_number(at, f, value);
	return true;
}

/* ... is the peer alone: its whole address, where no prefix is said. */
static bool put_addr(struct sea_run *run, uint8_t *at, const struct sea_expr *item, int domain,
		     size_t prefix_at)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = 0;

	if (!sea_run_sockaddr(run, item->items[0], true, domain, &addr, &len))
		return false;
	if (item->items[0]->kind == SEA_EXPR_ELLIPSIS) {
		((struct sockaddr_in *)(void *)&addr)->sin_port =
			0; /* both have it at the same place */
		at[prefix_at] = run->config.remote.family == SEA_AF_INET ? 32 : 128;
	}
	memcpy(at, &addr, sizeof(addr));
	return true;
}

bool sea_run_ao_put(struct sea_run *run, const struct sea_run_call *call,
		    const struct sea_expr *group, int domain, uint8_t *memory, size_t room)
{
	uint8_t whole[sizeof(struct tcp_ao_add)] = { 0 };
	size_t n = struct_of(call);
	const struct sea_expr *addr = sea_expr_field(group, "addr");
	size_t prefix_at = structs[n].option == TCP_AO_ADD_KEY
				   ? offsetof(struct tcp_ao_add, prefix)
				   : offsetof(struct tcp_ao_del, prefix);

	if (!sea_run_can_sign(run, group->pos))
		return false;
	if (structs[n].has_addr && addr && !put_addr(run, whole, addr, domain, prefix_at))
		return false;
	for (size_t i = 0; i < group->n_items; i++) {
		const struct sea_expr *item = group->items[i];

		if (item == addr && structs[n].has_addr)
			continue;
		if (!put_field(run, whole, field_of(run, structs[n].fields, item), item))
			return false;
	}
	memcpy(memory, whole, room < structs[n].len ? room : structs[n].len);
	return true;
}

bool sea_run_ao_check(struct sea_run *run, const struct sea_run_call *call,
		      const struct sea_expr *group, const uint8_t *memory, size_t len)
{
	uint8_t whole[sizeof(struct tcp_ao_add)] = { 0 };

	memcpy(whole, memory, len < sizeof(whole) ? len : sizeof(whole));
	for (size_t i = 0; i < group->n_items; i++) {
		const struct sea_expr *item = group->items[i];
		const struct field *f = field_of(run, structs[struct_of(call)].fields, item);
		int64_t expected, got;

		if (!f || !sea_run_int(run, item->items[0], &expected))
			return false;
		got = get_number(whole, f);
		if (got == expected)
			continue;
		sea_run_fail(run, item->pos, "the call left something else than expected");
		sea_run_note(run, "  %s: expected %lld, seen %lld", f->name, (long long)expected,
			     (long long)got);
		return false;
	}
	return true;
}
