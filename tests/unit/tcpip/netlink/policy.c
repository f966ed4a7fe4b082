/* SPDX-License-Identifier: Apache-2.0 */
#include "netlink/policy.h"

#include <errno.h>

#include <linux/netlink.h>

#include "netlink/build.h"
#include "tests/lib/env.h"

#define A_MAX 12

static const struct sea_nl_policy inner[3] = {
	[1] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MAX, .max = 7 },
	[2] = { .type = SEA_NL_U32 },
};

static const struct sea_nl_policy policy[A_MAX + 1] = {
	[1] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_RANGE, .min = 5, .max = 9 },
	[2] = SEA_NL_TEXT(4),
	[3] = { .type = SEA_NL_NUL_STRING, .len = 4 },
	[4] = SEA_NL_EXACTLY(6),
	[5] = SEA_NL_NEST(inner, 2),
	[6] = { .type = SEA_NL_FLAG },
	[7] = SEA_NL_REFUSED("never"),
	[8] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MASK, .max = 3 },
	[9] = { .type = SEA_NL_S8, .check = SEA_NL_CHECK_MIN, .min = -2 },
	[10] = { .type = SEA_NL_NESTED_ARRAY, .len = 2, .nested = inner },
	[11] = { .type = SEA_NL_U64, .check = SEA_NL_CHECK_MAX, .max = -2 },
	[12] = { .type = SEA_NL_U16, .strict = true },
};

static struct fixture {
	uint8_t bytes[1024] __attribute__((aligned(4)));
	struct sea_nl_out out;
	struct sea_nl_attr tb[A_MAX + 1];
	struct sea_nl_extack extack;
} f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.out = sea_nl_out_of(f.bytes, sizeof(f.bytes));
	sea_nl_begin(&f.out, 0, 0, 0, 0, NULL, 0);
	f.extack.begin = f.bytes;
	return 0;
}

static int parse(unsigned how)
{
	return sea_nl_parse(f.tb, A_MAX, f.bytes + SEA_NL_MSG_HDR, f.out.len - SEA_NL_MSG_HDR,
			    policy, how, &f.extack);
}

/* It is refused, with this sentence and at the first attribute. */
static void refused(unsigned how, int err, const char *msg)
{
	assert_int_equal(parse(how), err);
	assert_string_equal(f.extack.msg, msg);
	assert_int_equal(f.extack.bad_at, SEA_NL_MSG_HDR);
}

#define FAILED "Attribute failed policy validation"

static void values_come_back(void **state)
{
	char text[8];

	(void)state;
	sea_nl_put_u32(&f.out, 1, 7);
	sea_nl_put(&f.out, 2, "abcd", 4);
	sea_nl_put_u64(&f.out, 11, UINT64_MAX - 1);
	assert_int_equal(parse(SEA_NL_STRICT), 0);
	assert_int_equal(sea_nl_u32(&f.tb[1]), 7);
	assert_int_equal(sea_nl_text(&f.tb[2], text, sizeof(text)), 4);
	assert_string_equal(text, "abcd");
	assert_true(sea_nl_u64(&f.tb[11]) == UINT64_MAX - 1);
	assert_null(f.tb[3].value);
	assert_null(f.extack.msg);
}

static void the_last_of_a_type_counts(void **state)
{
	(void)state;
	sea_nl_put_u32(&f.out, 1, 5);
	sea_nl_put_u32(&f.out, 1, 6);
	assert_int_equal(parse(SEA_NL_STRICT), 0);
	assert_int_equal(sea_nl_u32(&f.tb[1]), 6);
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	sea_nl_put_u32(&f.out, 1, 10);
	refused(SEA_NL_LIBERAL, -ERANGE, "integer out of range");
	assert_ptr_equal(f.extack.policy, &policy[1]);
}

static void unsigned_numbers_of_64_bits_are_compared_as_such(void **state)
{
	(void)state;
	sea_nl_put_u64(&f.out, 11, UINT64_MAX);
	refused(SEA_NL_LIBERAL, -ERANGE, "integer out of range");
}

static void signed_numbers_are_compared_as_such(void **state)
{
	(void)state;
	sea_nl_put_u8(&f.out, 9, (uint8_t)-3);
	refused(SEA_NL_LIBERAL, -ERANGE, "integer out of range");
}

static void reserved_bits_are_refused(void **state)
{
	(void)state;
	sea_nl_put_u8(&f.out, 8, 4);
	refused(SEA_NL_LIBERAL, -EINVAL, "reserved bit set");
	assert_null(f.extack.policy);
}

static void numbers_that_are_cut_are_refused(void **state)
{
	(void)state;
	sea_nl_put(&f.out, 1, "\7\0", 2);
	refused(SEA_NL_LIBERAL, -ERANGE, FAILED);
}

