/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the socket API that programs use, by their names. */
#ifndef SEA_TESTS_FUZZ_DIFFER_NAMES_H
#define SEA_TESTS_FUZZ_DIFFER_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct diff_flag {
	int64_t bits;
	const char *name; /* NULL: the end */
};

extern const struct diff_flag diff_msg_flags[], diff_poll_flags[], diff_epoll_flags[];

/* A|B|0x40; 0. */
void diff_print_flags(const struct diff_flag *flags, int64_t value, FILE *out);

struct diff_option {
	int level, name;
	const char *level_text, *name_text;
	int values[4]; /* that are worth setting */
};

extern const struct diff_option diff_options[];
extern const size_t diff_n_options;

/* The fields of struct tcp_info that depend on no clock. */
void diff_print_info(const uint8_t *info, FILE *out);

#endif
