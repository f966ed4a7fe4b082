/* SPDX-License-Identifier: Apache-2.0 */
/* Socket calls, drawn from a seed: what socket_calls_peer.c makes in two worlds. */
#ifndef SEA_TESTS_SOCKET_CALLS_ANY_H
#define SEA_TESTS_SOCKET_CALLS_ANY_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define SOCKS 4
#define CALLS 60
#define EPHEMERAL 1 /* what any ephemeral port is shown as */
#define CONTROL_MAX 512

static enum { INET, INET6, BINDS } mode;

/* What a socket is; drawn when it is opened. */
static const struct sort {
	int domain, type, protocol;
} sorts[] = {
	{ AF_INET, SOCK_DGRAM, IPPROTO_UDP },     { AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_UDP },    { AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 }, { AF_INET, SOCK_STREAM, IPPROTO_TCP },
	{ AF_INET6, SOCK_STREAM, IPPROTO_TCP },   { AF_INET6, SOCK_STREAM, IPPROTO_TCP },
};

/* One call, decided once and made in both worlds. */
struct call {
	enum what {
		BIND,
		CONNECT,
		SENDTO,
		SEND,
		RECV,
		NAME,
		PEER,
		SHUTDOWN,
		SETOPT,
		GETOPT,
		POLL,
		INQ,
		REOPEN,
		LISTEN,
		WHATS
	} what;
	unsigned s, sort;
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage any;
	} addr;
	socklen_t addrlen;
	int flags, level, name, value;
	size_t len;
};

static uint64_t rng;

static inline uint32_t below(uint32_t n)
{
	rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng >> 33) % n;
}

/* -- making calls up -- */

static inline void any_address6(struct call *c)
{
	static const char *const ips[] = { "::1",
					   "::1",
					   "::1",
					   "::",
					   "::",
					   "::ffff:127.0.0.1",
					   "::ffff:127.0.0.1",
					   "::ffff:0.0.0.0",
					   "::ffff:127.0.0.2",
					   "2001:db8::9",
					   "fe80::1",
					   "ff02::1" };
	static const uint16_t ports[] = { 7001, 7002, 7003, 7001, 0 };
	static const socklen_t lens[] = { 0, 2, 16, 23, 24, 27, 29, 128 };

	c->addr.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					     .sin6_port = htons(ports[below(5)]) };
	inet_pton(AF_INET6, ips[below(12)], &c->addr.in6.sin6_addr);
	if (below(6) == 0)
		c->addr.in6.sin6_scope_id = below(3);
	c->addrlen = sizeof(c->addr.in6);
	if (below(12) == 0)
		c->addrlen = lens[below(8)];
	if (below(20) == 0)
		c->addr.in6.sin6_family = AF_UNSPEC;
}

static inline void any_address(struct call *c)
{
	static const char *const ips[] = { "127.0.0.1",       "127.0.0.1", "127.0.0.2", "0.0.0.0",
					   "127.255.255.255", "9.9.9.9",   "127.0.0.1" };
	static const uint16_t ports[] = { 7001, 7002, 7003, 7001, 0 };
	static const socklen_t lens[] = { 0, 1, 2, 8, 15, 16, 17, 28, 128, 129 };

	if (mode != INET && below(4)) {
		any_address6(c);
		return;
	}
	c->addr.in =
		(struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(ports[below(5)]) };
	inet_pton(AF_INET, ips[below(7)], &c->addr.in.sin_addr);
	c->addrlen = sizeof(c->addr.in);
	if (below(8) == 0)
		c->addr.in.sin_family = below(2) ? AF_UNSPEC : AF_INET6;
	if (below(12) == 0)
		c->addrlen = lens[below(10)];
}

/* What IPPROTO_IPV6 has that is no multicast. */
static inline void any_option6(struct call *c)
{
	static const int names[] = { IPV6_V6ONLY,
				     IPV6_UNICAST_HOPS,
				     IPV6_TCLASS,
				     IPV6_MTU_DISCOVER,
				     IPV6_RECVPKTINFO,
				     IPV6_RECVHOPLIMIT,
				     IPV6_RECVTCLASS,
				     IPV6_RECVERR,
				     IPV6_RECVPKTINFO,
				     IPV6_RECVHOPLIMIT,
				     IPV6_RECVTCLASS,
				     IPV6_RECVERR,
				     IPV6_RECVPATHMTU,
				     IPV6_DONTFRAG,
				     IPV6_2292PKTINFO,
				     IPV6_2292HOPLIMIT,
				     11 /* FLOWINFO */,
				     33 /* FLOWINFO_SEND */,
				     72 /* ADDR_PREFERENCES */,
				     73 /* MINHOPCOUNT */,
				     74 /* ORIGDSTADDR */,
				     IPV6_TRANSPARENT,
				     76 /* UNICAST_IF */,
				     IPV6_FREEBIND,
				     70 /* AUTOFLOWLABEL */,
				     IPV6_RECVHOPOPTS,
				     IPV6_RECVDSTOPTS,
				     IPV6_HOPOPTS,
				     IPV6_DSTOPTS,
				     IPV6_RTHDRDSTOPTS,
				     IPV6_RTHDR,
				     32 /* FLOWLABEL_MGR */,
				     IPV6_ADDRFORM,
				     IPV6_PKTINFO,
				     IPV6_HOPLIMIT,
				     36 /* HDRINCL */,
				     IPV6_CHECKSUM,
				     IPV6_NEXTHOP,
				     77 /* RECVFRAGSIZE */,
				     30,
				     31,
				     22,
				     100 };
	static const int values[] = { 0, 1, 1, 1, 2, 3, 5, 255, 256, 1280, -1, -2 };

	c->level = IPPROTO_IPV6;
	c->name = names[below(sizeof(names) / sizeof(names[0]))];
	c->value = values[below(12)];
	c->len = below(6) ? sizeof(int) : below(4) * 8;
}

