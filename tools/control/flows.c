/* SPDX-License-Identifier: Apache-2.0 */
/* What `seastack top` shows of sockets. Totals only: who asks twice knows the rates. */
#include <inttypes.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>

#include "tools/control/report.h"

struct measured {
	struct tcp_info info;
	char congestion[16]; /* TCP_CA_NAME_MAX of Linux */
};

static bool measure(struct sea_host *host, const struct sea_socket_info *info,
		    struct measured *measured)
{
	socklen_t len = sizeof(measured->info), name_len = sizeof(measured->congestion) - 1;

	if (info->protocol != IPPROTO_TCP || sea_socket_is_none(info->socket))
		return false;
	return !sea_socket_getsockopt(host->stack, info->socket, IPPROTO_TCP, TCP_INFO,
				      &measured->info, &len, sea_os_now()) &&
	       !sea_socket_getsockopt(host->stack, info->socket, IPPROTO_TCP, TCP_CONGESTION,
				      measured->congestion, &name_len, sea_os_now()) &&
	       measured->congestion[0];
}

static void as_words(struct sea_host *host, const struct sea_socket_info *info, struct sea_text *to)
{
	char local[SEA_REPORT_ENDPOINT_MAX], peer[SEA_REPORT_ENDPOINT_MAX];
	struct measured measured = { 0 };
	const struct tcp_info *tcp = &measured.info;

	if (!measure(host, info, &measured))
		measured = (struct measured){ .congestion = "-" };
	sea_text_printf(to,
			"%" PRIx64 " %s %s %" PRIu64 " %" PRIu64 " %s %" PRIu32 " %" PRIu32
			" %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64 " %s %s\n",
			info->socket.v, sea_report_protocol(info), sea_report_state(info),
			(uint64_t)tcp->tcpi_bytes_received, (uint64_t)tcp->tcpi_bytes_acked,
			measured.congestion, tcp->tcpi_rtt, tcp->tcpi_snd_cwnd,
			tcp->tcpi_total_retrans, info->rx_bytes, info->tx_bytes, info->drops,
			sea_report_endpoint(host, info, &info->local, local),
			sea_report_endpoint(host, info, &info->peer, peer));
}

bool sea_report_flows(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	for (int i = 0; i < SEA_REPORT_HELPING; i++) {
		if (!sea_socket_next(host->stack, &walk->cursor, &info))
			return false;
		as_words(host, &info, to);
	}
	return true;
}
