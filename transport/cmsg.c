/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages, read from and written to the program's buffer. */
#include "transport/cmsg.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "ip/ipv4.h"
#include "transport/stamp.h"
#include "transport/txtime.h"

/* Newer than some C libraries' headers. */
#define TYPE_RECVFRAGSIZE 25
#define TYPE_IP_PROTOCOL 52
#define IPV4_FIXED 20u

/* -- sending -- */

static size_t payload(const struct cmsghdr *c)
{
	return c->cmsg_len - CMSG_LEN(0);
}

/* An int, or (tos only) one byte. */
static int read_int(const struct cmsghdr *c, bool may_be_byte, int *v)
{
	if (payload(c) == sizeof(*v))
		memcpy(v, CMSG_DATA(c), sizeof(*v));
	else if (may_be_byte && payload(c) == 1)
		*v = *CMSG_DATA(c);
	else
		return -EINVAL;
	return 0;
}

static int read_pktinfo(const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	struct in_pktinfo info;

	if (payload(c) != sizeof(info))
		return -EINVAL;
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	if (info.ipi_ifindex)
		tx->oif = info.ipi_ifindex;
	memset(tx->src, 0, sizeof(tx->src));
	memcpy(tx->src, &info.ipi_spec_dst, sizeof(info.ipi_spec_dst));
	return 0;
}

static int read_ip(const struct sea_sock *sock, const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	int v = 0, err;

	switch (c->cmsg_type) {
	case IP_PKTINFO:
		return read_pktinfo(c, tx);
	case IP_TTL:
		err = read_int(c, false, &v);
		if (err || v < 1 || v > 255)
			return -EINVAL;
		tx->ttl = (int16_t)v;
		return 0;
	case IP_TOS:
		err = read_int(c, true, &v);
		if (err || v < 0 || v > 255)
			return -EINVAL;
		tx->tos = (uint8_t)v;
		return 0;
	case IP_RETOPTS: /* none: as the socket sends anyway, where it has none of its own */
		return payload(c) || sock->more->ip_opts_len ? -EINVAL : 0;
	case TYPE_IP_PROTOCOL: /* only to raw sockets does it mean something */
		err = read_int(c, false, &v);
		return err || v < 1 || v > 255 ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* From an AF_INET6 socket the address may be named as that family names it. */
static int read_mapped_pktinfo(const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	struct in6_pktinfo info;

	if (payload(c) < sizeof(info))
		return -EINVAL;
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	if (!IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr))
		return -EINVAL;
	if (info.ipi6_ifindex)
		tx->oif = (int)info.ipi6_ifindex;
	memset(tx->src, 0, sizeof(tx->src));
	memcpy(tx->src, info.ipi6_addr.s6_addr + 12, 4);
	return 0;
}

static int read_timestamping(const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	int v = 0, err = read_int(c, false, &v);

	if (err || (uint32_t)v & ~SEA_SOF_TX_RECORD)
		return -EINVAL;
	tx->tsflags = (tx->tsflags & ~SEA_SOF_TX_RECORD) | (uint32_t)v;
	return 0;
}

/* Only of datagrams, which are numbered else. */
static int read_tskey(const struct sea_sock *sock, const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	int v = 0;

	if (sock->protocol == IPPROTO_TCP || !(sock->more->tsflags & SEA_SOF_OPT_ID) ||
	    read_int(c, false, &v))
		return -EINVAL;
	tx->has_tskey = true;
	tx->tskey = (uint32_t)v;
	return 0;
}

static int read_socket(const struct sea_sock *sock, const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	int v = 0, err;

	switch (c->cmsg_type) {
	case SEA_SO_TIMESTAMPING_OLD:
	case SEA_SO_TIMESTAMPING_NEW:
		return read_timestamping(c, tx);
	case SEA_SCM_TS_OPT_ID:
		return read_tskey(sock, c, tx);
	case SEA_SO_TXTIME:
		return sea_txtime_read(sock, c, tx);
	case SO_MARK:
		err = read_int(c, false, &v);
		tx->mark = (uint32_t)v;
		return err;
	case SO_PRIORITY:
		err = read_int(c, false, &v);
		tx->priority = (uint32_t)v;
		return err;
	case SCM_RIGHTS: /* nothing to an Internet socket */
	case SCM_CREDENTIALS:
		return 0;
	default:
		return -EINVAL;
	}
}

static int read_one(const struct sea_sock *sock, const struct cmsghdr *c, uint8_t family,
		    struct sea_cmsg_tx *tx)
{
	if (c->cmsg_level == SOL_SOCKET)
		return read_socket(sock, c, tx);
	if (!family) /* a stream's: nothing below it is asked */
		return 0;
	if (c->cmsg_level == IPPROTO_IP)
		return family == SEA_AF_INET ? read_ip(sock, c, tx) : 0;
	if (c->cmsg_level == IPPROTO_IPV6 && family == SEA_AF_INET6)
		return sea_cmsg6_read(sock, c, tx);
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
	    sock->domain == SEA_AF_INET6)
		return read_mapped_pktinfo(c, tx);
	if (c->cmsg_level == IPPROTO_UDP && sock->protocol == IPPROTO_UDP)
		return -EINVAL;
	return 0;
}

