/* SPDX-License-Identifier: Apache-2.0 */
/* net.ipv4.tcp_*: Linux's names, defaults and ranges, as far as something here obeys them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "transport/tcp/cc.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/module.h"

#define FIELD(sysctl_name, sysctl_kind, field, low, high)                                  \
	{                                                                                  \
		.name = "net.ipv4.tcp_" sysctl_name, .kind = (sysctl_kind),                \
		.offset = offsetof(struct tcp_sysctls, field), .min = (low), .max = (high) \
	}
#define PROBE_INTERVAL_MAX 4294967 /* UINT_MAX milliseconds */
/* Nothing here for it to change: see README.md. */
#define FIXED(sysctl_name, value)                                                              \
	{                                                                                      \
		.name = "net.ipv4.tcp_" sysctl_name, .kind = SEA_SYSCTL_FIXED, .min = (value), \
		.read_only = true                                                              \
	}
#define AVAILABLE(sysctl_name)                                                \
	{                                                                     \
		.name = "net.ipv4.tcp_" sysctl_name, .kind = SEA_SYSCTL_TEXT, \
		.print = print_algorithms, .read_only = true                  \
	}
#define INT(field, low, high) FIELD(#field, SEA_SYSCTL_INT, field, low, high)

/* Only an algorithm that we have. */
static int check_cc(struct sea_stack *stack, const char *text)
{
	(void)stack;
	return sea_tcp_cc_find(text) ? 0 : -ENOENT;
}

static bool reordering_agrees(const struct sea_sysctl_at *at)
{
	const struct tcp_sysctls *sys = at->base;

	return sys->reordering <= sys->max_reordering;
}

/* Whatever was decided by the old limits is decided anew. */
static int note_mem(struct sea_stack *stack, const char *text)
{
	(void)text;
	sea_tcp_mem_forget(sea_tcp_of(stack));
	return 0;
}

/* As on Linux: who sets it anew wants another try. */
static void forget_holes(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)at;
	sea_tcp_of(stack)->fastopen_holes = 0;
}

static int print_algorithms(const void *field, char *text, size_t len)
{
	size_t n = 0;

	(void)field;
	for (unsigned i = 0; sea_tcp_cc_at(i) && n < len; i++)
		n += (size_t)snprintf(text + n, len - n, "%s%s", i ? " " : "",
				      sea_tcp_cc_at(i)->name);
	return (int)n;
}

