/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of links, and which settings both worlds have. */
#include <stdint.h>

#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "tests/netns/link_ioctls.h"

const char *const socket_names[SOCKETS] = { "udp", "tcp", "udp6", "echo", "netlink" };
struct wsock link_sockets[2][SOCKETS];

static const char *const names[] = { "lo",
				     "v0",
				     "v1",
				     "alty",
				     "lo:1",
				     "v0:",
				     "alty:x:y",
				     "longer_than_ifnamsiz",
				     "",
				     ":",
				     "no such link",
				     "fifteen_letters",
				     ".",
				     "v%d",
				     "sixteen_letters_" };

void open_link_sockets(struct world w[2])
{
	static const int kinds[SOCKETS][3] = { { AF_INET, SOCK_DGRAM, 0 },
					       { AF_INET, SOCK_STREAM, 0 },
					       { AF_INET6, SOCK_DGRAM, 0 },
					       { AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
					       { AF_NETLINK, SOCK_RAW, 0 } };

	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < SOCKETS; k++)
			if (world_open(&w[i], kinds[k][0], kinds[k][1], kinds[k][2],
				       &link_sockets[i][k]))
				abort();
}

struct link_call call_of(const char *what, unsigned long request, const char *name,
			 const void *value, size_t len)
{
	struct link_call c = { .what = what, .request = request, .len = sizeof(struct ifreq) };

	for (unsigned i = IFNAMSIZ; i < ARG_MAX; i++)
		c.arg[i] = (uint8_t)(0x60 + i);
	memcpy(c.arg, name, strnlen(name, IFNAMSIZ));
	memcpy(c.arg + IFNAMSIZ, value, len);
	return c;
}

/* -- numbers -- */

/* Whole files' (a descriptor's owner, stamps of time), lists, bridges', namespaces'. */
static bool is_apart(unsigned long request)
{
	static const unsigned apart[][2] = { { 0x8901, 0x8904 },
					     { 0x8906, 0x8907 },
					     { SIOCGIFCONF, SIOCGIFCONF },
					     { SIOCGIFBR, SIOCSIFBR },
					     { SIOCETHTOOL, SIOCETHTOOL },
					     { 0x894c, 0x894c },
					     { 0x89a0, 0x89a1 },
					     { 0x89b0, 0x89b0 },
					     { SIOCADDMULTI, SIOCDELMULTI } };

	for (unsigned i = 0; i < N(apart); i++)
		if (request >= apart[i][0] && request <= apart[i][1])
			return true;
	return false;
}

/* The kernel's v1 has no carrier while v0 is down. */
static bool is_unlike(unsigned long request, const char *name)
{
	return request == SIOCGIFFLAGS && !strcmp(name, "v1");
}

static bool is_set(unsigned long request)
{
	return request == SIOCSIFFLAGS || request == SIOCSIFMTU || request == SIOCSIFNAME ||
	       request == SIOCSIFHWADDR || request == SIOCSIFHWBROADCAST ||
	       request == SIOCSIFTXQLEN;
}

static size_t len_of(unsigned long request)
{
	return request == SIOCATMARK || request == SIOCOUTQNSD ? sizeof(int) : ARG_MAX;
}

void compare_numbers(struct world w[2])
{
	for (unsigned long request = 0x8900; request < 0x8a00; request++)
		for (unsigned name = 0; !is_apart(request) && name < N(names); name++)
			for (unsigned s = 0; s < SOCKETS; s++) {
				struct link_call c =
					call_of("any number", request, names[name], "", 0);

				c.socket = (enum link_socket)s;
				c.len = len_of(request);
				c.null = name == 0;
				if ((is_set(request) && !c.null && *names[name]) ||
				    is_unlike(request, names[name]))
					continue;
				compare_call(w, &c);
			}
}

/* -- asked for -- */

static const unsigned long gets[] = { SIOCGIFFLAGS, SIOCGIFMETRIC, SIOCGIFMTU, SIOCGIFHWADDR,
				      SIOCGIFINDEX, SIOCGIFTXQLEN, SIOCGIFMAP };

static void get_all(struct world w[2], const char *what, const char *name)
{
	for (unsigned i = 0; i < N(gets); i++) {
		struct link_call c = call_of(what, gets[i], name, "", 0);

		c.again = true;
		if (!is_unlike(gets[i], name))
			compare_call(w, &c);
	}
}

static void get_names(struct world w[2])
{
	static const int indices[] = { 0, 1, 2, 3, 4, -1, 65536, INT32_MIN };

	for (unsigned i = 0; i < N(indices); i++) {
		struct link_call c = call_of("a name", SIOCGIFNAME, "left from before", &indices[i],
					     sizeof(int));

		compare_call(w, &c);
	}
}

void compare_gets(struct world w[2])
{
	struct link_call c = call_of("behind the name", SIOCGIFINDEX, "v0", "", 0);

	for (unsigned name = 0; name < N(names); name++)
		get_all(w, "asked for", names[name]);
	get_names(w);
	memset(c.arg + 3, 'x', IFNAMSIZ - 3);
	compare_call(w, &c);
}

/* -- set -- */

static void set(struct world w[2], const char *what, unsigned long request, const char *name,
		const void *value, size_t len)
{
	struct link_call c = call_of(what, request, name, value, len);

	c.socket = BY_UDP6; /* IPv4's knows names with a colon */
	compare_call(w, &c);
	get_all(w, what, "lo");
	get_all(w, what, "v0");
}