void sea_cmsg_tx_defaults(const struct sea_sock *sock, const struct sea_endpoint *to,
			  struct sea_cmsg_tx *tx)
{
	*tx = (struct sea_cmsg_tx){ .tos = sea_sock_tos(sock, to->family),
				    .ttl = -1,
				    .dontfrag = -1,
				    .to_flow = to->flowinfo,
				    .mark = sock->mark,
				    .priority = sock->priority,
				    .tsflags = sock->more->tsflags,
				    .oif = to->scope_id ? (int)to->scope_id : sock->bound_ifindex };
	if (!tx->oif && to->family == SEA_AF_INET6)
		tx->oif = sock->more->pktinfo_ifindex;
}

static int read_all(const struct sea_sock *sock, const struct msghdr *msg, uint8_t family,
		    struct sea_cmsg_tx *tx)
{
	const uint8_t *at = msg->msg_control;
	size_t left = at ? msg->msg_controllen : 0;

	while (left >= sizeof(struct cmsghdr)) {
		struct cmsghdr head;
		size_t step;
		int err;

		memcpy(&head, at, sizeof(head));
		if (head.cmsg_len < sizeof(head) || head.cmsg_len > left)
			return -EINVAL;
		err = read_one(sock, (const void *)at, family, tx);
		if (err)
			return err;
		step = CMSG_ALIGN(head.cmsg_len);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return 0;
}

int sea_cmsg_tx_read(const struct sea_sock *sock, const struct msghdr *msg,
		     const struct sea_endpoint *to, struct sea_cmsg_tx *tx)
{
	sea_cmsg_tx_defaults(sock, to, tx);
	return read_all(sock, msg, to->family, tx);
}

int sea_cmsg_tx_read_stream(const struct sea_sock *sock, const struct msghdr *msg,
			    struct sea_cmsg_tx *tx)
{
	*tx = (struct sea_cmsg_tx){ .tsflags = sock->more->tsflags };
	return read_all(sock, msg, 0, tx);
}

/* -- receiving -- */

/* SCM_TIMESTAMPING: the software's, and two of hardware that there is none of. */
static bool wants_timestamping(const struct sea_sock *sock, bool err)
{
	uint32_t tsflags = sock->more->tsflags;

	return tsflags & SEA_SOF_SOFTWARE &&
	       (err || tsflags & SEA_SOF_RX_SOFTWARE || !(tsflags & SEA_SOF_OPT_RX_FILTER));
}

void sea_cmsg_time_put(const struct sea_sock *sock, sea_time time, bool err,
		       struct sea_cmsg_out *out)
{
	int64_t ns = time.ns + sock->stack->config.wall_offset_ns;
	struct timespec ts = { .tv_sec = ns / SEA_SEC, .tv_nsec = ns % SEA_SEC };
	struct timeval tv = { .tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / SEA_USEC };
	const struct timespec three[3] = { ts };
	bool new = sock->more->ts_new;

