/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generic netlink (NETLINK_GENERIC): families that are known by a name. Each has commands, an own table of attributes,
 * and groups that hear its news; the numbers of families and groups are given as they register, and programs ask `nlctrl`
 * for them.
 *
 *	NETLINK_GENERIC ─ type: which family ─ cmd: which op ─┬─ attributes judged ─┬─ doit ── answers
 *	                     nlctrl: 16                       └─ dump: likewise ────┴─ dump ── pieces
 */
#ifndef SEA_NETLINK_GENL_H
#define SEA_NETLINK_GENL_H

#include <linux/genetlink.h>

#include "netlink/netlink.h"

/* The highest type of an attribute that an op may know. */
#define SEA_GENL_ATTR_MAX 63
#define SEA_GENL_FAMILIES_MAX 16
/* What a dump of an op may remember: the last place is the registry's. */
#define SEA_GENL_DUMP_ARGS (SEA_NL_DUMP_ARGS - 1)

struct sea_genl_family;

/* What a program asked, and its attributes. */
struct sea_genl_req {
	struct sea_nl_req *req;
	const struct sea_genl_family *family;
	uint16_t id; /* of the family */
	uint8_t cmd, version;
	const struct sea_nl_attr *attrs; /* [0 .. max_attr of the op] */
};

struct sea_genl_op {
	uint8_t cmd;
	uint8_t perm; /* GENL_ADMIN_PERM, GENL_UNS_ADMIN_PERM: shown; who may, the consumer says */
	bool liberal; /* attributes as old messages had them (GENL_DONT_VALIDATE_STRICT) */
	bool dump_not_judged; /* a dump's attributes are nobody's (GENL_DONT_VALIDATE_DUMP) */
	bool dump_liberal;    /* GENL_DONT_VALIDATE_DUMP_STRICT */
	bool done_apart;      /* sea_nl_kind's */
	uint16_t max_attr; /* of `policy`, which has one entry more; NULL: no attributes are read */
	const struct sea_nl_policy *policy;
	/* As sea_nl_kind's; NULL: not that way. */
	int (*doit)(struct sea_genl_req *r);
	int (*start)(struct sea_genl_req *r, struct sea_nl_dump *d);
	int (*dump)(struct sea_nl_dump *d, struct sea_nl_out *out);
};

struct sea_genl_family {
	const char *name;    /* less than GENL_NAMSIZ bytes */
	uint8_t version;     /* of its messages */
	uint8_t strict_from; /* commands from this on: no header with bits that mean nothing */
	uint16_t max_attr;   /* that nlctrl tells: of all ops, 0 where each has its own */
	const struct sea_genl_op *ops;
	unsigned n_ops;
	const char *const *groups;
	unsigned n_groups;
};

/* From a module's init; asserts on a second one of the name. The family lives as long as the stack. */
void sea_genl_add(struct sea_stack *stack, const struct sea_genl_family *family);
/* Its number; 0: it is not there. */
uint16_t sea_genl_id(const struct sea_stack *stack, const struct sea_genl_family *family);
/* Of its groups the one at `index`; 0: it is not there. */
unsigned sea_genl_group(const struct sea_stack *stack, const struct sea_genl_family *family,
			unsigned index);

/* Begins a message of the family (build.h): to `port`, of the request `seq`. */
void sea_genl_begin(struct sea_nl_out *out, const struct sea_stack *stack,
		    const struct sea_genl_family *family, uint32_t port, uint32_t seq,
		    uint16_t flags, uint8_t cmd);
/* Likewise an answer, and a piece of a dump. */
static inline void sea_genl_answer(struct sea_nl_out *out, const struct sea_genl_req *r,
				   uint8_t cmd)
{
	sea_genl_begin(out, r->req->stack, r->family, r->req->from_port, r->req->hdr.nlmsg_seq, 0,
		       cmd);
}

static inline void sea_genl_piece(struct sea_nl_out *out, const struct sea_nl_dump *d,
				  const struct sea_genl_family *family, uint8_t cmd)
{
	sea_genl_begin(out, d->stack, family, d->port, d->msg_seq, d->msg_flags, cmd);
}

/* -- the registry, as nlctrl shows it -- */

struct sea_genl_entry {
	const struct sea_genl_family *family;
	uint16_t id;
	uint16_t first_group;
};

/* The families in the order of their numbers; NULL: no more. */
const struct sea_genl_entry *sea_genl_at(const struct sea_stack *stack, unsigned index);
const struct sea_genl_entry *sea_genl_by_id(const struct sea_stack *stack, uint16_t id);
const struct sea_genl_entry *sea_genl_by_name(const struct sea_stack *stack, const char *name);
const struct sea_genl_op *sea_genl_op_of(const struct sea_genl_family *family, uint32_t cmd);

/* nlctrl.c */
extern const struct sea_genl_family sea_genl_nlctrl;

/* nlctrl_policy.c: CTRL_CMD_GETPOLICY. */
int sea_genl_policy_start(struct sea_genl_req *r, struct sea_nl_dump *d);
int sea_genl_policy_dump(struct sea_nl_dump *d, struct sea_nl_out *out);

#endif
