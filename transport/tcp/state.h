/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCP module's state of one stack: sysctls, tables, secrets.
 */
#ifndef SEA_TCP_STATE_H
#define SEA_TCP_STATE_H

#include <stdint.h>

#include "core/stack.h"
#include "core/sysctl.h"
#include "transport/tcp/fastopen.h"
#include "transport/tcp/peers.h"
#include "transport/tcp/table.h"

/* net.ipv4.tcp_*, in Linux's units and with its defaults. */
struct tcp_sysctls {
	/*
	 * What all connections together may be charged, in pages of 4096 bytes: above the second there
	 * is pressure until it falls below the first; the third is the limit (memory.c). By default a
	 * sixteenth of the memory that the stack may have (sea_stack_config.held_max; 16 GiB where
	 * there is no cap), with 3/4 and 3/2 of it, as Linux takes them from RAM.
	 */
	int32_t mem[3];
	int32_t rmem[3], wmem[3];
	int32_t timestamps, sack, dsack, window_scaling, syncookies;
	int32_t syn_retries, syn_linear_timeouts, synack_retries, retries1, retries2,
		orphan_retries;
	int32_t max_syn_backlog;
	int32_t abort_on_overflow, fin_timeout, reflect_tos, rfc1337, tw_reuse, max_tw_buckets,
		max_orphans;
	int32_t keepalive_time, keepalive_probes, keepalive_intvl;
	int32_t early_retrans, recovery, reordering, max_reordering;
	int32_t slow_start_after_idle, moderate_rcvbuf;
	int32_t limit_output_bytes, challenge_ack_limit, invalid_ratelimit;
	int32_t min_tso_segs, tso_win_divisor, tso_rtt_log, min_snd_mss, stdurg;
	int32_t pacing_ss_ratio, pacing_ca_ratio;                     /* percent of cwnd / RTT */
	int32_t comp_sack_nr, comp_sack_delay_ns, comp_sack_slack_ns; /* the latter as unsigned */
	int32_t autocorking;
	int32_t frto;
	int32_t rto_max_ms, thin_linear_timeouts;
	int32_t no_metrics_save, no_ssthresh_metrics_save;
	int32_t mtu_probing, base_mss, mtu_probe_floor, probe_threshold, probe_interval;
	int32_t fack;          /* no-op on Linux, too */
	int32_t notsent_lowat; /* bytes, as unsigned: -1 is 4294967295, no limit */
	int32_t rto_min_us;
	int32_t l3mdev_accept, fwmark_accept, migrate_req;
	int32_t app_win, shrink_window, workaround_signed_windows;
	int32_t min_rtt_wlen, pingpong_thresh, retrans_collapse;
	int32_t tw_reuse_delay;
	int32_t ecn, ecn_fallback;             /* enum tcp_ecn_sysctl (ecn.h) */
	int32_t ecn_option, ecn_option_beacon; /* enum tcp_accecn_sysctl (accecn.h); a round trip */
	int32_t fastopen;                      /* enum tcp_fastopen_bit */
	int32_t fastopen_blackhole_timeout_sec;
	/* No-ops: the first two on Linux, too; PLB is of an algorithm (DCTCP) that is not here. */
	int32_t adv_win_scale, low_latency;
	int32_t plb_enabled, plb_idle_rehash_rounds, plb_rehash_rounds, plb_suspend_rto_sec,
		plb_cong_thresh;
	char congestion_control[16], available_ulp[16];
};

/* Flights that idle connections keep (flight.h). */
#define TCP_RESTING_MAX 64u

struct tcp_conn;

/* The charged ledger of all connections: their rmem_alloc, and the truesize of what they store to send. */
struct tcp_mem {
	int64_t charged;
	int64_t ask, relax;     /* above, a charge has to be granted; below, pressure is over */
	sea_time pressed_since; /* NEVER: there is no pressure */
};

struct tcp_state {
	struct sea_stack *stack;
	struct tcp_sysctls sysctl;
	struct sea_sysctl_table sysctl_table;
	struct tcp_table table;
	struct tcp_peers peers;
	struct tcp_fastopen_keys fastopen_keys;
	/* Paths that swallow fast open: how often in a row, and when last. */
	uint32_t fastopen_holes;
	sea_time fastopen_hole;
	struct sea_sysctl_table fastopen_table;
	struct sea_siphash_key isn_key, ts_key, cookie_key[2];
	sea_time cookie_epoch;      /* when cookie_key[0] came into force */
	struct sea_list time_waits; /* TIME_WAIT objects, oldest first */
	uint32_t n_time_wait, n_orphans, n_conns;
	struct tcp_conn *resting[TCP_RESTING_MAX]; /* or NULL */
	uint32_t rest_next;                        /* where the next one rests */
	struct tcp_mem mem;
	/* Challenge ACKs, at random per second (RFC 5961 §7, CVE-2016-5696). */
	sea_time challenge_stamp;
	uint32_t challenge_left;
};

static inline struct tcp_state *sea_tcp_of(const struct sea_stack *stack)
{
	return stack->module_state[SEA_MODULE_TCP];
}

extern const struct sea_sock_family sea_tcp_family4, sea_tcp_family6;
extern const struct sea_ip_proto sea_tcp_proto;

#endif
