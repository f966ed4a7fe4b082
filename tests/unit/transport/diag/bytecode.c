/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of dumps: which are refused, and what they let through. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "transport/diag/bytecode.h"

#include <cmocka.h>

#define ACCEPT 0xfe /* stand for jumps to the end, and behind it */
#define REJECT 0xff
#define WORDS_MAX 16

struct op {
	uint8_t code, yes, no; /* yes, no: words from its beginning */
	uint16_t port;         /* of those that compare ports */
};

/* NOP, JMP, AUTO: a word; ports: two. */
static uint32_t words_of(const struct op *op)
{
	return op->code <= INET_DIAG_BC_JMP || op->code == INET_DIAG_BC_AUTO ? 1 : 2;
}

static uint32_t assemble(uint8_t code[4 * WORDS_MAX], const struct op *ops, unsigned n)
{
	uint32_t len = 0, at = 0;

	for (unsigned i = 0; i < n; i++)
		len += words_of(&ops[i]) * 4;
	for (unsigned i = 0; i < n; i++) {
		const struct op *op = &ops[i];
		uint32_t end = len - at;
		const struct inet_diag_bc_op words[2] = {
			{ op->code, (uint8_t)(op->yes == ACCEPT ? end : op->yes * 4u),
			  (uint16_t)(op->no == ACCEPT   ? end
				     : op->no == REJECT ? end + 4
							: op->no * 4u) },
			{ 0, 0, op->port },
		};

		memcpy(code + at, words, words_of(op) * 4);
		at += words_of(op) * 4;
	}
	return len;
}

static bool lets_through(const struct op *ops, unsigned n, uint16_t sport, uint16_t dport)
{
	const struct sea_diag e = { .family = AF_INET, .sport = sport, .dport = dport };
	uint8_t code[4 * WORDS_MAX] __attribute__((aligned(4)));
	uint32_t len = assemble(code, ops, n);

	assert_int_equal(sea_diag_audit(code, len), 0);
	return sea_diag_run(code, len, &e);
}

/* sport >= 10 and sport <= 20, or dport = 99 */
static void ports_are_compared_and_joined(void **state)
{
	static const struct op ops[] = {
		{ INET_DIAG_BC_S_GE, 2, 5, 10 },
		{ INET_DIAG_BC_S_LE, 2, 3, 20 },
		{ INET_DIAG_BC_JMP, 1, 3, 0 }, /* both hold: to the end */
		{ 12, 2, REJECT, 99 },
	};

	(void)state;
	assert_true(lets_through(ops, 4, 15, 1));
	assert_true(lets_through(ops, 4, 10, 1));
	assert_true(lets_through(ops, 4, 20, 1));
	assert_false(lets_through(ops, 4, 21, 1));
	assert_false(lets_through(ops, 4, 9, 1));
	assert_true(lets_through(ops, 4, 9, 99));
}

static void a_port_that_was_chosen_is_known(void **state)
{
	static const struct op ops[] = { { INET_DIAG_BC_AUTO, 1, REJECT, 0 } };
	uint8_t code[4 * WORDS_MAX] __attribute__((aligned(4)));
	uint32_t len = assemble(code, ops, 1);
	struct sea_diag e = { .family = AF_INET };

	(void)state;
	assert_int_equal(sea_diag_audit(code, len), 0);
	assert_true(sea_diag_run(code, len, &e));
	e.chose_port = true;
	assert_false(sea_diag_run(code, len, &e));
}

/* -- hosts -- */

static uint32_t host(uint8_t code[40], uint8_t family, uint8_t prefix_len, int port,
		     const uint8_t *addr)
{
	const struct inet_diag_hostcond cond = { .family = family,
						 .prefix_len = prefix_len,
						 .port = port };
	uint32_t len = 12u + (family == AF_INET ? 4u : family == AF_INET6 ? 16u : 0);
	const struct inet_diag_bc_op op = { INET_DIAG_BC_D_COND, (uint8_t)len,
					    (uint16_t)(len + 4) };

	memset(code, 0, 40);
	memcpy(code, &op, sizeof(op));
	memcpy(code + 4, &cond, sizeof(cond));
	if (len > 12)
		memcpy(code + 12, addr, len - 12);
	return len;
}

