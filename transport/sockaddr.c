/* SPDX-License-Identifier: Apache-2.0 */
/* struct sockaddr_in and sockaddr_in6, read and written; IPv4 behind AF_INET6 is taken apart here. */
#include "transport/sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "wire/bytes.h"

#define IN6_LEN_RFC2133 24u /* a struct sockaddr_in6 without sin6_scope_id */
#define FLOWINFO_MASK 0x0fffffffu

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static bool is_zero(const uint8_t addr[16])
{
	static const uint8_t zero[16];

	return memcmp(addr, zero, sizeof(zero)) == 0;
}

bool sea_endpoint_needs_scope(const struct sea_endpoint *ep)
{
	if (ep->family != SEA_AF_INET6)
		return false;
	if (ep->addr[0] == 0xff)
		return (ep->addr[1] & 0xf) == 1 || (ep->addr[1] & 0xf) == 2;
	return ep->addr[0] == 0xfe && (ep->addr[1] & 0xc0) == 0x80;
}

/* -- read -- */

static int get_in(enum sea_sockaddr_use use, const struct sockaddr *addr, socklen_t len,
		  struct sea_endpoint *ep)
{
	struct sockaddr_in in;
	bool as_inet;

	if (len < sizeof(in))
		return -EINVAL;
	memcpy(&in, addr, sizeof(in));
	as_inet = in.sin_family == AF_INET ||
		  (in.sin_family == AF_UNSPEC &&
		   (use == SEA_SOCKADDR_SEND ||
		    (use == SEA_SOCKADDR_BIND && in.sin_addr.s_addr == INADDR_ANY)));
	if (!as_inet)
		return -EAFNOSUPPORT;
	*ep = (struct sea_endpoint){ .family = SEA_AF_INET, .port = ntohs(in.sin_port) };
	memcpy(ep->addr, &in.sin_addr, sizeof(in.sin_addr));
	return 0;
}

/* An AF_INET6 socket given a struct sockaddr_in: datagram sockets take it but to bind. */
static int get_in_for_in6(const struct sea_sock *sock, enum sea_sockaddr_use use,
			  const struct sockaddr *addr, socklen_t len, struct sea_endpoint *ep)
{
	if (use == SEA_SOCKADDR_SEND && sock->flags & SEA_SOCK_V6ONLY)
		return -ENETUNREACH;
	if (sock->flags & SEA_SOCK_V6ONLY)
		return -EAFNOSUPPORT;
	return get_in(use, addr, len, ep);
}

/* From the end of a socket that speaks IPv4, :: is 0.0.0.0's place, which is this host. */
static void name_loopback(const struct sea_sock *sock, struct sea_endpoint *ep)
{
	ep->family = sock->family == SEA_AF_INET ? SEA_AF_INET : SEA_AF_INET6;
	if (ep->family == SEA_AF_INET)
		memcpy(ep->addr, (const uint8_t[4]){ 127, 0, 0, 1 }, 4);
	else
		ep->addr[15] = 1;
}

static int unmap(const struct sea_sock *sock, enum sea_sockaddr_use use, struct sea_endpoint *ep)
{
	uint8_t v4[4];

	if (use == SEA_SOCKADDR_STRICT)
		return -EINVAL;
	if (sock->flags & SEA_SOCK_V6ONLY)
		return use == SEA_SOCKADDR_BIND ? -EINVAL : -ENETUNREACH;
	memcpy(v4, ep->addr + 12, sizeof(v4));
	memset(ep->addr, 0, sizeof(ep->addr));
	memcpy(ep->addr, v4, sizeof(v4));
	ep->family = SEA_AF_INET;
	return 0;
}

static int get_in6(const struct sea_sock *sock, enum sea_sockaddr_use use,
		   const struct sockaddr *addr, socklen_t len, struct sea_endpoint *ep)
{
	bool strict = use == SEA_SOCKADDR_STRICT ||
		      (use == SEA_SOCKADDR_BIND && sock->protocol == IPPROTO_ICMPV6);
	struct sockaddr_in6 in = { 0 };

	if (len < (strict ? sizeof(in) : IN6_LEN_RFC2133))
		return -EINVAL;
	memcpy(&in, addr, len < sizeof(in) ? len : sizeof(in));
	if (in.sin6_family != AF_INET6)
		return use == SEA_SOCKADDR_SEND ? -EINVAL : -EAFNOSUPPORT;
	*ep = (struct sea_endpoint){ .family = SEA_AF_INET6, .port = ntohs(in.sin6_port) };
	memcpy(ep->addr, &in.sin6_addr, sizeof(ep->addr));
	if (sock->more->flags6 & SEA_SOCK6_FLOWINFO_SEND)
		ep->flowinfo = ntohl(in.sin6_flowinfo) & FLOWINFO_MASK;
	/* An echo socket's bind() looks for the link, whatever the address. */
	if (sea_endpoint_needs_scope(ep) ||
	    (use == SEA_SOCKADDR_BIND && sock->protocol == IPPROTO_ICMPV6))
		ep->scope_id = in.sin6_scope_id;
	if (memcmp(ep->addr, mapped_prefix, sizeof(mapped_prefix)) == 0)
		return unmap(sock, use, ep);
	if ((use == SEA_SOCKADDR_CONNECT || use == SEA_SOCKADDR_SEND) && is_zero(ep->addr))
		name_loopback(sock, ep);
	return 0;
}

