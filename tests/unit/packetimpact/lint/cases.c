/* SPDX-License-Identifier: Apache-2.0 */
/* Headers, the handshake, sequence numbers. */
#include "tests/unit/packetimpact/lint/cases.h"

#define CASE(rule, breaks, near_miss)              \
	{                                          \
		SEA_LINT_##rule, breaks, near_miss \
	}

const struct lint_case lint_cases[] = {
	CASE(ip_length, "0 > S 0:0 - 100 more=1\n", "0 > S 0:0 - 100\n"),
	CASE(ip_length, "0 > S 0:0 - 100 more=1 v6\n", "0 > S 0:0 - 100 v6\n"),
	CASE(ip_checksum, "0 > S 0:0 - 100 ipsum=bad\n", "0 > S 0:0 - 100\n"),
	CASE(icmp_checksum, "0 > 0 0:9 - 0 icmp sum=bad\n0 > 0 0:9 - 0 icmp v6\n",
	     "0 > 0 0:9 - 0 icmp\n0 > 0 0:9 - 0 icmp v6\n0 > 0 0:9 - 0 icmp sum=bad cut=30\n"),
	CASE(udp_length, "0 > 0 0:9 - 0 udp udplen=18\n", "0 > 0 0:9 - 0 udp udplen=17\n"),
	CASE(udp_length, "0 > 0 0:9 - 0 udp udplen=7\n", "0 > 0 0:9 - 0 udp\n"),
	CASE(udp_checksum, "0 > 0 0:9 - 0 udp sum=bad\n",
	     "0 > 0 0:9 - 0 udp sum=part\n0 > 0 0:9 - 0 udp nosum\n0 > 0 0:9 - 0 udp sum=bad frag\n"),
	CASE(udp_no_checksum, "0 > 0 0:9 - 0 udp nosum v6\n",
	     "0 > 0 0:9 - 4789 udp nosum v6\n0 > 0 0:9 - 0 udp v6\n"),
	CASE(tcp_checksum, "0 > S 0:0 - 100 sum=bad\n",
	     "0 > S 0:0 - 100 sum=part\n1 < S. 0:0 1 100\n2 > . 1:50 1 100 sum=bad cut=70\n"),
	CASE(tcp_offset, "0 > S 0:0 - 100 off=4\n", "0 > S 0:0 - 100 off=5\n"),
	CASE(tcp_offset, "0 > S 0:0 - 100 off=6\n", "0 > S 0:0 - 100 raw=00000000 off=6\n"),
	CASE(tcp_reserved, "0 > S 0:0 - 100 rsv\n", "0 > SAEW 0:0 - 100\n"),
	CASE(tcp_option_length, "0 > S 0:0 - 100 raw=02000000\n", "0 > S 0:0 - 100 raw=020405b4\n"),
	CASE(tcp_option_length, "0 > S 0:0 - 100 raw=fd050000\n", "0 > S 0:0 - 100 raw=fd040000\n"),
	CASE(tcp_option_length, "0 > S 0:0 - 100 raw=02030500\n", "0 > S 0:0 - 100 raw=fd030500\n"),
	CASE(tcp_padding, "0 > S 0:0 - 100 raw=01000001\n", "0 > S 0:0 - 100 raw=01010000\n"),
	CASE(syn_with_fin, "0 > SF 0:0 - 100\n", "0 > S 0:0 - 100\n1 > F. 1:0 1 100\n"),
	CASE(syn_with_rst, "0 > SR 0:0 - 100\n", "0 > S 0:0 - 100\n1 < R. 0:0 1 100\n"),
	CASE(ack_missing, PLAIN "30 > P 1:5 - 100\n", PLAIN "30 > P. 1:5 1 100\n40 > R 6:0 - 0\n"),
	CASE(mss_outside_syn, PLAIN "30 > . 1:0 1 100 mss=1000\n",
	     PLAIN "30 > . 1:0 1 100 raw=fe040102\n"),
	CASE(wscale_outside_syn, PLAIN "30 > . 1:0 1 100 ws=3\n", PLAIN "30 > . 1:0 1 100\n"),
	CASE(sack_perm_outside_syn, PLAIN "30 > . 1:0 1 100 sp\n", SACKS "30 > . 1:0 1 100\n"),
	CASE(wscale_too_large, "0 > S 0:0 - 100 raw=0103030f\n", "0 > S 0:0 - 100 raw=0103030e\n"),
	CASE(wscale_not_asked, "0 > S 0:0 - 100\n9 < S. 0:0 1 100 ws=2\n",
	     "0 > S 0:0 - 100 ws=2\n9 < S. 0:0 1 100 ws=0\n"),
	CASE(ts_not_asked, "0 > S 0:0 - 100\n9 < S. 0:0 1 100 ts=5/1\n",
	     "0 > S 0:0 - 100 ts=1/0\n9 < S. 0:0 1 100 ts=5/1\n"),
	CASE(synack_wrong_ack, "0 > S 0:0 - 100\n9 < S. 0:0 2 100\n",
	     "0 > S 0:0 - 100\n9 < S. 0:0 1 100\n"),
	/* fast open: some of the text may be taken (RFC 7413) */
	CASE(synack_wrong_ack, "0 > S 0:10 - 100\n9 < S. 0:0 12 100\n",
	     "0 > S 0:10 - 100\n9 < S. 0:0 11 100\n"),
	CASE(synack_wrong_ack, "0 > S 0:10 - 100\n9 < S. 0:0 0 100\n",
	     "0 > S 0:10 - 100\n9 < S. 0:0 1 100\n10 > . 1:10 1 100\n"),
	/* simultaneous open */
	CASE(synack_wrong_ack, "0 > S 0:0 - 100\n1 < S 0:0 - 100\n9 < S. 0:0 9 100\n",
	     "0 > S 0:0 - 100\n1 < S 0:0 - 100\n9 < S. 0:0 1 100\n9 > S. 0:0 1 100\n"),
	CASE(syn_other_isn, "0 > S 0:0 - 100\n1000 > S 7:0 - 100\n",
	     "0 > S 0:0 - 100\n1000 > S 0:0 - 100\n"),
	CASE(rst_wrong_ack, "0 > S 0:0 - 100\n1 < R. 0:0 2 0\n",
	     "0 > S 0:0 - 100\n1 < R. 0:0 1 0\n"),
	CASE(rst_wrong_ack, "0 > S 0:0 - 100\n1 < R 0:0 - 0\n",
	     "0 > S 0:5 - 100\n1 < R. 0:0 6 0\n"),
	CASE(ack_of_unsent, PLAIN "30 < . 1:0 101 1000\n60 > . 1:10 1 100\n",
	     /* the capture had them in another order; it lacks a frame */
	     PLAIN
	     "30 < . 1:0 101 1000\n30.1 > . 1:100 1 100\n40 < . 1:0 301 1000\n90 > . 301:10 1 100\n"),
	CASE(ack_goes_back,
	     FULL "30 > . 1:100 1 512 ts=120/900\n40 < . 1:0 101 512 ts=910/120\n"
		  "50 < . 1:0 51 512 ts=920/120\n",
	     FULL
	     "30 > . 1:100 1 512 ts=120/900\n40 < . 1:0 101 512 ts=910/120\n50 < . 1:0 1 512 ts=905/120\n"),
	CASE(data_behind_fin, PLAIN "30 > F. 1:0 1 100\n40 > . 1:5 1 100\n",
	     PLAIN "30 > F. 1:5 1 100\n40 > . 1:5 1 100\n50 > F. 6:0 1 100\n"),
	CASE(fin_moved, PLAIN "30 > F. 1:5 1 100\n40 > F. 1:4 1 100\n",
	     PLAIN "30 > F. 1:5 1 100\n40 > F. 1:5 1 100\n"),
	CASE(sent_after_rst, PLAIN "30 > R. 1:0 1 0\n90 > . 1:5 1 100\n",
	     PLAIN
	     "30 > R. 1:0 1 0\n30.1 > . 1:5 1 100\n90 > R. 1:0 1 0\n100 > S 9000:0 - 100\n110 < S. 0:0 9001 100\n"
	     "120 > . 9001:4 1 100\n"),
	CASE(rst_outside_window, PLAIN "30 > R 2000000:0 - 0\n", PLAIN "30 > R 1001:0 - 0\n"),
};
const size_t lint_cases_n = sizeof(lint_cases) / sizeof(lint_cases[0]);