static void hosts_match_by_prefix_and_ipv4_in_ipv6(void **state)
{
	static const uint8_t ten[4] = { 10, 1, 2, 3 }, other[4] = { 10, 1, 3, 3 };
	struct sea_diag e = { .family = AF_INET, .dport = 80, .dst = { 10, 1, 2, 200 } };
	uint8_t code[40] __attribute__((aligned(4)));
	uint32_t len = host(code, AF_INET, 24, -1, ten);

	(void)state;
	assert_int_equal(sea_diag_audit(code, len), 0);
	assert_true(sea_diag_run(code, len, &e));
	len = host(code, AF_INET, 24, 81, ten);
	assert_false(sea_diag_run(code, len, &e));
	len = host(code, AF_INET, 24, 80, other);
	assert_false(sea_diag_run(code, len, &e));
	len = host(code, AF_INET, 23, 80, other);
	assert_true(sea_diag_run(code, len, &e));
	sea_diag_put_addr(e.dst, AF_INET6, AF_INET, ten);
	e.family = AF_INET6;
	assert_true(sea_diag_run(code, len, &e));
	e.dst[0] = 1;
	assert_false(sea_diag_run(code, len, &e));
	len = host(code, AF_UNSPEC, 0, 80, NULL);
	assert_true(sea_diag_run(code, len, &e));
}

static void a_host_that_makes_no_sense_is_refused(void **state)
{
	static const uint8_t addr[16] = { 1 };
	uint8_t code[40] __attribute__((aligned(4)));
	uint32_t len = host(code, AF_INET, 33, -1, addr);

	(void)state;
	assert_int_equal(sea_diag_audit(code, len), -EINVAL);
	len = host(code, AF_INET6, 128, -1, addr);
	assert_int_equal(sea_diag_audit(code, len), 0);
	assert_int_equal(sea_diag_audit(code, len - 4), -EINVAL);
	code[4] = 77;
	assert_int_equal(sea_diag_audit(code, len), -EINVAL);
}

/* -- what leads nowhere -- */

static void jumps_lead_to_operations_and_forward(void **state)
{
	static const struct {
		struct op ops[3];
		int err;
	} cases[] = {
		{ { { INET_DIAG_BC_S_GE, 2, REJECT, 1 }, { INET_DIAG_BC_S_LE, 2, REJECT, 1 } }, 0 },
		/* into the middle of an operation */
		{ { { INET_DIAG_BC_S_GE, 2, 3, 1 }, { INET_DIAG_BC_S_LE, 2, REJECT, 1 } },
		  -EINVAL },
		/* into its own */
		{ { { INET_DIAG_BC_S_GE, 1, REJECT, 1 }, { INET_DIAG_BC_S_LE, 2, REJECT, 1 } },
		  -EINVAL },
		/* nowhere on */
		{ { { INET_DIAG_BC_S_GE, 0, REJECT, 1 }, { INET_DIAG_BC_S_LE, 2, REJECT, 1 } },
		  -EINVAL },
		/* behind "not shown" */
		{ { { INET_DIAG_BC_S_GE, 2, 9, 1 }, { INET_DIAG_BC_S_LE, 2, REJECT, 1 } },
		  -EINVAL },
		/* "yes" is no way to "not shown" */
		{ { { INET_DIAG_BC_S_GE, 2, REJECT, 1 }, { INET_DIAG_BC_S_LE, 3, REJECT, 1 } },
		  -EINVAL },
		{ { { 14, 2, REJECT, 1 }, { INET_DIAG_BC_S_LE, 2, REJECT, 1 } }, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t code[4 * WORDS_MAX] __attribute__((aligned(4)));
		uint32_t len = assemble(code, cases[i].ops, 2);

		assert_int_equal(sea_diag_audit(code, len), cases[i].err);
		assert_int_equal(sea_diag_audit(code, 3), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_compared_and_joined),
		cmocka_unit_test(a_port_that_was_chosen_is_known),
		cmocka_unit_test(hosts_match_by_prefix_and_ipv4_in_ipv6),
		cmocka_unit_test(a_host_that_makes_no_sense_is_refused),
		cmocka_unit_test(jumps_lead_to_operations_and_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
