/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of errors about datagrams that were sent: SO_ERROR for connected sockets, a path MTU,
 * and, for those who asked, an entry in the error queue.
 */
#include <errno.h>
#include <netinet/in.h>

#include "core/link.h"
#include "transport/dgram.h"
#include "transport/errq.h"
#include "wire/bytes.h"
#include "wire/icmp.h"

static struct sea_flow flow_of(const struct sea_dgram *d, const struct sea_icmp_error *error)
{
	return (struct sea_flow){
		.family = error->family,
		.proto = d->sock.protocol,
		.oif = d->sock.bound_ifindex,
		.mark = d->sock.mark,
		.dst = error->dst,
	};
}

static void learn_mtu(struct sea_dgram *d, const struct sea_icmp_error *error)
{
	const struct sea_flow flow = flow_of(d, error);

	sea_ip_pmtu_update(d->sock.stack, &flow, error->mtu);
}

/*
 * Does the socket believe what routers say of the path? Linux asks only of IPv6, where an echo socket is not
 * asked, either.
 */
static bool accepts_pmtu(const struct sea_sock *sock, uint8_t family)
{
	return family == SEA_AF_INET || sock->protocol != IPPROTO_UDP ||
	       sock->more->mtu_discover < SEA_PMTUDISC_INTERFACE;
}

/* The datagram was too large. False: that is nothing to report. */
static bool too_big(struct sea_dgram *d, const struct sea_icmp_error *error, bool *hard)
{
	const struct sea_sock *sock = &d->sock;
	uint8_t discover = sea_sock_mtu_discover(sock, error->family);

	if (!accepts_pmtu(sock, error->family))
		return false;
	learn_mtu(d, error);
	if (error->family == SEA_AF_INET && discover == SEA_PMTUDISC_DONT)
		return false;
	if (error->family == SEA_AF_INET || sock->protocol == IPPROTO_UDP)
		*hard = discover != SEA_PMTUDISC_DONT;
	return true;
}

static void report(struct sea_dgram *d, const struct sea_icmp_error *error, uint32_t hdr_len)
{
	struct sea_sock *sock = &d->sock;
	bool hard = error->hard;

	if (sea_icmp_error_is_too_big(error) && !too_big(d, error, &hard))
		return;
	if (!error->err)
		return;
	if (sea_sock_recverr(sock, error->family))
		sea_errq_icmp(sock, error, hdr_len,
			      sock->protocol == IPPROTO_UDP ? sea_get16(error->quote + 2) : 0);
	else if (!hard || !sea_sock_connected(sock))
		return;
	sea_sock_set_error(sock, error->err);
}

/* False: nobody is told. Linux tells an echo socket, and of IPv4 only. */
static bool redirected(struct sea_dgram *d, const struct sea_icmp_error *error)
{
	const struct sea_flow flow = flow_of(d, error);

	sea_ip_redirect(d->sock.stack, &flow, error);
	return error->family == SEA_AF_INET && d->sock.protocol == IPPROTO_ICMP;
}

static bool is_source_quench(const struct sea_icmp_error *error)
{
	return error->family == SEA_AF_INET && error->type == SEA_ICMP_SOURCE_QUENCH;
}

void sea_dgram_icmp_error(struct sea_dgram *d, const struct sea_icmp_error *error, uint32_t hdr_len)
{
	struct sea_icmp_error told = *error;

	if (error->redirect && !redirected(d, error))
		return;
	if (error->redirect || is_source_quench(error))
		told.err = EREMOTEIO;
	report(d, &told, hdr_len);
}

int sea_dgram_too_big(struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	struct sea_sock *sock = &d->sock;

	if (tx->dst.family == SEA_AF_INET6 && sea_dgram_dontfrag(d, tx))
		sea_errq_path_mtu(sock, &tx->dst.dst, tx->dst.link->ifindex, tx->dst.mtu);
	if (sea_sock_recverr(sock, tx->dst.family))
		sea_errq_local(sock, &tx->to, EMSGSIZE, tx->dst.mtu);
	return -EMSGSIZE;
}
