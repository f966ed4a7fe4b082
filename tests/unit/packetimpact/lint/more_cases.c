/* SPDX-License-Identifier: Apache-2.0 */
/* Windows, retransmissions, SACK, timestamps, ECN. */
#include "tests/unit/packetimpact/lint/cases.h"

#define CASE(rule, breaks, near_miss)              \
	{                                          \
		SEA_LINT_##rule, breaks, near_miss \
	}

/* A reader that closes its window of 1000 bytes. */
#define CLOSED PLAIN "30 > . 1:1000 1 100\n40 < . 1:0 1001 0\n"
/* Two segments with a hole before the second. */
#define HOLE SACKS "30 > . 1:100 1 100\n31 > . 101:100 1 100\n32 > . 201:100 1 100\n"

const struct lint_case lint_more_cases[] = {
	CASE(beyond_window, PLAIN "30 > . 1:1001 1 100\n90 < . 1:0 1 1000\n",
	     PLAIN "30 > . 1:1000 1 100\n40 < . 1:0 1001 1000\n"),
	CASE(beyond_window, CLOSED "50 > . 1001:2 1 100\n90 < . 1:0 1001 0\n",
	     /* a byte that asks */
	     CLOSED "50 > . 1001:1 1 100\n90 < . 1:0 1001 0\n"),
	CASE(beyond_window, PLAIN "30 > . 1:1001 1 100\n90 < . 1:0 1 1000\n",
	     /* the capture lacked the offer, or has it late */
	     PLAIN "30 > . 1:1001 1 100\n90 < . 1:0 1002 1000\n"),
	CASE(window_shrunk, PLAIN "30 < . 1:0 1 500\n60 < . 1:0 1 500\n",
	     PLAIN "30 < . 1:0 1 500\n60 < . 1:0 1 1000\n70 > . 1:500 1 100\n80 < . 1:0 501 500\n"),
	CASE(window_not_probed,
	     CLOSED "12000 < . 1:0 1001 1000\n12001 > . 1001:500 1 100\n12002 < . 1:0 1501 1000\n",
	     CLOSED
	     "400 > . 1000:0 1 100\n401 < . 1:0 1001 0\n8000 > . 1000:0 1 100\n8001 < . 1:0 1001 0\n"
	     "12000 < . 1:0 1001 1000\n12001 > . 1001:500 1 100\n12002 < . 1:0 1501 1000\n"),
	CASE(other_bytes, PLAIN "30 > . 1:100 1 100\n300 > . 1:100 1 100 fill=x\n",
	     PLAIN "30 > . 1:100 1 100\n300 > . 51:50 1 100\n310 < . 1:0 101 1000\n"
		   /* a keepalive's byte is none */
		   "400 > . 100:1 1 100 fill=x\n"),
	CASE(needless_retransmission,
	     FULL "1490 > . 1:100 1 512 ts=1490/900\n1510 < . 1:0 101 512 ts=2400/1490\n"
		  "2600 > . 101:100 1 512 ts=2600/2400\n2610 < . 1:0 201 512 ts=3500/2600\n"
		  "3000 > . 1:100 1 512 ts=3000/3500\n",
	     /* it may not have seen that */
	     FULL "1490 > . 1:100 1 512 ts=1490/900\n1510 < . 1:0 101 512 ts=2400/1490\n"
		  "2600 > . 101:100 1 512 ts=2600/900\n2610 < . 1:0 201 512 ts=3500/2600\n"
		  "3000 > . 1:100 1 512 ts=3000/900\n"),
	CASE(missing_retransmission,
	     PLAIN
	     "30 > . 1:100 1 100\n40 < . 1:9 1 1000\n50 > . 101:0 10 100\n5000 < . 10:0 1 1000\n",
	     PLAIN
	     "30 > . 1:100 1 100\n300 > . 1:100 1 100\n900 > . 1:100 1 100\n2500 < . 1:0 101 1000\n9000 < . 1:0 101 1000\n"),
	/* at the end of the capture, by another flow's frames; not where the window is closed */
	CASE(missing_retransmission, PLAIN "30 > . 1:100 1 100\n8000 > 0 0:9 - 0 udp\n",
	     PLAIN
	     "30 > . 1:100 1 100\n40 < . 1:0 1 0\n41 < . 1:0 1 1000\n50 < . 1:0 101 0\n8000 > 0 0:9 - 0 udp\n"),
	CASE(late_ack, PLAIN "30 > . 1:100 1 100\n900 < . 1:0 101 1000\n",
	     PLAIN
	     "30 > . 1:100 1 100\n530 < . 1:0 101 1000\n600 > . 101:100 1 100\n800 > . 101:100 1 100\n1500 < . 1:0 201 1000\n"),
	CASE(sack_not_agreed,
	     PLAIN "30 > . 1:100 1 100\n31 > . 101:100 1 100\n40 < . 1:0 1 1000 sack=101-201\n",
	     HOLE "40 < . 1:0 1 65535 sack=101-201\n"),
	CASE(sack_empty, HOLE "40 < . 1:0 1 65535 sack=201-201\n",
	     HOLE "40 < . 1:0 1 65535 sack=201-202\n"),
	CASE(sack_of_unsent, HOLE "40 < . 1:0 1 65535 sack=201-302\n90 > . 301:100 1 100\n",
	     HOLE "40 < . 1:0 1 65535 sack=201-401\n40.1 > . 301:100 1 100\n"),
	CASE(sack_below_ack, HOLE "40 < . 1:0 101 65535 sack=201-301,1-50\n",
	     /* D-SACK, in the first block (RFC 2883) */
	     HOLE "40 < . 1:0 101 65535 sack=1-50,201-301\n"),
	CASE(sack_overlap, HOLE "40 < . 1:0 1 65535 sack=101-150,201-301,250-280\n",
	     HOLE "40 < . 1:0 1 65535 sack=210-220,201-301\n"),
	CASE(sack_reneged,
	     HOLE "40 < . 1:0 1 65535 sack=101-201\n50 > . 1:100 1 100\n60 < . 1:0 101 65535\n",
	     HOLE "40 < . 1:0 1 65535 sack=101-201\n50 > . 1:100 1 100\n60 < . 1:0 201 65535\n"),
	CASE(ts_missing, FULL "30 > . 1:100 1 512\n",
	     FULL "30 > . 1:100 1 512 ts=130/900\n40 > R. 101:0 1 0\n"),
	CASE(ts_not_agreed, PLAIN "30 > . 1:100 1 100 ts=1/0\n", PLAIN "30 > . 1:100 1 100\n"),
	CASE(ts_goes_back, FULL "30 > . 1:100 1 512 ts=130/900\n40 > . 101:100 1 512 ts=129/900\n",
	     /* an older segment that came later; a retransmission that overtook newer data */
	     FULL
	     "30 > . 101:100 1 512 ts=131/900\n31 > . 1:100 1 512 ts=130/900\n40 > . 1:100 1 512 ts=150/900\n"
	     "41 > . 201:100 1 512 ts=132/900\n"),
	CASE(ts_echo_of_unsent,
	     FULL "30 < . 1:10 1 512 ts=910/500\n90 > . 1:10 11 512 ts=130/910\n",
	     FULL "30 < . 1:10 1 512 ts=910/130\n30.1 > . 1:10 1 512 ts=130/900\n"),
	CASE(ts_echo_of_unsent, FULL "30 < . 1:10 1 512 ts=910/99\n",
	     FULL "30 < . 1:10 1 512 ts=910/100\n"),
	CASE(ecn_not_asked, "0 > S 0:0 - 100\n1 < S.E 0:0 1 100\n",
	     "0 > SEW 0:0 - 100\n1 < S.E 0:0 1 100\n"),
	CASE(ect_not_agreed, PLAIN "30 > . 1:9 1 100 ecn=2\n", ECN "30 > . 1:9 1 100 ecn=2\n"),
	/* Accurate ECN has other rules */
	CASE(ect_not_agreed, "0 > SEW 0:0 - 100\n1 < S. 0:0 1 100\n2 > . 1:5 1 100 ecn=1\n",
	     "0 > SAEW 0:0 - 100\n1 < S.W 0:0 1 100\n2 > .AE 1:5 1 100 ecn=1\n3 > .AE 6:0 1 100 ecn=2\n"),
	/* ... and is granted to who asked for less, as Linux takes it */
	CASE(ect_not_agreed, "0 > SEW 0:0 - 100\n1 < S. 0:0 1 100\n2 > . 1:5 1 100 ecn=2\n",
	     "0 > SEW 0:0 - 100\n1 < S.W 0:0 1 100\n2 > .W 1:0 1 100 ecn=2\n3 > . 1:5 1 100 ecn=2\n"),
	CASE(ect_on_syn, "0 > SEW 0:0 - 100 ecn=2\n", "0 > SEW 0:0 - 100\n"),
	CASE(ect_on_pure_ack, ECN "30 > . 1:0 1 100 ecn=2\n", ECN "30 > . 1:1 1 100 ecn=2\n"),
	CASE(ect_on_retransmission, ECN "30 > . 1:9 1 100 ecn=2\n300 > . 1:9 1 100 ecn=2\n",
	     /* the capture has the same packet twice */
	     ECN
	     "30 > . 1:9 1 100 ecn=2 id=7\n30.01 > . 1:9 1 100 ecn=2 id=7\n300 > . 1:9 1 100\n"),
	CASE(ce_not_echoed, ECN "30 > . 1:9 1 100 ecn=3\n40 < . 1:0 10 65535\n",
	     ECN
	     "30 > . 1:9 1 100 ecn=3\n40 < .E 1:0 10 65535\n50 > .W 10:9 1 100 ecn=3\n60 < . 1:0 19 65535\n"),
	CASE(ece_not_answered,
	     ECN
	     "30 > . 1:9 1 100 ecn=3\n40 < .E 1:0 10 65535\n50 > . 10:9 1 100\n60 < .E 1:0 19 65535\n5000 > . 19:9 1 100\n",
	     ECN
	     "30 > . 1:9 1 100 ecn=3\n40 < .E 1:0 10 65535\n50 > .W 10:9 1 100\n60 < . 1:0 19 65535\n5000 > . 19:9 1 100\n"),
};
const size_t lint_more_cases_n = sizeof(lint_more_cases) / sizeof(lint_more_cases[0]);
