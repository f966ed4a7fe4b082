/* SPDX-License-Identifier: Apache-2.0 */
/* SIOCETHTOOL: every request of lo, and of a wire those that say the same of all wires. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "tests/netns/link_ioctls.h"
#include "tests/netns/netlink_compare.h"

#define WORDS 2048u
/* Of lo these can be changed in the kernel's, and nothing in ours. */
#define LO_CHANGES UINT64_C(0x0a00000e401d4800)

struct asked {
	const char *name;
	bool nothing; /* ifr_data is NULL */
	uint32_t words[WORDS];
};

static long ask_one(struct world *w, struct wsock s, const struct asked *a, uint32_t *words)
{
	struct ifreq ifr = { 0 };
	struct sea_ioctl call = {
		.size = sizeof(call), .request = SIOCETHTOOL, .arg = &ifr, .arg_len = sizeof(ifr)
	};

	memcpy(ifr.ifr_name, a->name, strlen(a->name));
	memcpy(words, a->words, sizeof(a->words));
	if (!w->ours) {
		ifr.ifr_data = a->nothing ? NULL : (void *)words;
		return world_ask(w, s, SIOCETHTOOL, &ifr, sizeof(ifr));
	}
	call.data = a->nothing ? NULL : words;
	call.data_len = a->nothing ? 0 : sizeof(a->words);
	return sea_socket_ioctl(w->stack, s.s, &call, w->now);
}

/* What can be changed, and what is wanted of that. */
static void neutral(uint32_t *words)
{
	for (unsigned block = 0; words[0] == ETHTOOL_GFEATURES && block < 2; block++)
		words[2 + 4 * block] = words[3 + 4 * block] = 0;
}

static void compare_one(struct world w[2], const struct asked *a)
{
	static uint32_t words[2][WORDS];
	long result[2];

	for (unsigned i = 0; i < 2; i++) {
		result[i] = ask_one(&w[i], link_sockets[i][BY_UDP], a, words[i]);
		neutral(words[i]);
	}
	n_compared++;
	if (result[0] == result[1] && !memcmp(words[0], words[1], sizeof(words[0])))
		return;
	n_differ++;
	printf("differ: SIOCETHTOOL 0x%x %x %x %x of \"%s\": %ld, %ld\n", a->words[0], a->words[1],
	       a->words[2], a->words[3], a->name, result[0], result[1]);
	for (unsigned i = 0; i < WORDS; i++)
		if (words[0][i] != words[1][i])
			printf("  word %u: %x, %x\n", i, words[0][i], words[1][i]);
}

static void request(struct world w[2], const char *name, uint32_t cmd, uint32_t first,
		    uint32_t second)
{
	static struct asked a;

	a.name = name;
	a.words[0] = cmd;
	a.words[1] = first;
	a.words[2] = second;
	compare_one(w, &a);
}

/* Flashing is another door to the kernel's devices; the others change lo in the kernel's alone. */
static bool is_apart(uint32_t cmd)
{
	return cmd == ETHTOOL_FLASHDEV || cmd == ETHTOOL_STSO || cmd == ETHTOOL_SGSO ||
	       cmd == ETHTOOL_SGRO;
}

static void every_request(struct world w[2])
{
	static const char *const names[] = { "lo", "lo:1", "no such link", "" };
	static const uint32_t values[] = { 0, 1, 2, 7, 1u << 15, 0x80, 0xffffffff };

	for (uint32_t cmd = 0; cmd < 0x70; cmd++)
		for (unsigned i = 0; i < N(names) * N(values); i++)
			if (!is_apart(cmd) && (cmd != ETHTOOL_GSSET_INFO || i % N(values) < 2))
				request(w, names[i / N(values)], cmd, values[i % N(values)], 0);
	request(w, "lo", 0xffffffff, 0, 0);
}

static void nothing(struct world w[2])
{
	static const struct asked a[] = { { .name = "lo", .nothing = true },
					  { .name = "no such link", .nothing = true } };

	for (unsigned i = 0; i < N(a); i++)
		compare_one(w, &a[i]);
}

static void wires(struct world w[2])
{
	static const uint32_t cmds[] = { ETHTOOL_GLINK,       ETHTOOL_GSET,
					 ETHTOOL_GET_TS_INFO, ETHTOOL_GLINKSETTINGS,
					 ETHTOOL_GPERMADDR,   ETHTOOL_GRINGPARAM,
					 ETHTOOL_GWOL,        ETHTOOL_GEEE };
	static struct asked a;

	for (unsigned i = 0; i < N(cmds); i++)
		for (uint32_t size = 0; size < 9; size++) {
			request(w, "v0", cmds[i], size, 0);
			request(w, "alty", cmds[i], size, 0);
		}
	for (uint32_t n = 0; n < 256; n++) {
		a.name = "v0";
		a.words[0] = ETHTOOL_GLINKSETTINGS;
		a.words[3] = n << 24;
		compare_one(w, &a);
	}
}

static void names(struct world w[2])
{
	static struct asked a;

	for (uint32_t set = 0; set < 30; set++) {
		request(w, "lo", ETHTOOL_GSTRINGS, set, 0);
		request(w, "lo", ETHTOOL_GSTRINGS, set, 77);
		if (set != ETH_SS_STATS) /* a veth has some */
			request(w, "v0", ETHTOOL_GSTRINGS, set, 0);
	}
	a.name = "lo";
	a.words[0] = ETHTOOL_GSSET_INFO;
	for (unsigned bit = 0; bit < 64; bit++) {
		a.words[2] = bit < 32 ? 1u << bit : 0;
		a.words[3] = bit < 32 ? 0 : 1u << (bit - 32);
		compare_one(w, &a);
		a.words[2] |= 0x370;
		compare_one(w, &a);
	}
	a.words[2] = a.words[3] = 0xffffffff;
	compare_one(w, &a);
}

static void features(struct world w[2])
{
	static struct asked a;

	for (uint32_t size = 0; size < 5; size++)
		request(w, "lo", ETHTOOL_GFEATURES, size, 0);
	a.name = "lo";
	a.words[0] = ETHTOOL_SFEATURES;
	for (uint32_t size = 0; size < 4; size++)
		for (unsigned bit = 0; bit < 64; bit++)
			for (unsigned value = 0; value < 2; value++) {
				unsigned at = bit < 32 ? 2 : 4;

				if (LO_CHANGES >> bit & 1)
					continue;
				memset(a.words + 1, 0, 8 * sizeof(a.words[0]));
				a.words[1] = size;
				a.words[at] = 1u << (bit & 31);
				a.words[at + 1] = value << (bit & 31);
				compare_one(w, &a);
			}
}

void compare_ethtool_ioctls(struct world w[2])
{
	every_request(w);
	nothing(w);
	wires(w);
	names(w);
	features(w);
}
