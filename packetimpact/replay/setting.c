// SPDX-License-Identifier: Apache-2.0
/* What the device begins with: as the capture tells, or as its SYN shows; then as the command line has it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/replay/state.h"
#include "wire/ipv6.h"

#define MTU 1500u
#define MTU_MIN4 256u
#define MTU_MIN6 1280u

/* Only these may be set by a capture. */
static const char *const names[] = {
#define SYSCTL(name) name,
#include "packetimpact/record/sysctl.def"
#undef SYSCTL
};

static const struct sea_tcp_seg *syn_of(const struct sea_talk *talk, bool out)
{
	for (size_t i = 0; talk->proto == SEA_IPPROTO_TCP && i < talk->n; i++) {
		const struct sea_talk_packet *p = &talk->packets[i];

		if (p->out == out &&
		    (p->seg.tcp.flags & (SEA_TCP_SYN | SEA_TCP_RST)) == SEA_TCP_SYN)
			return &p->seg.tcp;
	}
	return NULL;
}

/* -- addresses, and what a packet may hold -- */

static uint32_t mtu_of(const struct sea_talk *talk, const struct sea_acts *acts,
		       const struct sea_tcp_seg *ours)
{
	const char *note = sea_note_of(&talk->notes, talk->packets[0].frame)->comment;
	const char *told = note && acts->told ? strstr(note, "\nmtu ") : NULL;
	uint32_t headers = talk->v6 ? 60 : 40, least = talk->v6 ? MTU_MIN6 : MTU_MIN4, mtu = MTU;

	if (told)
		mtu = (uint32_t)(strtoul(told + 5, NULL, 10) & 0xfffff);
	else if (ours && ours->opts.has_mss)
		mtu = ours->opts.mss + headers;
	for (size_t i = 0; talk->proto != SEA_IPPROTO_TCP && i < talk->n; i++)
		mtu = talk->packets[i].len > mtu ? talk->packets[i].len : mtu;
	return mtu < least ? least : mtu > 65535 ? 65535 : mtu;
}

/* One that a host may have on any link. */
static bool is_ordinary(bool v6, const uint8_t *a)
{
	static const uint8_t low[8];

	if (!v6)
		return a[0] && a[0] != 127 && a[0] < 224 && !(a[0] == 169 && a[1] == 254);
	return memcmp(a, low, sizeof(low)) != 0 && a[0] < 0xfe;
}

/* The captured ones, as far as hosts may have them. */
static void choose_addresses(struct sea_play *play)
{
	const struct sea_talk_packet *p = &play->talk->packets[0];
	const uint8_t *device = p->out ? p->seg.src : p->seg.dst;
	const uint8_t *peer = p->out ? p->seg.dst : p->seg.src;
	const size_t len = play->talk->v6 ? 16 : 4;

	if (is_ordinary(play->talk->v6, device) && is_ordinary(play->talk->v6, peer) &&
	    memcmp(device, peer, len) != 0) {
		memcpy(play->config.local.b, device, len);
		memcpy(play->config.remote.b, peer, len);
		play->config.prefix_len = play->config.remote_prefix_len = (uint8_t)(8 * len);
		play->config.gateway = (struct sea_addr){ 0 };
	} else {
		play->config.remote.b[len - 1] = 1;
	}
	memcpy(play->map.device, play->config.local.b, sizeof(play->map.device));
	memcpy(play->map.peer, play->config.remote.b, sizeof(play->map.peer));
	play->config.remote.b[len - 1] &= play->config.remote_prefix_len == 8 * len ? 255 : 0;
}

