/* SPDX-License-Identifier: Apache-2.0 */
/* struct sockaddr, read and written: AF_INET. Another domain adds its shape to the two tables. */
#include "transport/sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "wire/bytes.h"

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

int sea_sockaddr_get(uint8_t domain, enum sea_sockaddr_use use, const struct sockaddr *addr,
		     socklen_t len, struct sea_endpoint *ep)
{
	sa_family_t family;

	if (!addr || len < sizeof(family) || len > sizeof(struct sockaddr_storage))
		return -EINVAL;
	memcpy(&family, addr, sizeof(family));
	if (use == SEA_SOCKADDR_CONNECT && family == AF_UNSPEC) {
		*ep = (struct sea_endpoint){ 0 };
		return 0;
	}
	return domain == SEA_AF_INET ? get_in(use, addr, len, ep) : -EAFNOSUPPORT;
}

socklen_t sea_sockaddr_make(uint8_t domain, const struct sea_endpoint *ep,
			    struct sockaddr_storage *addr)
{
	struct sockaddr_in in = { .sin_family = domain, .sin_port = htons(ep->port) };

	memset(addr, 0, sizeof(*addr));
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

static struct sea_endpoint endpoint(uint8_t family, uint16_t port, const uint8_t addr[16])
{
	struct sea_endpoint ep = { .family = family, .port = port };

	memcpy(ep.addr, addr, sizeof(ep.addr));
	return ep;
}

struct sea_endpoint sea_sock_local(const struct sea_sock *sock)
{
	return endpoint(sock->family, sock->lport, sock->laddr);
}

struct sea_endpoint sea_sock_peer(const struct sea_sock *sock)
{
	return endpoint(sock->family, sock->rport, sock->raddr);
}

static bool is_zero(const uint8_t addr[16])
{
	static const uint8_t zero[16];

	return memcmp(addr, zero, sizeof(zero)) == 0;
}

bool sea_endpoint_is_any(const struct sea_endpoint *ep)
{
	return is_zero(ep->addr);
}

bool sea_sock_connected(const struct sea_sock *sock)
{
	return !is_zero(sock->raddr);
}
