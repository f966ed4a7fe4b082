// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/differ/names.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define FLAG(name)          \
	{                   \
		name, #name \
	}

const struct diff_flag diff_msg_flags[] = { FLAG(MSG_OOB),      FLAG(MSG_PEEK), FLAG(MSG_DONTWAIT),
					    FLAG(MSG_TRUNC),    FLAG(MSG_EOR),  FLAG(MSG_WAITALL),
					    FLAG(MSG_NOSIGNAL), FLAG(MSG_MORE), FLAG(MSG_ERRQUEUE),
					    { 0, NULL } };
const struct diff_flag diff_poll_flags[] = { FLAG(POLLIN),     FLAG(POLLPRI),    FLAG(POLLOUT),
					     FLAG(POLLERR),    FLAG(POLLHUP),    FLAG(POLLNVAL),
					     FLAG(POLLRDNORM), FLAG(POLLRDBAND), FLAG(POLLWRNORM),
					     FLAG(POLLWRBAND), FLAG(POLLRDHUP),  { 0, NULL } };
const struct diff_flag diff_epoll_flags[] = {
	FLAG(EPOLLIN),        FLAG(EPOLLPRI),    FLAG(EPOLLOUT),     FLAG(EPOLLERR),
	FLAG(EPOLLHUP),       FLAG(EPOLLRDNORM), FLAG(EPOLLRDBAND),  FLAG(EPOLLWRNORM),
	FLAG(EPOLLWRBAND),    FLAG(EPOLLRDHUP),  FLAG(EPOLLONESHOT), { 1ll << 31, "EPOLLET" },
	FLAG(EPOLLEXCLUSIVE), { 0, NULL }
};

void diff_print_flags(const struct diff_flag *flags, int64_t value, FILE *out)
{
	const char *between = "";

	value &= 0xffffffff;
	for (; flags->name; flags++) {
		if (!(value & flags->bits))
			continue;
		fprintf(out, "%s%s", between, flags->name);
		between = "|";
		value &= ~flags->bits;
	}
	if (value || !*between)
		fprintf(out, value ? "%s0x%llx" : "%s%llx", between, (long long)value);
}

#define OPTION(level, name, ...)            \
	{                                   \
		level, name, #level, #name, \
		{                           \
			__VA_ARGS__         \
		}                           \
	}

const struct diff_option diff_options[] = {
	OPTION(SOL_SOCKET, SO_ERROR, 0, 0, 0, 0),
	OPTION(SOL_SOCKET, SO_ACCEPTCONN, 0, 0, 0, 0),
	OPTION(SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1, 1),
	OPTION(SOL_SOCKET, SO_OOBINLINE, 0, 1, 1, 1),
	OPTION(SOL_SOCKET, SO_RCVLOWAT, 1, 100, 2000, 0),
	OPTION(SOL_SOCKET, SO_SNDBUF, 0, 4096, 20000, 100000),
	OPTION(SOL_SOCKET, SO_REUSEADDR, 0, 1, 1, 1),
	OPTION(SOL_SOCKET, SO_PRIORITY, 0, 6, 7, -1),
	OPTION(SOL_SOCKET, SO_MARK, 0, 1, -1, 7),
	OPTION(IPPROTO_TCP, TCP_NODELAY, 1, 0, 1, 1),
	OPTION(IPPROTO_TCP, TCP_CORK, 1, 0, 1, 0),
	OPTION(IPPROTO_TCP, TCP_QUICKACK, 0, 1, 2, 3),
	OPTION(IPPROTO_TCP, TCP_MAXSEG, 88, 500, 1000, 87),
	OPTION(IPPROTO_TCP, TCP_KEEPIDLE, 1, 2, 0, 32768),
	OPTION(IPPROTO_TCP, TCP_KEEPINTVL, 1, 1, 0, 100),
	OPTION(IPPROTO_TCP, TCP_KEEPCNT, 1, 2, 0, 128),
	OPTION(IPPROTO_TCP, TCP_SYNCNT, 1, 2, 0, 256),
	OPTION(IPPROTO_TCP, TCP_LINGER2, 1, -1, 0, 1000),
	OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT, 1, 3, 0, 100),
	OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, 300, 1000, 0, -1),
	OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1, 1000, 0, -1),
	OPTION(IPPROTO_TCP, TCP_INQ, 1, 0, 2, -1),
	OPTION(SOL_IP, IP_TOS, 0, 0x10, 3, 0xb8),
	OPTION(SOL_IP, IP_TTL, 1, 255, 0, 256),
	OPTION(SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_PMTUDISC_DONT, IP_PMTUDISC_PROBE, 7),
	OPTION(SOL_IP, IP_MTU, 0, 0, 0, 0),
	OPTION(SOL_IP, IP_MINTTL, 0, 200, 255, 256),
	OPTION(SOL_IP, IP_RECVERR, 1, 0, 1, 1),
	OPTION(SOL_IPV6, IPV6_TCLASS, 0, 0x10, 3, 256),
	OPTION(SOL_IPV6, IPV6_UNICAST_HOPS, 1, 255, -1, 256),
	OPTION(SOL_IPV6, IPV6_V6ONLY, 0, 1, 0, 1),
	OPTION(SOL_IPV6, IPV6_RECVERR, 1, 0, 1, 1),
	OPTION(SOL_IPV6, IPV6_MTU, 0, 1280, 1000, 1400),
};
const size_t diff_n_options = sizeof(diff_options) / sizeof(diff_options[0]);

/* Bytes from `at` on. */
static const struct {
	const char *name;
	unsigned at, bytes;
} fields[] = {
#define FIELD(name)                                                                          \
	{                                                                                    \
#name, offsetof(struct tcp_info, name), sizeof(((struct tcp_info *)0)->name) \
	}
	FIELD(tcpi_state),         FIELD(tcpi_ca_state),       FIELD(tcpi_retransmits),
	FIELD(tcpi_probes),        FIELD(tcpi_backoff),        FIELD(tcpi_options),
	FIELD(tcpi_snd_mss),       FIELD(tcpi_rcv_mss),        FIELD(tcpi_unacked),
	FIELD(tcpi_sacked),        FIELD(tcpi_lost),           FIELD(tcpi_retrans),
	FIELD(tcpi_pmtu),          FIELD(tcpi_snd_ssthresh),   FIELD(tcpi_snd_cwnd),
	FIELD(tcpi_advmss),        FIELD(tcpi_reordering),     FIELD(tcpi_total_retrans),
	FIELD(tcpi_bytes_acked),   FIELD(tcpi_bytes_received), FIELD(tcpi_segs_out),
	FIELD(tcpi_segs_in),       FIELD(tcpi_notsent_bytes),  FIELD(tcpi_data_segs_in),
	FIELD(tcpi_data_segs_out), FIELD(tcpi_delivered),      FIELD(tcpi_delivered_ce),
	FIELD(tcpi_bytes_sent),    FIELD(tcpi_bytes_retrans),  FIELD(tcpi_dsack_dups),
	FIELD(tcpi_reord_seen),    FIELD(tcpi_rcv_ooopack),
#undef FIELD
};

void diff_print_info(const uint8_t *info, FILE *out)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint64_t value = 0;

		memcpy(&value, info + fields[i].at, fields[i].bytes);
		fprintf(out, " %s %llu", fields[i].name + 5, (unsigned long long)value);
	}
}
