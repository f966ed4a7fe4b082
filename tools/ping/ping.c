/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An echo socket (SOCK_DGRAM, IPPROTO_ICMP or IPPROTO_ICMPV6): the stack fills in the identifier and the
 * checksum. The headers of both families are laid out alike.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/say.h"
#include "tools/ping/ping.h"

#define LINE_MAX_LEN 160

static void sayf(struct sea_ping *ping, const char *format, ...) SEA_PRINTF(2, 3);

static void sayf(struct sea_ping *ping, const char *format, ...)
{
	char line[LINE_MAX_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ping->say(ping->arg, line);
}

static bool is_v6(const struct sea_ping *ping)
{
	return ping->config.host.addr.family == SEA_AF_INET6;
}

/* Bytes 0x10, 0x11, ... as ping(8) fills its payload. */
static void send_one(struct sea_ping *ping, sea_time now)
{
	static uint8_t bytes[sizeof(struct icmphdr) + SEA_PING_SIZE_MAX];
	struct icmphdr hdr = { .type = is_v6(ping) ? ICMP6_ECHO_REQUEST : ICMP_ECHO };
	struct iovec iov = { bytes, sizeof(hdr) + ping->config.size };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	hdr.un.echo.sequence = htons((uint16_t)(ping->sent + 1));
	memcpy(bytes, &hdr, sizeof(hdr));
	for (uint32_t i = 0; i < ping->config.size; i++)
		bytes[sizeof(hdr) + i] = (uint8_t)(0x10 + i);
	ping->sent++;
	ping->open[ping->sent % SEA_PING_OPEN_MAX] = (struct sea_ping_open){ .at = now };
	n = sea_socket_sendmsg(ping->host->stack, ping->watcher.sock, &msg, 0, now);
	if (n < 0)
		sayf(ping, "icmp_seq=%" PRIu64 " cannot be sent: %s", ping->sent,
		     sea_say_errno((int)n));
}

static bool all_answered(const struct sea_ping *ping)
{
	return ping->config.count && ping->received >= ping->config.count;
}

static void tick(struct sea_ticker *ticker, sea_time now)
{
	struct sea_ping *ping =
		(struct sea_ping *)((char *)ticker - offsetof(struct sea_ping, ticker));
	bool last;

	if (ping->config.count && ping->sent >= ping->config.count) {
		sea_ping_finish(ping, now);
		return;
	}
	send_one(ping, now);
	last = ping->sent == ping->config.count;
	ticker->due = sea_time_add(now, last ? ping->config.wait_ns : ping->config.interval_ns);
}

static int ttl_of(struct msghdr *msg)
{
	int ttl = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT))
			memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	}
	return ttl;
}

static void count_time(struct sea_ping *ping, double ms)
{
	ping->received++;
	ping->sum_ms += ms;
	if (ping->received == 1 || ms < ping->min_ms)
		ping->min_ms = ms;
	if (ms > ping->max_ms)
		ping->max_ms = ms;
}

/* An answer to question `seq`, of which the low 16 bits came back. */
static void take_answer(struct sea_ping *ping, size_t len, uint16_t low, int ttl, sea_time now)
{
	uint64_t seq = ping->sent - (uint16_t)((uint16_t)ping->sent - low);
	struct sea_ping_open *open = &ping->open[seq % SEA_PING_OPEN_MAX];
	char ttl_text[24] = "", host[SEA_PEER_TEXT_MAX];
	double ms = (double)sea_time_diff(now, open->at) / (double)SEA_MSEC;

	/* Not a question of ours, or one so old that its time is forgotten. */
	if (!seq || seq > ping->sent || ping->sent - seq >= SEA_PING_OPEN_MAX)
		return;
	if (ttl >= 0)
		snprintf(ttl_text, sizeof(ttl_text), " %s=%d", is_v6(ping) ? "hlim" : "ttl", ttl);
	sayf(ping, "%zu bytes from %s: icmp_seq=%" PRIu64 "%s time=%.3f ms%s", len,
	     sea_peer_text(&ping->config.host, host), seq, ttl_text, ms,
	     open->answered ? " (DUP!)" : "");
	if (open->answered)
		ping->duplicates++;
	else
		count_time(ping, ms);
	open->answered = true;
}

