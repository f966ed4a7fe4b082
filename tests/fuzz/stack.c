/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack with a program above it and a network below, both of which do what the input says: calls,
 * frames, time, links that change, memory that fails, save and restore. After each, what must hold of
 * a stack is looked at as in the simulation; in the end nothing may be left.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>

#include "core/link.h"
#include "core/stack.h"
#include "tests/fuzz/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ACTIONS_MAX 300

/* -- the input -- */

uint8_t fuzz_u8(struct fuzz_bytes *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

uint16_t fuzz_u16(struct fuzz_bytes *in)
{
	uint16_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

uint32_t fuzz_u32(struct fuzz_bytes *in)
{
	uint32_t high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

/* -- what can happen besides calls and frames -- */

static void pass_time(struct fuzz *f)
{
	static const int64_t spans[] = { 1,       SEA_MSEC,    40 * SEA_MSEC, 200 * SEA_MSEC,
					 SEA_SEC, 3 * SEA_SEC, 60 * SEA_SEC,  1000 * SEA_SEC };
	const sea_time end = sea_time_add(f->world.now, spans[fuzz_u8(&f->in) % 8]);
	unsigned moments = 0;

	while (moments++ < 64 && !sea_time_before(end, sea_stack_deadline(f->host->stack))) {
		f->world.now = sea_time_max(f->world.now, sea_stack_deadline(f->host->stack));
		sea_stack_advance(f->host->stack, f->world.now);
		sim_host_transmit(f->host);
	}
	f->world.now = sea_time_max(f->world.now, end);
}

static void change_link(struct fuzz *f)
{
	uint8_t what = fuzz_u8(&f->in);
	struct sea_link *link = f->host->nic[0].link;
	sea_time now = f->world.now;
	uint8_t mac[6] = { 2, 0, 0, 0, 0, what };

	switch (what & 7) {
	case 0:
	case 1:
		(void)!sea_link_set_up(link, what & 1, now);
		break;
	case 2:
	case 3:
		sea_link_set_carrier(link, what & 1, now);
		break;
	case 4:
		(void)!sea_link_set_mtu(link, fuzz_u16(&f->in), now);
		break;
	case 5:
		sim_nic_set_mac(&f->host->nic[0], mac);
		break;
	default:
		(void)!sea_link_set_up(link, true, now);
		sea_link_set_carrier(link, true, now);
	}
}

static void change_sysctl(struct fuzz *f)
{
	static const char *const names[] = {
		"net.ipv4.tcp_syncookies",   "net.ipv4.tcp_timestamps",
		"net.ipv4.tcp_sack",         "net.ipv4.tcp_window_scaling",
		"net.ipv4.tcp_tw_reuse",     "net.ipv4.tcp_abort_on_overflow",
		"net.ipv4.tcp_max_orphans",  "net.ipv4.tcp_max_tw_buckets",
		"net.ipv4.tcp_autocorking",  "net.ipv4.tcp_comp_sack_delay_ns",
		"net.ipv4.tcp_comp_sack_nr", "net.ipv4.tcp_comp_sack_slack_ns",
		"net.ipv4.tcp_mem",          "net.ipv4.tcp_wmem",
		"net.ipv4.tcp_dsack",        "net.ipv4.tcp_shrink_window",
	};
	/* Of what counts and of what lasts, from nothing to plenty; pages and buffers are few. */
	static const char *const values[] = {
		"0", "1", "2", "3 6 9", "4096 8192 16384", "44", "1000000", "200000000"
	};
	static const char *const ecn_names[] = { "net.ipv4.tcp_ecn", "net.ipv4.tcp_ecn_option",
						 "net.ipv4.tcp_ecn_option_beacon",
						 "net.ipv4.tcp_ecn_fallback" };
	static const char *const ecn_values[] = { "0", "1", "2", "3", "4", "5", "3", "3" };
	uint8_t what = fuzz_u8(&f->in);

	/* The first half as in inputs that are kept: 0, 1 or 2. */
	if (what % 16 >= 8 && what & 128)
		(void)!sea_sysctl_set(f->host->stack, ecn_names[what % 4],
				      ecn_values[(what >> 4) % 8], f->world.now);
	else if (what % 16 < 8)
		(void)!sea_sysctl_set(f->host->stack, names[what % 8], values[(what >> 4) % 3],
				      f->world.now);
	else
		(void)!sea_sysctl_set(f->host->stack, names[what % 16], values[(what >> 4) % 8],
				      f->world.now);
}

static void fail_memory(struct fuzz *f)
{
	struct sim_env *env = &f->host->env;

	env->calls = 0;
	env->fail_at = fuzz_u8(&f->in);
	env->fail_n = 1u + fuzz_u8(&f->in) % 16;
}

static void restore(struct fuzz *f)
{
	f->host->env.fail_at = 0;
	sim_restore(f->host);
}

static void drain_events(struct fuzz *f)
{
	struct sea_event events[16];

	while (sea_stack_take_events(f->host->stack, events, 16))
		;
}

static void act(struct fuzz *f)
{
	switch (fuzz_u8(&f->in) & 15) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		fuzz_call(f);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		fuzz_segment(f);
		break;
	case 9:
		pass_time(f);
		break;
	case 10:
		fuzz_datagram(f);
		break;
	case 11:
		fuzz_icmp_error(f);
		break;
	case 12:
		fuzz_raw(f);
		break;
	case 13:
		change_link(f);
		break;
	case 14:
		fail_memory(f);
		break;
	default:
		if (fuzz_u8(&f->in) & 1)
			change_sysctl(f);
		else
			restore(f);
	}
}

/* -- one input -- */

static void know_peer(struct fuzz *f)
{
	struct sea_neigh_info peer = { .size = sizeof(peer),
				       .ifindex = f->host->nic[0].link->ifindex,
				       .addr = sea_addr_v4(10, 0, 0, 2),
				       .mac = { 2, 0, 0, 0, 0, 2 },
				       .state = SEA_NUD_PERMANENT };

	SIM_CHECK(&f->world, sea_neigh_set(f->host->stack, &peer, f->world.now) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sim_options options;
	static struct fuzz f;
	unsigned actions = 0;

	memset(&f, 0, sizeof(f));
	sim_world_init(&f.world, 1, &options);
	f.in = (struct fuzz_bytes){ data, size };
	f.host = &f.world.hosts[0];
	f.world.n_hosts = 1;
	f.world.chains = fuzz_u8(&f.in) & 1;
	f.world.no_cache = true;
	sim_host_new(&f.world, 0);
	sim_nic_new(&f.world.hosts[0], 0, 0, 1500);
	/* Both sides of fast open, without cookies, on every listener. */
	SIM_CHECK(&f.world, sea_sysctl_set(f.host->stack, "net.ipv4.tcp_fastopen", "0x607",
					   f.world.now) == 0);
	know_peer(&f);
	while (f.in.left && actions++ < ACTIONS_MAX) {
		act(&f);
		sim_host_transmit(f.host);
		drain_events(&f);
		sim_check_host(f.host);
	}
	sim_world_fini(&f.world);
	return 0;
}