static void numbers_that_are_long_pass_unless_strict(void **state)
{
	(void)state;
	sea_nl_put(&f.out, 1, "\7\0\0\0\0", 5);
	assert_int_equal(parse(SEA_NL_DEPRECATED_STRICT), 0);
	refused(SEA_NL_STRICT, -EINVAL, "invalid attribute length");
}

static void new_attributes_are_always_judged_strictly(void **state)
{
	(void)state;
	sea_nl_put(&f.out, 12, "\7\0\0\0\0", 5);
	refused(SEA_NL_LIBERAL, -EINVAL, "invalid attribute length");
}

static void texts_that_are_long_are_refused(void **state)
{
	(void)state;
	sea_nl_put_text(&f.out, 2, "abcde");
	refused(SEA_NL_LIBERAL, -ERANGE, FAILED);
}

static void empty_texts_are_refused(void **state)
{
	(void)state;
	sea_nl_put(&f.out, 2, NULL, 0);
	refused(SEA_NL_LIBERAL, -ERANGE, FAILED);
}

static void texts_without_an_end_are_refused_where_one_must_be(void **state)
{
	(void)state;
	sea_nl_put(&f.out, 3, "abc", 3);
	refused(SEA_NL_LIBERAL, -EINVAL, FAILED);
}

static void binary_of_another_size_is_refused(void **state)
{
	(void)state;
	sea_nl_put(&f.out, 4, "12345", 5);
	refused(SEA_NL_LIBERAL, -ERANGE, "binary attribute size out of range");
}

static void flags_have_no_value(void **state)
{
	(void)state;
	sea_nl_put_u8(&f.out, 6, 1);
	refused(SEA_NL_LIBERAL, -ERANGE, FAILED);
}

static void refused_attributes_say_why(void **state)
{
	(void)state;
	sea_nl_put_u8(&f.out, 7, 1);
	refused(SEA_NL_LIBERAL, -EINVAL, "never");
}

static void unknown_types_pass_unless_strict(void **state)
{
	(void)state;
	sea_nl_put_u8(&f.out, A_MAX + 1, 1);
	assert_int_equal(parse(SEA_NL_LIBERAL), 0);
	refused(SEA_NL_DEPRECATED_STRICT, -EINVAL, "Unknown attribute type");
}

static void nests_are_judged_within(void **state)
{
	uint32_t nest;

	(void)state;
	nest = sea_nl_nest(&f.out, 5 | NLA_F_NESTED);
	sea_nl_put_u8(&f.out, 1, 8);
	sea_nl_nest_end(&f.out, nest);
	assert_int_equal(parse(SEA_NL_STRICT), -ERANGE);
	assert_int_equal(f.extack.bad_at, SEA_NL_MSG_HDR + SEA_NL_ATTR_HDR);
}

static void nests_without_their_mark_are_refused_strictly(void **state)
{
	uint32_t nest;

	(void)state;
	nest = sea_nl_nest(&f.out, 5);
	sea_nl_put_u8(&f.out, 1, 7);
	sea_nl_nest_end(&f.out, nest);
	assert_int_equal(parse(SEA_NL_LIBERAL), 0);
	refused(SEA_NL_STRICT, -EINVAL, "NLA_F_NESTED is missing");
}

static void what_is_no_nest_may_not_be_marked_as_one(void **state)
{
	(void)state;
	sea_nl_put_u32(&f.out, 1 | NLA_F_NESTED, 7);
	refused(SEA_NL_STRICT, -EINVAL, "NLA_F_NESTED not expected");
}

static void each_element_of_an_array_is_judged(void **state)
{
	uint32_t array, element;

	(void)state;
	array = sea_nl_nest(&f.out, 10 | NLA_F_NESTED);
	for (unsigned i = 0; i < 2; i++) {
		element = sea_nl_nest(&f.out, (uint16_t)(77 + i));
		sea_nl_put_u8(&f.out, 1, (uint8_t)(7 + i));
		sea_nl_nest_end(&f.out, element);
	}
	sea_nl_nest_end(&f.out, array);
	assert_int_equal(parse(SEA_NL_LIBERAL), -ERANGE);
	assert_string_equal(f.extack.msg, "integer out of range");
}

static void nests_within_nests_end(void **state)
{
	static struct sea_nl_policy endless[2];
	uint32_t nest[12];

	(void)state;
	endless[1] = (struct sea_nl_policy)SEA_NL_NEST(endless, 1);
	for (unsigned i = 0; i < 12; i++)
		nest[i] = sea_nl_nest(&f.out, 1);
	for (unsigned i = 12; i--;)
		sea_nl_nest_end(&f.out, nest[i]);
	assert_int_equal(sea_nl_parse(NULL, 1, f.bytes + SEA_NL_MSG_HDR, f.out.len - SEA_NL_MSG_HDR,
				      endless, SEA_NL_LIBERAL, &f.extack),
			 -EINVAL);
	assert_string_equal(f.extack.msg, "allowed policy recursion depth exceeded");
}