static const struct sea_sysctl entries[] = {
	INT(abort_on_overflow, 0, 255),
	INT(adv_win_scale, -31, 31),
	AVAILABLE("allowed_congestion_control"),
	INT(app_win, 0, 31),
	INT(autocorking, 0, 1),
	AVAILABLE("available_congestion_control"),
	{ .name = "net.ipv4.tcp_available_ulp",
	  .kind = SEA_SYSCTL_NAME,
	  .offset = offsetof(struct tcp_sysctls, available_ulp),
	  .read_only = true },
	FIXED("backlog_ack_defer", 0),
	INT(base_mss, INT_MIN, INT_MAX),
	INT(challenge_ack_limit, INT_MIN, INT_MAX),
	FIXED("child_ehash_entries", 0),
	FIELD("comp_sack_delay_ns", SEA_SYSCTL_UINT, comp_sack_delay_ns, 0, 0),
	INT(comp_sack_nr, 0, 255),
	FIELD("comp_sack_slack_ns", SEA_SYSCTL_UINT, comp_sack_slack_ns, 0, 0),
	{ .name = "net.ipv4.tcp_congestion_control",
	  .kind = SEA_SYSCTL_NAME,
	  .offset = offsetof(struct tcp_sysctls, congestion_control),
	  .check = check_cc },
	INT(dsack, 0, 255),
	FIXED("early_demux", 0),
	INT(early_retrans, 0, 4),
	INT(ecn, 0, 5),
	INT(ecn_fallback, 0, 1),
	INT(ecn_option, 0, 3),
	INT(ecn_option_beacon, 0, 3),
	INT(fack, 0, 255),
	INT(fastopen, INT_MIN, INT_MAX),
	{ .name = "net.ipv4.tcp_fastopen_blackhole_timeout_sec",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct tcp_sysctls, fastopen_blackhole_timeout_sec),
	  .max = INT_MAX,
	  .changed = forget_holes },
	INT(fin_timeout, 0, INT_MAX / 1000),
	INT(frto, 0, 255),
	INT(fwmark_accept, 0, 255),
	INT(invalid_ratelimit, 0, INT_MAX),
	INT(keepalive_intvl, 0, INT_MAX / 1000),
	INT(keepalive_probes, 0, 255),
	INT(keepalive_time, 0, INT_MAX / 1000),
	INT(l3mdev_accept, 0, 1),
	INT(limit_output_bytes, INT_MIN, INT_MAX),
	INT(low_latency, INT_MIN, INT_MAX),
	INT(max_orphans, INT_MIN, INT_MAX),
	INT(max_reordering, 1, INT_MAX),
	INT(max_syn_backlog, INT_MIN, INT_MAX),
	INT(max_tw_buckets, INT_MIN, INT_MAX),
	{ .name = "net.ipv4.tcp_mem",
	  .kind = SEA_SYSCTL_INT3,
	  .offset = offsetof(struct tcp_sysctls, mem),
	  .max = INT_MAX,
	  .check = note_mem },
	INT(migrate_req, 0, 1),
	INT(min_rtt_wlen, 0, 86400),
	INT(min_snd_mss, 48, 65535),
	INT(min_tso_segs, 1, 255),
	INT(moderate_rcvbuf, 0, 255),
	INT(mtu_probe_floor, 48, 65535),
	INT(mtu_probing, 0, 255),
	INT(no_metrics_save, 0, 255),
	INT(no_ssthresh_metrics_save, 0, 1),
	FIELD("notsent_lowat", SEA_SYSCTL_UINT, notsent_lowat, 0, 0),
	INT(orphan_retries, 0, 255),
	INT(pacing_ca_ratio, 0, 1000),
	INT(pacing_ss_ratio, 0, 1000),
	INT(pingpong_thresh, 1, 255),
	INT(plb_cong_thresh, 0, 256),
	INT(plb_enabled, 0, 1),
	INT(plb_idle_rehash_rounds, 0, 31),
	INT(plb_rehash_rounds, 0, 31),
	INT(plb_suspend_rto_sec, 0, 255),
	INT(probe_interval, 0, PROBE_INTERVAL_MAX),
	INT(probe_threshold, INT_MIN, INT_MAX),
	INT(recovery, 0, 255),
	INT(reflect_tos, 0, 1),
	{ .name = "net.ipv4.tcp_reordering",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct tcp_sysctls, reordering),
	  .min = 1,
	  .max = INT_MAX,
	  .agrees = reordering_agrees },
	INT(retrans_collapse, 0, 255),
	INT(retries1, 0, 255),
	INT(retries2, 0, 255),
	INT(rfc1337, 0, 255),
	FIELD("rmem", SEA_SYSCTL_INT3, rmem, 1, INT_MAX),
	INT(rto_max_ms, 1000, 120000),
	INT(rto_min_us, 1, INT_MAX),
	INT(sack, 0, 255),
	INT(shrink_window, 0, 1),
	INT(slow_start_after_idle, 0, 255),
	INT(stdurg, 0, 255),
	INT(syn_linear_timeouts, 0, 127),
	INT(syn_retries, 1, 127),
	INT(synack_retries, 0, 255),
	INT(syncookies, 0, 255),
	INT(thin_linear_timeouts, 0, 255),
	INT(timestamps, 0, 255),
	INT(tso_rtt_log, 0, 255),
	INT(tso_win_divisor, 0, 255),
	INT(tw_reuse, 0, 2),
	INT(tw_reuse_delay, 1, 60000),
	INT(window_scaling, 0, 255),
	FIELD("wmem", SEA_SYSCTL_INT3, wmem, 1, INT_MAX),
	INT(workaround_signed_windows, 0, 255),
};