/* Those of neighbours and groups cannot be chosen for a link with a wire in ours. */
static void set_flags(struct world w[2], const char *name, uint16_t flags)
{
	if (strncmp(name, "lo", 2) != 0)
		flags = (uint16_t)((flags & ~IFF_NOARP) | IFF_MULTICAST);
	set(w, "flags", SIOCSIFFLAGS, name, &flags, sizeof(flags));
}

static const uint16_t some_flags[] = { IFF_UP,       0,
				       0xffff,       IFF_UP,
				       0x8000,       IFF_UP | IFF_PROMISC,
				       IFF_ALLMULTI, IFF_UP | IFF_RUNNING,
				       IFF_LOOPBACK };
static const char *const flagged[] = { "v0", "alty", "v0:1", "lo", "lo:", "no such link" };
static const int32_t mtus[] = { 1500,  68,   67,        0,     -1,   1280,
				65535, 9000, INT32_MAX, 65536, 1400, 65575 };
static const uint16_t families[] = { ARPHRD_ETHER, ARPHRD_LOOPBACK, 0, 0xffff };
static const uint8_t macs[][6] = { { 2, 0, 0, 0, 0, 1 }, { 0 },
				   { 1, 0, 0, 0, 0, 1 }, { 255, 255, 255, 255, 255, 255 },
				   { 2, 0, 0, 0, 0, 1 }, { 6, 5, 4, 3, 2, 1 } };
static const int32_t lens[] = { 0, 1, -1, 1000, INT32_MAX, INT32_MIN, 77 };
/* The first names what `named` are called meanwhile. */
static const char *const new_names[][2] = {
	{ "v0", "lo" },
	{ "v0", "v0" },
	{ "v0", "" },
	{ "v0", "a/b" },
	{ "v0", "x%d" },
	{ "x0", "v%d" },
	{ "v0", "a:b" },
	{ "v0", "sixteen_letters_" },
	{ "sixteen_letters", "v0" },
	{ "v0", "alty" },
	{ "alty", "y" },
	{ "y", "v0" },
	{ "v0:1", "z" },
	{ "v0", "b" },
	{ "b", "v0" },
	{ "z", "v0" },
	{ "lo", "lo2" },
	{ "lo2", "lo" },
	{ "v0", "a b" },
	{ "v0", "%d" },
	{ "0", "v0" },
	{ "v0", "%s" },
	{ "v0", "x%dy%d" },
	{ "v0", "%%" },
	{ "v0", "." },
	{ "v0", "v1" },
	{ "v0", "v%d" },
	{ "v2", "v0" },
	{ "nope", "v9" },
};

static void set_mtu(struct world w[2], const char *name, int32_t mtu)
{
	/* Of lo any number is one to the kernel. */
	if (strncmp(name, "lo", 2) != 0 || mtu < 0 || (mtu >= 68 && mtu <= 65575))
		set(w, "mtu", SIOCSIFMTU, name, &mtu, sizeof(mtu));
}

static void set_mac(struct world w[2], const char *name, uint16_t family, const uint8_t mac[6])
{
	uint8_t value[8];

	memcpy(value, &family, sizeof(family));
	memcpy(value + 2, mac, 6);
	set(w, "mac", SIOCSIFHWADDR, name, value, sizeof(value));
	/* Another broadcast address than the link's own cannot be chosen in ours. */
	memset(value + 2, strncmp(name, "lo", 2) ? 0xff : 0, 6);
	set(w, "broadcast", SIOCSIFHWBROADCAST, name, value, sizeof(value));
}

void compare_sets(struct world w[2])
{
	for (unsigned name = 0; name < N(flagged); name++) {
		for (unsigned i = 0; i < N(some_flags); i++)
			set_flags(w, flagged[name], some_flags[i]);
		for (unsigned i = 0; i < N(mtus); i++)
			set_mtu(w, flagged[name], mtus[i]);
		for (unsigned i = 0; i < N(families) * N(macs); i++)
			set_mac(w, flagged[name], families[i / N(macs)], macs[i % N(macs)]);
		for (unsigned i = 0; i < N(lens); i++)
			set(w, "queue", SIOCSIFTXQLEN, flagged[name], &lens[i], sizeof(lens[i]));
	}
	for (unsigned i = 0; i < N(new_names); i++) {
		char name[IFNAMSIZ + 1] = { 0 };

		strcpy(name, new_names[i][1]);
		set(w, "name", SIOCSIFNAME, new_names[i][0], name, IFNAMSIZ);
		get_names(w);
	}
}

/* -- anything -- */

uint64_t next_random(uint64_t *seed, uint64_t below)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static void some_call(struct world w[2], uint64_t *seed)
{
	const char *name = ONE_OF(flagged);
	char long_name[IFNAMSIZ + 1] = { 0 };
	const char *const *pair;

	switch (next_random(seed, 6)) {
	case 0:
		set_flags(w, name, (uint16_t)next_random(seed, 65536));
		break;
	case 1:
		set_mtu(w, name, (int32_t)next_random(seed, 70000) - 100);
		break;
	case 2:
		set_mac(w, name, ONE_OF(families), ONE_OF(macs));
		break;
	case 3:
		set(w, "queue", SIOCSIFTXQLEN, name, &ONE_OF(lens), sizeof(lens[0]));
		break;
	case 4:
		pair = ONE_OF(new_names);
		strcpy(long_name, pair[1]);
		if (strncmp(pair[1], "lo", 2) != 0) /* which some settings are told by */
			set(w, "name", SIOCSIFNAME, pair[0], long_name, IFNAMSIZ);
		break;
	default:
		get_all(w, "asked for", ONE_OF(names));
		get_names(w);
	}
}

void compare_any(struct world w[2], unsigned long n, uint64_t *seed)
{
	for (; n; n--)
		some_call(w, seed);
}
