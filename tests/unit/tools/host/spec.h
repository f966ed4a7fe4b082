/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of options' values (route_spec.c, mroute_spec.c) look at them with. */
#ifndef SEA_TESTS_HOST_SPEC_H
#define SEA_TESTS_HOST_SPEC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <seastack/addr.h>

static inline void assert_addr(const struct sea_addr *addr, const char *expected)
{
	char text[SEA_ADDR_TEXT_MAX];

	assert_string_equal(sea_addr_text(addr, text), expected);
}

#endif