static const struct sea_sysctl fastopen_entries[] = {
	{ .name = "net.ipv4.tcp_fastopen_key",
	  .kind = SEA_SYSCTL_TEXT,
	  .secret = true,
	  .print = sea_tcp_fastopen_print_keys,
	  .parse = sea_tcp_fastopen_parse_keys },
};

static const struct tcp_sysctls defaults = {
	.rmem = { 4096, 131072, 33554432 },
	.wmem = { 4096, 16384, 4194304 },
	.timestamps = 1,
	.sack = 1,
	.dsack = 1,
	.window_scaling = 1,
	.syncookies = 1,
	.syn_retries = 6,
	.syn_linear_timeouts = 4,
	.synack_retries = 5,
	.retries1 = 3,
	.retries2 = 15,
	.max_syn_backlog = 2048,
	.fin_timeout = 60,
	.tw_reuse = 2,
	.max_tw_buckets = 131072,
	.max_orphans = 131072,
	.keepalive_time = 7200,
	.keepalive_probes = 9,
	.keepalive_intvl = 75,
	.early_retrans = 3,
	.recovery = 1,
	.reordering = 3,
	.max_reordering = 300,
	.slow_start_after_idle = 1,
	.moderate_rcvbuf = 1,
	.limit_output_bytes = 4194304,
	.challenge_ack_limit = INT_MAX,
	.invalid_ratelimit = 500,
	.min_tso_segs = 2,
	.tso_win_divisor = 3,
	.tso_rtt_log = 9,
	.pacing_ss_ratio = 200,
	.pacing_ca_ratio = 120,
	.comp_sack_nr = 44,
	.comp_sack_delay_ns = 1000000,
	.comp_sack_slack_ns = 100000,
	.autocorking = 1,
	.ecn = 2,
	.ecn_fallback = 1,
	.ecn_option = 2,
	.ecn_option_beacon = 3,
	.frto = 2,
	.fastopen = TCP_TFO_CLIENT,
	.no_ssthresh_metrics_save = 1,
	.base_mss = 1024,
	.mtu_probe_floor = 48,
	.probe_threshold = 8,
	.probe_interval = 600,
	.min_snd_mss = 48,
	.notsent_lowat = -1,
	.rto_max_ms = 120000,
	.rto_min_us = 200000,
	.app_win = 31,
	.min_rtt_wlen = 300,
	.pingpong_thresh = 1,
	.retrans_collapse = 1,
	.tw_reuse_delay = 1000,
	.adv_win_scale = 1,
	.plb_idle_rehash_rounds = 3,
	.plb_rehash_rounds = 12,
	.plb_suspend_rto_sec = 60,
	.plb_cong_thresh = 128,
	.congestion_control = "cubic",
};

static void set_mem(struct tcp_state *st)
{
	uint64_t held_max = st->stack->config.held_max;
	uint64_t pages = (held_max ? held_max : UINT64_C(16) << 30) / TCP_MEM_PAGE / 16;

	pages = pages < 128 ? 128 : pages < INT32_MAX / 2 ? pages : INT32_MAX / 2;
	st->sysctl.mem[0] = (int32_t)(pages / 4 * 3);
	st->sysctl.mem[1] = (int32_t)pages;
	st->sysctl.mem[2] = st->sysctl.mem[0] * 2;
	st->mem.pressed_since = SEA_TIME_NEVER;
	sea_tcp_mem_forget(st);
}

void sea_tcp_sysctl_init(struct tcp_state *st)
{
	st->sysctl = defaults;
	set_mem(st);
	st->sysctl_table = (struct sea_sysctl_table){
		.entries = entries,
		.n = sizeof(entries) / sizeof(entries[0]),
		.base = &st->sysctl,
	};
	sea_sysctl_add(st->stack, &st->sysctl_table);
	st->fastopen_table = (struct sea_sysctl_table){ .entries = fastopen_entries,
							.n = 1,
							.base = &st->fastopen_keys };
	sea_sysctl_add(st->stack, &st->fastopen_table);
}