static void what_follows_is_told_and_refused_strictly(void **state)
{
	(void)state;
	sea_nl_put_u32(&f.out, 1, 7);
	f.out.len += 3;
	assert_int_equal(parse(SEA_NL_LIBERAL), 0);
	assert_string_equal(f.extack.msg, "bytes leftover after parsing attributes");
	assert_int_equal(parse(SEA_NL_DEPRECATED_STRICT), -EINVAL);
}

static void lengths_that_lie_end_the_attributes(void **state)
{
	(void)state;
	sea_nl_put_u32(&f.out, 1, 7);
	f.bytes[SEA_NL_MSG_HDR] = 3; /* less than a header */
	assert_int_equal(parse(SEA_NL_DEPRECATED_STRICT), -EINVAL);
	f.bytes[SEA_NL_MSG_HDR] = 200; /* more than there is */
	assert_int_equal(parse(SEA_NL_DEPRECATED_STRICT), -EINVAL);
	assert_null(f.tb[1].value);
}

static void a_message_that_does_not_fit_is_taken_back_whole(void **state)
{
	uint8_t small[64] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(small, sizeof(small));

	(void)state;
	sea_nl_begin(&out, 0, 0, 1, 0, NULL, 4);
	sea_nl_put_u32(&out, 1, 1);
	assert_true(sea_nl_end(&out));
	assert_int_equal(out.len, 28);
	sea_nl_begin(&out, 0, 0, 1, 0, NULL, 4);
	for (unsigned i = 0; i < 5; i++)
		sea_nl_put_u32(&out, 1, 1);
	assert_null(sea_nl_reserve(&out, 1, UINT16_MAX));
	assert_false(sea_nl_end(&out));
	assert_int_equal(out.len, 28);
}

static void a_nest_that_is_taken_back_leaves_nothing(void **state)
{
	uint32_t len = f.out.len, nest = sea_nl_nest(&f.out, 5);

	(void)state;
	sea_nl_put_u32(&f.out, 1, 1);
	sea_nl_nest_cancel(&f.out, nest);
	assert_int_equal(f.out.len, len);
	assert_true(sea_nl_end(&f.out));
}

static void what_is_missing_is_told(void **state)
{
	(void)state;
	assert_int_equal(sea_nl_missing(&f.extack, 4, "no size"), -EINVAL);
	assert_int_equal(f.extack.miss_type, 4);
	assert_string_equal(f.extack.msg, "no size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(values_come_back, setup),
		cmocka_unit_test_setup(the_last_of_a_type_counts, setup),
		cmocka_unit_test_setup(numbers_out_of_range_are_refused, setup),
		cmocka_unit_test_setup(unsigned_numbers_of_64_bits_are_compared_as_such, setup),
		cmocka_unit_test_setup(signed_numbers_are_compared_as_such, setup),
		cmocka_unit_test_setup(reserved_bits_are_refused, setup),
		cmocka_unit_test_setup(numbers_that_are_cut_are_refused, setup),
		cmocka_unit_test_setup(numbers_that_are_long_pass_unless_strict, setup),
		cmocka_unit_test_setup(new_attributes_are_always_judged_strictly, setup),
		cmocka_unit_test_setup(texts_that_are_long_are_refused, setup),
		cmocka_unit_test_setup(empty_texts_are_refused, setup),
		cmocka_unit_test_setup(texts_without_an_end_are_refused_where_one_must_be, setup),
		cmocka_unit_test_setup(binary_of_another_size_is_refused, setup),
		cmocka_unit_test_setup(flags_have_no_value, setup),
		cmocka_unit_test_setup(refused_attributes_say_why, setup),
		cmocka_unit_test_setup(unknown_types_pass_unless_strict, setup),
		cmocka_unit_test_setup(nests_are_judged_within, setup),
		cmocka_unit_test_setup(nests_without_their_mark_are_refused_strictly, setup),
		cmocka_unit_test_setup(what_is_no_nest_may_not_be_marked_as_one, setup),
		cmocka_unit_test_setup(each_element_of_an_array_is_judged, setup),
		cmocka_unit_test_setup(nests_within_nests_end, setup),
		cmocka_unit_test_setup(what_follows_is_told_and_refused_strictly, setup),
		cmocka_unit_test_setup(lengths_that_lie_end_the_attributes, setup),
		cmocka_unit_test_setup(a_message_that_does_not_fit_is_taken_back_whole, setup),
		cmocka_unit_test_setup(a_nest_that_is_taken_back_leaves_nothing, setup),
		cmocka_unit_test_setup(what_is_missing_is_told, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