	if (sock->flags & SEA_SOCK_TIMESTAMP)
		sea_cmsg_put(out, SOL_SOCKET, new ? SEA_SO_TIMESTAMP_NEW : SEA_SO_TIMESTAMP_OLD,
			     &tv, sizeof(tv));
	if (sock->flags & SEA_SOCK_TIMESTAMPNS)
		sea_cmsg_put(out, SOL_SOCKET, new ? SEA_SO_TIMESTAMPNS_NEW : SEA_SO_TIMESTAMPNS_OLD,
			     &ts, sizeof(ts));
	if (wants_timestamping(sock, err))
		sea_cmsg_put(out, SOL_SOCKET,
			     new ? SEA_SO_TIMESTAMPING_NEW : SEA_SO_TIMESTAMPING_OLD, three,
			     sizeof(three));
}

static void put_origdst(const struct sea_cmsg_rx *rx, struct sea_cmsg_out *out)
{
	struct sockaddr_in dst = { .sin_family = AF_INET, .sin_port = htons(rx->dport) };

	memcpy(&dst.sin_addr, rx->dst.b, 4);
	sea_cmsg_put(out, IPPROTO_IP, IP_ORIGDSTADDR, &dst, sizeof(dst));
}

static void put_pktinfo(const struct sea_cmsg_rx *rx, struct sea_cmsg_out *out)
{
	struct in_pktinfo info = { .ipi_ifindex = rx->ifindex };

	if (rx->to_us)
		memcpy(&info.ipi_spec_dst, rx->dst.b, 4);
	if (rx->from_us)
		memcpy(&info.ipi_spec_dst, rx->from_us->b, 4);
	memcpy(&info.ipi_addr, rx->dst.b, 4);
	sea_cmsg_put(out, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

/* IP_RECVOPTS: the options as they came. */
static void put_options(const struct sea_cmsg_rx *rx, struct sea_cmsg_out *out)
{
	uint32_t hdr_len = rx->hdr ? (rx->hdr[0] & 0xfu) * 4 : 0;

	if (hdr_len > IPV4_FIXED && hdr_len <= rx->hdr_len)
		sea_cmsg_put(out, IPPROTO_IP, IP_RECVOPTS, rx->hdr + IPV4_FIXED,
			     hdr_len - IPV4_FIXED);
}

/* IP_RETOPTS: the options that an answer would carry, perhaps none of those that came. */
static void put_echoed_options(const struct sea_cmsg_rx *rx, struct sea_cmsg_out *out)
{
	uint32_t hdr_len = rx->hdr ? (rx->hdr[0] & 0xfu) * 4 : 0;
	uint8_t opts[SEA_IPV4_OPTS_MAX];
	int len;

	if (hdr_len <= IPV4_FIXED || hdr_len > rx->hdr_len)
		return;
	len = sea_ipv4_options_echo((const struct sea_ipv4_hdr *)rx->hdr, opts);
	if (len >= 0)
		sea_cmsg_put(out, IPPROTO_IP, IP_RETOPTS, opts, (size_t)len);
}

static void put_ip(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		   struct sea_cmsg_out *out)
{
	uint32_t flags4 = sock->more->flags4;
	int ttl = rx->ttl, frag_max = rx->frag_max;

	if (sock->flags & SEA_SOCK_PKTINFO)
		put_pktinfo(rx, out);
	if (sock->flags & SEA_SOCK_RECVTTL)
		sea_cmsg_put(out, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	if (sock->flags & SEA_SOCK_RECVTOS)
		sea_cmsg_put(out, IPPROTO_IP, IP_TOS, &rx->tos, sizeof(rx->tos));
	if (flags4 & SEA_SOCK4_RECVOPTS)
		put_options(rx, out);
	if (flags4 & SEA_SOCK4_RETOPTS)
		put_echoed_options(rx, out);
	if (sock->flags & SEA_SOCK_RECVORIGDST && rx->dport)
		put_origdst(rx, out);
	if (flags4 & SEA_SOCK4_CHECKSUM && rx->has_csum)
		sea_cmsg_put(out, IPPROTO_IP, IP_CHECKSUM, &rx->csum, sizeof(rx->csum));
	if (flags4 & SEA_SOCK4_FRAGSIZE && frag_max)
		sea_cmsg_put(out, IPPROTO_IP, TYPE_RECVFRAGSIZE, &frag_max, sizeof(frag_max));
}

static void put_net(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		    struct sea_cmsg_out *out)
{
	if (sock->domain == SEA_AF_INET6)
		sea_cmsg6_put_common(sock, rx, out);
	if (rx->family == SEA_AF_INET)
		put_ip(sock, rx, out);
	else
		sea_cmsg6_put(sock, rx, out);
}

/* Is anything wanted at all? Most sockets want nothing. */
static bool wants_any(const struct sea_sock *sock)
{
	const uint32_t all = SEA_SOCK_TIMESTAMP | SEA_SOCK_TIMESTAMPNS | SEA_SOCK_RXQ_OVFL |
			     SEA_SOCK_RCVMARK | SEA_SOCK_RCVPRIORITY | SEA_SOCK_PKTINFO |
			     SEA_SOCK_RECVTTL | SEA_SOCK_RECVTOS | SEA_SOCK_RECVORIGDST;

	return sock->flags & all || sock->more != &sea_sock_plain;
}

void sea_cmsg_rx_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		     struct sea_cmsg_out *out)
{
	if (!wants_any(sock))
		return;
	sea_cmsg_time_put(sock, rx->time, false, out);
	if (sock->flags & SEA_SOCK_RXQ_OVFL && rx->drops)
		sea_cmsg_put(out, SOL_SOCKET, SO_RXQ_OVFL, &rx->drops, sizeof(rx->drops));
	if (sock->flags & SEA_SOCK_RCVMARK)
		sea_cmsg_put(out, SOL_SOCKET, SO_MARK, &rx->mark, sizeof(rx->mark));
	if (sock->flags & SEA_SOCK_RCVPRIORITY)
		sea_cmsg_put(out, SOL_SOCKET, SO_PRIORITY, &rx->priority, sizeof(rx->priority));
	put_net(sock, rx, out);
}

void sea_cmsg_err_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		      struct sea_cmsg_out *out)
{
	put_net(sock, rx, out);
}

bool sea_cmsg_wants_headers(const struct sea_sock *sock, uint8_t family)
{
	const uint32_t ext = SEA_SOCK6_HOPOPTS | SEA_SOCK6_DSTOPTS | SEA_SOCK6_RTHDR |
			     SEA_SOCK6_OLD_HOPOPTS | SEA_SOCK6_OLD_DSTOPTS | SEA_SOCK6_OLD_RTHDR;

	return family == SEA_AF_INET ? sock->more->flags4 & (SEA_SOCK4_RECVOPTS | SEA_SOCK4_RETOPTS)
				     : sock->more->flags6 & ext;
}
