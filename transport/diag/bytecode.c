/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/diag/bytecode.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define OP ((uint32_t)sizeof(struct inet_diag_bc_op))
#define HOST ((uint32_t)sizeof(struct inet_diag_hostcond))
/* Newer than some headers. */
#define BC_MARK_COND 10
#define BC_S_EQ 11
#define BC_D_EQ 12
#define BC_CGROUP_COND 13

static struct inet_diag_bc_op op_at(const uint8_t *code)
{
	struct inet_diag_bc_op op;

	memcpy(&op, code, sizeof(op));
	return op;
}

/* -- judged -- */

/* Does a jump to `left` bytes before the end lead to an operation? */
static bool lands(const uint8_t *code, uint32_t len, uint32_t left)
{
	for (;;) {
		struct inet_diag_bc_op op;

		if (left >= len)
			return left == len;
		if (len < OP)
			return false;
		op = op_at(code);
		if (op.yes < OP || op.yes & 3 || op.yes > len)
			return false;
		code += op.yes;
		len -= op.yes;
	}
}

/* How long the operation is at least, its condition included; 0: it makes no sense. */
static uint32_t host_len(const uint8_t *code, uint32_t len)
{
	uint32_t addr_len, least = OP + HOST;
	struct inet_diag_hostcond cond;

	if (len < least)
		return 0;
	memcpy(&cond, code + OP, sizeof(cond));
	switch (cond.family) {
	case AF_UNSPEC:
		addr_len = 0;
		break;
	case AF_INET:
		addr_len = 4;
		break;
	case AF_INET6:
		addr_len = 16;
		break;
	default:
		return 0;
	}
	least += addr_len;
	return len < least || cond.prefix_len > 8 * addr_len ? 0 : least;
}

static uint32_t op_len(const uint8_t *code, uint32_t len)
{
	uint32_t least = OP;

	switch (code[0]) {
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		return host_len(code, len);
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
	case BC_S_EQ:
	case BC_D_EQ:
		least += OP;
		break;
	case INET_DIAG_BC_DEV_COND:
		least += 4;
		break;
	case BC_MARK_COND:
	case BC_CGROUP_COND:
		least += 8;
		break;
	case INET_DIAG_BC_AUTO:
	case INET_DIAG_BC_JMP:
	case INET_DIAG_BC_NOP:
		break;
	default:
		return 0;
	}
	return len < least ? 0 : least;
}

int sea_diag_audit(const uint8_t *code, uint32_t len)
{
	const uint8_t *at = code;
	uint32_t left = len;

	if (len < OP)
		return -EINVAL;
	while (left) {
		struct inet_diag_bc_op op;
		uint32_t least = left < OP ? 0 : op_len(at, left);

		if (!least)
			return -EINVAL;
		op = op_at(at);
		if (op.code != INET_DIAG_BC_NOP) {
			if (op.no < least || op.no > left + 4 || op.no & 3)
				return -EINVAL;
			if (op.no < left && !lands(code, len, left - op.no))
				return -EINVAL;
		}
		/* Four bytes behind the end is "not shown": nothing goes there by "yes". */
		if (op.yes < least || op.yes > left || op.yes & 3)
			return -EINVAL;
		at += op.yes;
		left -= op.yes;
	}
	return 0;
}

/* -- run -- */

static bool bits_match(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (bytes && memcmp(a, b, bytes) != 0)
		return false;
	return !rest || !((a[bytes] ^ b[bytes]) & (uint8_t)(0xff00u >> rest));
}

static bool host_matches(const uint8_t *code, const struct sea_diag *e, bool source)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *addr = source ? e->src : e->dst, *wanted = code + OP + HOST;
	struct inet_diag_hostcond cond;

	memcpy(&cond, code + OP, sizeof(cond));
	if (cond.port != -1 && cond.port != (source ? e->sport : e->dport))
		return false;
	if (cond.family && cond.family != e->family) {
		if (e->family != AF_INET6 || cond.family != AF_INET ||
		    memcmp(addr, mapped, sizeof(mapped)) != 0)
			return false;
		addr += sizeof(mapped);
	}
	return !cond.prefix_len || bits_match(addr, wanted, cond.prefix_len);
}

static bool holds(const uint8_t *code, const struct sea_diag *e)
{
	uint32_t v[2] = { 0, 0 };
	uint16_t port = 0;

	/* What is there, as it was judged. */
	switch (code[0]) {
	case INET_DIAG_BC_NOP:
		return true;
	case INET_DIAG_BC_JMP:
		return false;
	case INET_DIAG_BC_AUTO:
		return !e->chose_port;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		return host_matches(code, e, code[0] == INET_DIAG_BC_S_COND);
	case INET_DIAG_BC_DEV_COND:
		memcpy(v, code + OP, 4);
		return v[0] == e->ifindex;
	case BC_MARK_COND:
		memcpy(v, code + OP, 8);
		return (e->mark & v[1]) == v[0];
	case BC_CGROUP_COND: /* nobody is in any */
		memcpy(v, code + OP, 8);
		return !v[0] && !v[1];
	default:
		port = op_at(code + OP).no;
		break;
	}
	switch (code[0]) {
	case BC_S_EQ:
		return e->sport == port;
	case BC_D_EQ:
		return e->dport == port;
	case INET_DIAG_BC_S_GE:
		return e->sport >= port;
	case INET_DIAG_BC_S_LE:
		return e->sport <= port;
	case INET_DIAG_BC_D_GE:
		return e->dport >= port;
	default:
		return e->dport <= port;
	}
}

bool sea_diag_run(const uint8_t *code, uint32_t len, const struct sea_diag *e)
{
	while (len) {
		struct inet_diag_bc_op op = op_at(code);
		uint32_t step = holds(code, e) ? op.yes : op.no;

		if (step > len)
			return false;
		code += step;
		len -= step;
	}
	return true;
}