static int get_for_in6(const struct sea_sock *sock, enum sea_sockaddr_use use, sa_family_t family,
		       const struct sockaddr *addr, socklen_t len, struct sea_endpoint *ep)
{
	bool inet = use == SEA_SOCKADDR_SEND ||
		    (use == SEA_SOCKADDR_CONNECT && sock->type == SOCK_DGRAM);

	if (use == SEA_SOCKADDR_CONNECT && sock->protocol == IPPROTO_ICMPV6 && family != AF_INET6)
		return -EAFNOSUPPORT;
	if (inet && family == AF_INET)
		return get_in_for_in6(sock, use, addr, len, ep);
	if (use == SEA_SOCKADDR_SEND && family == AF_UNSPEC) {
		*ep = (struct sea_endpoint){ 0 };
		return 0;
	}
	return get_in6(sock, use, addr, len, ep);
}

int sea_sockaddr_get(const struct sea_sock *sock, enum sea_sockaddr_use use,
		     const struct sockaddr *addr, socklen_t len, struct sea_endpoint *ep)
{
	sa_family_t family;

	if (!addr || len < sizeof(family) || len > sizeof(struct sockaddr_storage))
		return -EINVAL;
	memcpy(&family, addr, sizeof(family));
	if (use == SEA_SOCKADDR_CONNECT && family == AF_UNSPEC) {
		*ep = (struct sea_endpoint){ 0 };
		return 0;
	}
	if (sock->domain == SEA_AF_INET)
		return get_in(use, addr, len, ep);
	return get_for_in6(sock, use, family, addr, len, ep);
}

/* -- written -- */

static socklen_t make_in6(const struct sea_endpoint *ep, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 in = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(ep->port),
		.sin6_flowinfo = htonl(ep->flowinfo),
	};

	if (ep->family == SEA_AF_INET) {
		memcpy(in.sin6_addr.s6_addr, mapped_prefix, sizeof(mapped_prefix));
		memcpy(in.sin6_addr.s6_addr + 12, ep->addr, 4);
	} else {
		memcpy(in.sin6_addr.s6_addr, ep->addr, sizeof(ep->addr));
		in.sin6_scope_id = sea_endpoint_needs_scope(ep) ? ep->scope_id : 0;
	}
	memcpy(addr, &in, sizeof(in));
	return sizeof(in);
}

socklen_t sea_sockaddr_make(uint8_t domain, const struct sea_endpoint *ep,
			    struct sockaddr_storage *addr)
{
	struct sockaddr_in in = { .sin_family = domain, .sin_port = htons(ep->port) };

	memset(addr, 0, sizeof(*addr));
	if (domain == SEA_AF_INET6)
		return make_in6(ep, addr);
	memcpy(&in.sin_addr, ep->addr, sizeof(in.sin_addr));
	memcpy(addr, &in, sizeof(in));
	return sizeof(in);
}

void sea_sockaddr_put(uint8_t domain, const struct sea_endpoint *ep, struct sockaddr *addr,
		      socklen_t *len)
{
	struct sockaddr_storage whole;
	socklen_t n;

	if (!addr || !len)
		return;
	n = sea_sockaddr_make(domain, ep, &whole);
	memcpy(addr, &whole, *len < n ? *len : n);
	*len = n;
}

/* -- a socket's ends -- */

struct sea_endpoint sea_sock_local(const struct sea_sock *sock)
{
	struct sea_endpoint ep = { .family = sock->family,
				   .port = sock->lport,
				   .scope_id = (uint32_t)sock->bound_ifindex };

	memcpy(ep.addr, sock->laddr, sizeof(ep.addr));
	return ep;
}

struct sea_endpoint sea_sock_peer(const struct sea_sock *sock)
{
	struct sea_endpoint ep = { .family = sock->family,
				   .port = sock->rport,
				   .scope_id = (uint32_t)sock->bound_ifindex };

	if (!sea_sock_connected(sock))
		ep.family = sock->domain;
	if (sock->more->flags6 & SEA_SOCK6_FLOWINFO_SEND)
		ep.flowinfo = sock->more->flowinfo;
	memcpy(ep.addr, sock->raddr, sizeof(ep.addr));
	return ep;
}

bool sea_endpoint_is_any(const struct sea_endpoint *ep)
{
	return is_zero(ep->addr);
}

bool sea_sock_connected(const struct sea_sock *sock)
{
	return !is_zero(sock->raddr);
}
