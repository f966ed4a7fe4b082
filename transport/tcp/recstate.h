/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What loss recovery remembers of a connection: RACK and TLP (rack.h, tlp.c), PRR (prr.h), undo and
 * F-RTO (undo.c, loss.c). Values in segments unless named otherwise.
 */
#ifndef SEA_TCP_RECSTATE_H
#define SEA_TCP_RECSTATE_H

#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>

#include <seastack/time.h>

#include "wire/tcp.h"

/* Congestion avoidance state, as Linux shows in tcp_info.tcpi_ca_state. */
enum {
	TCP_CA_OPEN = TCP_CA_Open,
	TCP_CA_DISORDER = TCP_CA_Disorder,
	/* TCP_CA_CWR is Linux's own spelling. */
	TCP_CA_RECOVERY = TCP_CA_Recovery,
	TCP_CA_LOSS = TCP_CA_Loss,
};

/* What is remembered of it while nothing is out. */
struct tcp_kept {
	uint16_t reordering;
	uint8_t reo_wnd_steps;
	uint8_t reo_wnd_persist : 5, dsack_seen : 1, reord_seen : 1, undo_valid : 1;
	uint32_t rack_rtt_us;
	/* A DSACK may yet come for what was resent last, and take the reduction back. */
	sea_seq undo_marker;
	int32_t undo_retrans;
	uint32_t prior_ssthresh;
};

struct tcp_recovery {
	uint8_t ca_state;          /* TCP_CA_* */
	uint8_t dsack_seen : 1,    /* since reo_wnd was last adapted */
		tlp_retrans : 1,   /* the probe was a retransmission */
		rack_advanced : 1, /* something was delivered since RACK last judged */
		reord_seen : 1, frto : 1, undo_valid : 1,
		sack_reneg : 1; /* until what was sent before is acknowledged */
	uint8_t reo_wnd_steps, reo_wnd_persist;
	sea_seq high_seq;     /* RecoveryPoint: SND.NXT when it began */
	sea_seq tlp_high_seq; /* SND.NXT at the probe, while tlp_out */
	bool tlp_out;
	uint16_t reordering; /* dupthresh */
	sea_seq undo_marker; /* SND.UNA when the window was reduced, while undo_valid */
	int32_t undo_retrans; /* retransmissions that no DSACK has proved needless; -1: none was made */
	uint32_t prior_ssthresh; /* before the reduction; 0: it is not to be undone */
	uint32_t prr_delivered, prr_out, prior_cwnd;
	/* RACK: the most recently sent segment that was delivered. */
	sea_time rack_sent;
	sea_seq rack_end;
	uint16_t rack_burst_no;
	uint32_t rack_rtt_us;
	uint32_t reo_wnd_us;     /* as last used */
	uint64_t last_delivered; /* when reo_wnd was last adapted */
	/* Without SACK: duplicates since SND.UNA moved, and how many segments were out at the first. */
	uint32_t dup_count, dup_limit;
	sea_seq fack; /* highest SACKed or cumulatively acknowledged */
	/* The SACK blocks that were worked on last, in order: what they cover is not walked again. */
	struct sea_sack_block sack_cache[SEA_TCP_SACK_MAX];
	uint8_t n_sack_cache;
	sea_time retrans_stamp; /* the first retransmission of this episode; 0: none */
};

#endif
