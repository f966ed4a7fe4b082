/* SPDX-License-Identifier: Apache-2.0 */
/* Accurate ECN. Options: ae is E1B CEB E0B, ac E0B CEB E1B. */
#include "tests/unit/packetimpact/lint/cases.h"

#define CASE(rule, breaks, near_miss)              \
	{                                          \
		SEA_LINT_##rule, breaks, near_miss \
	}

/* A datagram's worth, and then one small segment in three seconds. */
#define SLOW                                                                 \
	ACCECN "30 > .AE 1:3000 1 1000 ecn=2\n40 < .AE 1:0 3001 65535\n"     \
	       "3000 > .AE 3001:9 1 1000 ecn=2\n3010 < .AE 1:0 3010 65535\n" \
	       "6000 > .AE 3010:9 1 1000 ecn=2\n6010 < .AE 1:0 3019 65535\n" \
	       "9000 > .AE 3019:9 1 1000 ecn=2\n"
#define DATA ACCECN "30 > .AE 1:9 1 1000 ecn=2\n"
#define MARKED ACCECN "30 > .AE 1:9 1 1000 ecn=3\n"

const struct lint_case lint_accecn_cases[] = {
	CASE(accecn_length, ACCECN "30 > .AE 1:9 1 1000 raw=ae04000001010101\n",
	     ACCECN "30 > .AE 1:9 1 1000 raw=ae05000001010101\n"),
	CASE(accecn_length, ACCECN "30 > .AE 1:9 1 1000 raw=ac0e0000010000000000010000010101\n",
	     ACCECN "30 > .AE 1:9 1 1000 raw=ac0b00000100000000000101\n"),
	CASE(accecn_on_syn, "0 > SAEW 0:0 - 100 raw=ae020101\n",
	     "0 > SAEW 0:0 - 100\n10 < S.W 0:0 1 100 raw=ae020101\n"),
	/* CEB begins with 0 */
	CASE(accecn_begins_with_zero,
	     "0 > SAEW 0:0 - 100\n10 < S.W 0:0 1 100 raw=ae0b00000100000000000001\n",
	     "0 > SAEW 0:0 - 100\n10 < S.W 0:0 1 100 raw=ae0b00000100000000000101\n"),
	CASE(ace_of_synack, "0 > SAEW 0:0 - 100\n10 < S.W 0:0 1 100\n20 > .AE 1:0 1 100\n",
	     /* with data it is a counter, and so is the next bare one */
	     "0 > SAEW 0:0 - 100\n10 < S.W 0:0 1 100\n20 > .AE 1:9 1 100\n"
	     "30 > .AE 10:0 1 100\n"),
	CASE(ace_impossible, DATA "40 < .AEW 1:0 10 65535\n", DATA "40 < .AW 1:0 10 65535\n"),
	CASE(ace_impossible, SLOW "9010 < .A 1:0 3028 65535\n", SLOW "9010 < .AW 1:0 3028 65535\n"),
	/* what may have left before tells nothing; nor is it known what SYNs that differ agreed on */
	CASE(ace_impossible, DATA "40 < .A 1:0 10 65535\n",
	     DATA "40 < .AW 1:0 10 65535\n41 < .AE 1:0 1 65535\n"),
	CASE(ace_impossible, DATA "40 < . 1:0 10 65535\n",
	     "0 > SAEW 0:0 - 1000\n10 < S.W 0:0 1 65535\n900 < S. 0:0 1 65535\n"
	     "910 > . 1:0 1 1000\n920 > . 1:9 1 1000\n930 < . 1:0 10 65535\n"),
	CASE(accecn_bytes_impossible,
	     DATA "40 < .AE 1:0 10 65535 raw=ac0500000a010101\n50 > .AE 10:9 1 1000 ecn=2\n"
		  "60 < .AE 1:0 19 65535 raw=ac05000009010101\n",
	     /* the other order; and it may go round */
	     DATA "40 < .AE 1:0 10 65535 raw=ac05fffffe010101\n50 > .AE 10:9 1 1000 ecn=2\n"
		  "60 < .AE 1:0 19 65535 raw=ae0b00000100000000000701\n"),
	CASE(accecn_bytes_impossible,
	     DATA "40 < .AE 1:0 10 65535 raw=ac0500000a010101\n50 > .AE 10:9 1 1000 ecn=2\n"
		  "60 < .AE 1:0 19 65535 raw=ac05000020010101\n",
	     DATA "40 < .AE 1:0 10 65535 raw=ac0500000a010101\n50 > .AE 10:9 1 1000 ecn=2\n"
		  "60 < .AE 1:0 19 65535 raw=ac05000013010101\n"),
	CASE(accecn_ce_not_told, MARKED "40 < .AE 1:0 10 65535\n",
	     MARKED "40 < .AW 1:0 10 65535\n"),
	/* another one may have come in its place */
	CASE(accecn_ce_not_told, MARKED "40 < .AE 1:0 10 65535\n",
	     MARKED "300 > .AE 1:9 1 1000\n310 < .AE 1:0 10 65535\n"),
};
const size_t lint_accecn_cases_n = sizeof(lint_accecn_cases) / sizeof(lint_accecn_cases[0]);