/* False when nothing waits. */
static bool receive_one(struct sea_ping *ping, sea_time now)
{
	static uint8_t bytes[sizeof(struct icmphdr) + SEA_PING_SIZE_MAX];
	char control[CMSG_SPACE(sizeof(int)) * 2];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = sea_socket_recvmsg(ping->host->stack, ping->watcher.sock, &msg, 0, now);
	uint8_t answer = is_v6(ping) ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	struct icmphdr hdr;

	if (n == -EAGAIN)
		return false;
	if (n < 0) {
		sayf(ping, "the network says: %s", sea_say_errno((int)n));
		return true;
	}
	memcpy(&hdr, bytes, sizeof(hdr));
	if ((size_t)n >= sizeof(hdr) && hdr.type == answer)
		take_answer(ping, (size_t)n, ntohs(hdr.un.echo.sequence), ttl_of(&msg), now);
	return true;
}

static void ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_ping *ping = (struct sea_ping *)watcher;

	(void)edge;
	while (receive_one(ping, now))
		;
	if (all_answered(ping))
		sea_ping_finish(ping, now);
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	sea_ping_cancel((struct sea_ping *)watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = ready, .end = end };

static int connect_socket(struct sea_ping *ping, sea_socket sock, sea_time now)
{
	struct sea_stack *stack = ping->host->stack;
	struct sockaddr_storage to;
	socklen_t len;
	const int one = 1;
	int level = is_v6(ping) ? IPPROTO_IPV6 : IPPROTO_IP;
	int name = is_v6(ping) ? IPV6_RECVHOPLIMIT : IP_RECVTTL;
	int err = sea_peer_sockaddr(&ping->config.host, stack, 0, &to, &len);

	if (!err)
		err = sea_socket_setsockopt(stack, sock, level, name, &one, sizeof(one), now);
	return err ? err : sea_socket_connect(stack, sock, (struct sockaddr *)&to, len, now);
}

static int open_socket(struct sea_ping *ping, sea_time now)
{
	struct sea_stack *stack = ping->host->stack;
	sea_socket sock;
	int err = sea_socket_new(stack, is_v6(ping) ? AF_INET6 : AF_INET, SOCK_DGRAM,
				 is_v6(ping) ? IPPROTO_ICMPV6 : IPPROTO_ICMP, &sock, now);

	if (err)
		return err;
	err = connect_socket(ping, sock, now);
	if (!err)
		err = sea_host_watch(ping->host, sock, &ops, &ping->watcher);
	if (err)
		sea_socket_close(stack, sock, now);
	return err;
}

int sea_ping_start(struct sea_ping *ping, struct sea_host *host,
		   const struct sea_ping_config *config)
{
	sea_time now = sea_os_now();
	char text[SEA_PEER_TEXT_MAX];
	int err;

	ping->host = host;
	ping->config = *config;
	ping->began = now;
	err = open_socket(ping, now);
	if (err)
		return err;
	ping->ticker = (struct sea_ticker){ .due = now, .tick = tick };
	sea_host_add_ticker(host, &ping->ticker);
	sayf(ping, "PING %s with %u bytes of data", sea_peer_text(&config->host, text),
	     config->size);
	return 0;
}

static void say_totals(struct sea_ping *ping, sea_time now)
{
	uint64_t lost = ping->sent > ping->received ? ping->sent - ping->received : 0;
	char host[SEA_PEER_TEXT_MAX];

	sayf(ping, "--- %s ---", sea_peer_text(&ping->config.host, host));
	sayf(ping,
	     "%" PRIu64 " sent, %" PRIu64 " received, %" PRIu64 " duplicates, %.1f%% lost, %.0f ms",
	     ping->sent, ping->received, ping->duplicates,
	     ping->sent ? 100 * (double)lost / (double)ping->sent : 0,
	     (double)sea_time_diff(now, ping->began) / (double)SEA_MSEC);
	if (ping->received)
		sayf(ping, "rtt min/avg/max = %.3f/%.3f/%.3f ms", ping->min_ms,
		     ping->sum_ms / (double)ping->received, ping->max_ms);
}

void sea_ping_cancel(struct sea_ping *ping, sea_time now)
{
	sea_host_del_ticker(ping->host, &ping->ticker);
	sea_host_unwatch(ping->host, &ping->watcher, now);
}

void sea_ping_finish(struct sea_ping *ping, sea_time now)
{
	say_totals(ping, now);
	sea_ping_cancel(ping, now);
	ping->done(ping->arg, ping->received ? SEA_EXIT_OK : SEA_EXIT_FAILED);
}