static inline void any_option(struct call *c)
{
	static const int sol[] = {
		SO_DEBUG,     SO_REUSEADDR,  SO_REUSEPORT,   SO_TYPE,      SO_ERROR,
		SO_BROADCAST, SO_SNDBUF,     SO_RCVBUF,      SO_KEEPALIVE, SO_OOBINLINE,
		SO_NO_CHECK,  SO_PRIORITY,   SO_LINGER,      SO_RCVLOWAT,  SO_RCVTIMEO,
		SO_TIMESTAMP, SO_ACCEPTCONN, SO_SNDLOWAT,    SO_PROTOCOL,  SO_DOMAIN,
		SO_RXQ_OVFL,  SO_MARK,       SO_TIMESTAMPNS, SO_BSDCOMPAT, 200
	};
	static const int ip[] = { IP_TOS,
				  IP_TTL,
				  IP_PKTINFO,
				  IP_RECVTTL,
				  IP_RECVTOS,
				  IP_FREEBIND,
				  IP_MULTICAST_TTL,
				  IP_MTU_DISCOVER,
				  IP_RECVERR,
				  24,
				  69,
				  IP_RECVORIGDSTADDR,
				  IP_RECVOPTS,
				  IP_RETOPTS,
				  IP_PASSSEC,
				  IP_MINTTL,
				  IP_CHECKSUM,
				  IP_UNICAST_IF,
				  25,
				  26,
				  51,
				  IP_HDRINCL,
				  IP_NODEFRAG,
				  IP_ROUTER_ALERT };
	static const int values[] = { 0, 1, 1, 1, 2, 5, 255, 256, 4096, -1 };

	if (mode != INET && below(2)) {
		any_option6(c);
		return;
	}
	if (below(3)) {
		c->level = SOL_SOCKET;
		c->name = sol[below(sizeof(sol) / sizeof(sol[0]))];
	} else {
		c->level = IPPROTO_IP;
		c->name = ip[below(sizeof(ip) / sizeof(ip[0]))];
	}
	c->value = values[below(10)];
	c->len = below(6) ? sizeof(int) : below(9);
}

/* Certain to succeed as a connect()? */
static inline bool is_sound(const struct call *c)
{
	uint32_t ip = ntohl(c->addr.in.sin_addr.s_addr);

	if (mode != INET || c->addrlen < sizeof(c->addr.in) ||
	    c->addrlen > sizeof(struct sockaddr_storage))
		return false;
	return c->addr.in.sin_family == AF_UNSPEC ||
	       (c->addr.in.sin_family == AF_INET && (!ip || (ip & 0xffffff00) == 0x7f000000));
}

/*
 * Linux keeps where a corked datagram goes and where a connected socket sends to in one place, so that
 * each can spoil the other: a connect() that fails, or a corked datagram to elsewhere from a connected
 * socket. Nothing to be like, so these are left out.
 */
static inline void avoid_accident(struct call *c)
{
	static bool corked[SOCKS], connected[SOCKS];

	if (c->what == REOPEN)
		corked[c->s] = connected[c->s] = false;
	if (c->what == CONNECT && (corked[c->s] || (connected[c->s] && !is_sound(c))))
		c->what = POLL;
	if (c->what == CONNECT)
		connected[c->s] = true;
	if (c->what == SENDTO && connected[c->s])
		c->flags &= ~MSG_MORE;
	/* One that is connected by IPv6 speaks IPv4 from 127.0.0.6, which is an accident, too. */
	if (c->what == SENDTO && connected[c->s] && mode == INET6)
		c->what = SEND;
	if (c->what == SEND || c->what == SENDTO)
		corked[c->s] = c->flags & MSG_MORE;
}

static inline struct call any_call(void)
{
	static const int send_flags[] = { 0, 0, 0, MSG_MORE, MSG_OOB, MSG_CONFIRM, MSG_DONTROUTE };
	static const int recv_flags[] = { 0,           0, MSG_PEEK, MSG_TRUNC, MSG_PEEK | MSG_TRUNC,
					  MSG_ERRQUEUE };
	static const enum what of_binds[] = { BIND,   BIND,   BIND,   NAME,   SETOPT,
					      SETOPT, LISTEN, REOPEN, REOPEN, GETOPT };
	struct call c = { .what = (enum what)below(LISTEN), .s = below(SOCKS) };

	if (mode == BINDS)
		c.what = of_binds[below(10)];
	any_address(&c);
	c.sort = mode == INET ? 0 : below(mode == INET6 ? 5 : 8);
	if (mode == BINDS && sorts[c.sort].protocol == IPPROTO_ICMPV6)
		c.sort = 0; /* any number may be an identifier */
	if (c.what == REOPEN && mode != BINDS && below(4))
		c.what = SENDTO;
	if (c.what == SETOPT || c.what == GETOPT)
		any_option(&c);
	else if (c.what == RECV)
		c.flags = recv_flags[below(6)];
	else
		c.flags = send_flags[below(7)];
	avoid_accident(&c);
	if (c.what == SHUTDOWN)
		c.flags = (int)below(5) - 1;
	if (c.what != SETOPT && c.what != GETOPT)
		c.len = below(10) ? below(40) : below(70000);
	return c;
}

#endif