void sea_play_configure(struct sea_play *play)
{
	const struct sea_talk *talk = play->talk;
	const struct sea_tcp_seg *ours = syn_of(talk, true), *theirs = syn_of(talk, false);
	const struct sea_midway *midway = &play->acts->midway;
	uint32_t headers = talk->v6 ? 60 : 40, peers = talk->v6 ? 1220 : 536;

	sea_dut_config_default(&play->config, talk->v6 ? SEA_AF_INET6 : SEA_AF_INET);
	play->config.mtu = mtu_of(talk, play->acts, ours);
	play->config.seed = play->options->seed;
	choose_addresses(play);
	play->map.iss = ours ? ours->seq.v : 0;
	play->map.mss = (uint16_t)(play->config.mtu - headers);
	play->played->peer_iss = theirs ? theirs->seq.v : 0;
	if (theirs && theirs->opts.has_mss)
		peers = theirs->opts.mss;
	if (midway->is) {
		/* What it draws is set: one below the first number stands for a SYN's. */
		play->map.known = true;
		play->map.iss = play->map.live_iss = midway->snd - 1;
		play->captured_sent = play->live_sent = midway->flight + 1;
		play->played->peer_iss = midway->rcv - 1;
		peers = midway->mss ? midway->mss : play->map.mss;
	}
	play->piece = peers < play->map.mss ? peers : play->map.mss;
}

/* -- sysctls -- */

static void set(struct sea_play *play, const char *name, const char *value)
{
	(void)sea_dut_sysctl_set(play->dut, name, value);
}

/* "sysctl NAME=VALUE" in comments; what the device has not got cannot matter to it. */
static void set_told(struct sea_play *play)
{
	const char *at = sea_note_of(&play->talk->notes, play->talk->packets[0].frame)->comment;

	while (at && *at) {
		char line[256], *equals;
		size_t len = strcspn(at, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)(len < 255 ? len : 255), at);
		equals = strncmp(line, "sysctl ", 7) ? NULL : strchr(line, '=');
		if (equals)
			*equals = '\0';
		for (size_t i = 0; equals && i < sizeof(names) / sizeof(names[0]); i++) {
			if (!strcmp(names[i], line + 7))
				set(play, names[i], equals + 1);
		}
		at += len + (at[len] == '\n');
	}
}

static void set_scale(struct sea_play *play, uint8_t scale)
{
	char text[64];

	snprintf(text, sizeof(text), "%u", 1u << (scale + 15));
	set(play, "net.core.rmem_max", text);
	snprintf(text, sizeof(text), "4096 131072 %u", 1u << (scale + 15));
	set(play, "net.ipv4.tcp_rmem", text);
}

/* What one side offered and the other did not, and what a SYN offers of itself. */
static void set_guessed(struct sea_play *play)
{
	const struct sea_tcp_seg *ours = syn_of(play->talk, true),
				 *theirs = syn_of(play->talk, false);
	const struct sea_tcp_opts *o = ours ? &ours->opts : NULL;
	const struct sea_tcp_opts *t = theirs && ours && ours->flags & SEA_TCP_ACK ? &theirs->opts
										   : NULL;

	if (!o)
		return;
	if (!o->has_ts && (!t || t->has_ts))
		set(play, "net.ipv4.tcp_timestamps", "0");
	if (!o->has_sack_perm && (!t || t->has_sack_perm))
		set(play, "net.ipv4.tcp_sack", "0");
	if (!o->has_wscale && (!t || t->has_wscale))
		set(play, "net.ipv4.tcp_window_scaling", "0");
	if (o->has_wscale)
		set_scale(play, o->wscale);
	if (!t && ours->flags & SEA_TCP_ECE)
		set(play, "net.ipv4.tcp_ecn", "1");
	if (t && theirs->flags & SEA_TCP_ECE && !(ours->flags & SEA_TCP_ECE))
		set(play, "net.ipv4.tcp_ecn", "0");
}

bool sea_play_set(struct sea_play *play, const char **why)
{
	static char wrong[200];

	if (play->acts->told)
		set_told(play);
	else
		set_guessed(play);
	for (size_t i = 0; i < play->options->n_sysctls; i++) {
		const char *text = play->options->sysctls[i], *equals = strchr(text, '=');
		char name[100];
		int err;

		snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
		err = sea_dut_sysctl_set(play->dut, name, equals + 1);
		if (!err)
			continue;
		snprintf(wrong, sizeof(wrong), "the device does not take %.120s: %s", text,
			 strerror(-err));
		*why = wrong;
		return false;
	}
	return true;
}
