/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sysctls: one registry per stack with Linux's names, the only source for get and set. A module
 * describes its values once, in a constant table over fields of its own state.
 */
#ifndef SEA_CORE_SYSCTL_H
#define SEA_CORE_SYSCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stack.h"

enum sea_sysctl_kind {
	SEA_SYSCTL_INT,    /* one int32_t */
	SEA_SYSCTL_UINT,   /* one int32_t, shown and read as the unsigned value of its bits */
	SEA_SYSCTL_INT2,   /* two int32_t, e.g. ip_local_port_range: low must not exceed high */
	SEA_SYSCTL_INT3,   /* three int32_t, e.g. tcp_rmem */
	SEA_SYSCTL_GROUPS, /* two int32_t of group ids; a low above its high is nobody: 1 0 */
	SEA_SYSCTL_NAME,   /* char[16]: a word checked by `check` */
	SEA_SYSCTL_SECRET, /* struct sea_sysctl_secret, written as an IPv6 address */
	SEA_SYSCTL_BITMAP, /* uint32_t[8]: 256 bits, as "0-1,3-127" */
	SEA_SYSCTL_TEXT,   /* what `print` and `parse` make of it */
	SEA_SYSCTL_PORTS,  /* uint32_t *: NULL, or the pool's, a bit a port; as a bitmap */
	SEA_SYSCTL_FIXED,  /* no field: `min` is what is read; read_only */
};

#define SEA_SYSCTL_PORTS_N 65536u
#define SEA_SYSCTL_PORTS_SIZE (SEA_SYSCTL_PORTS_N / 8)

/* -EIO to readers until it was set, and to who writes to the branch "all" of a tree. */
struct sea_sysctl_secret {
	uint8_t b[16];
	uint32_t set;
};

struct sea_sysctl_at;

struct sea_sysctl {
	const char *name; /* "net.ipv4.tcp_syncookies" */
	enum sea_sysctl_kind kind;
	uint16_t offset; /* of the field in the module's state */
	int32_t min, max;
	bool read_only;
	bool secret; /* its file is the owner's alone; as each SEA_SYSCTL_SECRET is */
	bool always; /* `changed` is called for the value that is there, too, but not for one that is restored */
	/* Refuses a value that ranges cannot describe: 0 or -EINVAL. May be NULL. */
	int (*check)(struct sea_stack *stack, const char *text);
	/* The value is another one now: what follows from that. May be NULL. */
	void (*changed)(struct sea_stack *stack, const struct sea_sysctl_at *at);
	/*
	 * Does the value agree with its neighbours at at->base, and with at->link? Else it is not set: -EINVAL. Not asked while
	 * a saved stack comes back, value by value. May be NULL.
	 */
	bool (*agrees)(const struct sea_sysctl_at *at);
	/* SEA_SYSCTL_TEXT: as snprintf(), or -errno; 0, or -EINVAL and nothing has changed. */
	int (*print)(const void *field, char *text, size_t len);
	int (*parse)(void *field, const char *text);
};

/* A value: its description, the state that its offset counts from, and whose it is. */
struct sea_sysctl_at {
	const struct sea_sysctl *entry;
	void *base;
	struct sea_link *link; /* NULL: of no single link */
	bool all;              /* of a tree's branch "all" */
	const void *before;    /* `changed`: what it was */
};

/*
 * Values that each link has, and templates: "net.ipv4.conf.<link>.<entry>", where <link> is also
 * "all" and "default" (what a new link begins with). A dot in a link's name is written '/'.
 */
struct sea_sysctl_tree {
	const char *prefix;               /* "net.ipv4.conf." */
	const struct sea_sysctl *entries; /* named by what stands behind the link; sorted */
	unsigned n;
	void *all, *dflt;                              /* all: NULL where there is none */
	void *(*of_link)(const struct sea_link *link); /* NULL: this link has no such values */
	struct sea_sysctl_tree *next;
};

/* Linux's defaults for net.core.*, and their table, which lives in the stack. */
void sea_sysctl_init(struct sea_stack *stack);

/* sea_sysctl_set() within an entry. */
SEA_MUST_USE int sea_sysctl_apply(struct sea_stack *stack, const char *name, const char *text);
/* The same for a value that was saved: what followed from it was saved, too, and is not done again. */
SEA_MUST_USE int sea_sysctl_restore(struct sea_stack *stack, const char *name, const char *text);
/* The entry of this name, or NULL. */
const struct sea_sysctl *sea_sysctl_find(const struct sea_stack *stack, const char *name);

/* `table` is the module's, filled but for `next`, and must live as long as the stack. */
void sea_sysctl_add(struct sea_stack *stack, struct sea_sysctl_table *table);
void sea_sysctl_add_tree(struct sea_stack *stack, struct sea_sysctl_tree *tree);

/*
 * Of a name that stands for bits (SEA_SYSCTL_BITMAP, _PORTS): true, the bits (NULL: all are 0) and how many bytes they
 * are. To write them, for what was saved: NULL is no memory.
 */
bool sea_sysctl_bits(const struct sea_stack *stack, const char *name, const uint32_t **bits,
		     size_t *size);
uint32_t *sea_sysctl_bits_edit(struct sea_stack *stack, const char *name);
/* Of a SEA_SYSCTL_PORTS; NULL is none. */
void sea_sysctl_ports_free(struct sea_stack *stack, uint32_t *map);

/* -- between sysctl.c, sysctl_bitmap.c and sysctl_tree.c -- */

/* A number without a sign, at most UINT32_MAX, as strtol() reads it with base 0; moves on behind it. */
bool sea_sysctl_parse_number(const char **text, int64_t *value);
/* Ranges, with commas between them; as snprintf(). */
int sea_bitmap_print(const uint32_t *map, unsigned bits, char *text, size_t len);
/* Sets what the text names: 0 or -EINVAL. */
SEA_MUST_USE int sea_bitmap_parse(uint32_t *map, unsigned bits, const char *text);

/* The entry of this name among `n` sorted ones, or NULL. */
const struct sea_sysctl *sea_sysctl_among(const struct sea_sysctl *entries, unsigned n,
					  const char *name);
/* The first entry behind `name`, or NULL. */
const struct sea_sysctl *sea_sysctl_behind(const struct sea_sysctl *entries, unsigned n,
					   const char *name);
bool sea_sysctl_tree_find(const struct sea_stack *stack, const char *name,
			  struct sea_sysctl_at *at);
/* The first name of any tree that is behind `prev`; false: none is. */
bool sea_sysctl_tree_next(const struct sea_stack *stack, const char *prev,
			  char name[SEA_SYSCTL_NAME_MAX]);

#endif
