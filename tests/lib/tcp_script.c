/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/tcp_script.h"

#include <stdio.h>

static const char flag_names[] = "FSRPAUEC";

static bool over6; /* what script_new() makes */

int script_use6(void **state)
{
	(void)state;
	over6 = true;
	return 0;
}

int script_use4(void **state)
{
	(void)state;
	over6 = false;
	return 0;
}

bool script_is6(void)
{
	return over6;
}

/* -- life -- */

/* The link is as much wider as the header is longer: segments have the same size in both families. */
static void new6(struct tcp_script *s)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_tcp };

	test_stack_new6(&s->t, modules, 3);
	assert_int_equal(sea_link_set_mtu(s->t.link, 1520, s->t.now), 0);
	test_know_peer6(&s->t);
}

void script_new(struct tcp_script *s)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };

	memset(s, 0, sizeof(*s));
	if (over6)
		new6(s);
	else
		test_stack_new(&s->t, modules, 2);
	test_know_peer(&s->t);
	s->lport = SCRIPT_PORT;
	s->rport = SCRIPT_PEER_PORT;
	s->wnd = 65535;
	s->ts_base = 5000;
	test_take_all(&s->t);
}

void script_free(struct tcp_script *s)
{
	test_stack_free(&s->t);
}

/* -- in -- */

static uint8_t flags_of(const char *text)
{
	uint8_t flags = 0;

	for (; *text; text++) {
		const char *at = strchr(flag_names, *text);

		assert_non_null(at);
		flags |= (uint8_t)(1u << (at - flag_names));
	}
	return flags;
}

static void parse_opt(const char *text, struct sea_tcp_opts *o, uint32_t iss)
{
	unsigned a, b, c;
	int n = 0;

	if (sscanf(text, "mss %u", &a) == 1) {
		o->has_mss = true;
		o->mss = (uint16_t)a;
	} else if (sscanf(text, "wscale %u", &a) == 1) {
		o->has_wscale = true;
		o->wscale = (uint8_t)a;
	} else if (sscanf(text, "ts %u %u", &a, &b) == 2) {
		o->has_ts = true;
		o->ts_val = a;
		o->ts_ecr = b;
	} else if (sscanf(text, "sack-ok%n", &n) == 0 && n) {
		o->has_sack_perm = true;
	} else if (sscanf(text, "accecn %u %u %u", &a, &b, &c) == 3) { /* E1B, CEB, E0B */
		o->accecn = SEA_TCPOPT_ACCECN1;
		o->n_accecn = 3;
		o->accecn_bytes[0] = a;
		o->accecn_bytes[1] = b;
		o->accecn_bytes[2] = c;
	} else if (sscanf(text, "sack %u %u", &a, &b) == 2) {
		o->sack[o->n_sack].start = sea_seq_of(a + iss);
		o->sack[o->n_sack++].end = sea_seq_of(b + iss);
	} else {
		fail_msg("no option: %s", text);
	}
}

static void parse_opts(const char *text, struct sea_tcp_opts *o, uint32_t iss)
{
	while (text && *text) {
		parse_opt(text, o, iss);
		text = strchr(text, ',');
		while (text && (*text == ',' || *text == ' '))
			text++;
	}
}

static uint32_t peer_clock(const struct tcp_script *s)
{
	return s->ts_base + (uint32_t)(s->t.now.ns / SEA_MSEC);
}

static void fill_header(struct tcp_script *s, struct sea_tcp_hdr *th, const char *flags,
			uint32_t seq, uint32_t ack, const struct script_seg *more)
{
	uint8_t bits = flags_of(flags);

	th->src = sea_be16_of(more->port ? more->port : s->rport);
	th->dst = sea_be16_of(s->lport);
	th->seq = sea_be32_of(SCRIPT_PEER_ISN + seq);
	th->ack = sea_be32_of(more->raw_ack ? ack : bits & SEA_TCP_ACK ? s->iss + ack : 0);
	th->flags = (uint8_t)(bits | more->ace << 6);
	th->wnd = sea_be16_of((uint16_t)(more->wnd ? more->wnd : s->wnd));
	th->sum = sea_be16_of(0);
	th->urg = sea_be16_of(more->urg);
}

/*
 * The host of an IPv4 text: 10.0.0.7 is 2001:db8::7 over IPv6, 192.168.1.7 2001:db8::c0a8:107, 127.0.0.1 ::1.
 */
static const char *text6(const char *text, char room[INET6_ADDRSTRLEN])
{
	sea_be32 a = test_ip4(text);
	bool near = a.b[0] == 10 && !a.b[1] && !a.b[2];

	if (a.b[0] == 127)
		snprintf(room, INET6_ADDRSTRLEN, "::%x", a.b[3]);
	else if (sea_be32_get(a))
		snprintf(room, INET6_ADDRSTRLEN, "2001:db8::%x:%x", near ? 0 : sea_get16(a.b),
			 near ? a.b[3] : sea_get16(a.b + 2));
	else
		snprintf(room, INET6_ADDRSTRLEN, "::");
	return room;
}

static void inject4(struct tcp_script *s, uint8_t *bytes, size_t len, const struct script_seg *more)
{
	const struct test_ip ip = { .src = more->src,
				    .dst = more->dst,
				    .proto = IPPROTO_TCP,
				    .tos = more->tos,
				    .opts = more->ip_opts,
				    .opts_len = more->ip_opts_len };

	((struct sea_tcp_hdr *)bytes)->sum = test_checksum(
		bytes, len,
		test_pseudo(more->src ? test_ip4(more->src) : test_peer_ip,
			    more->dst ? test_ip4(more->dst) : test_our_ip, IPPROTO_TCP, len));
	test_inject_ip(&s->t, &ip, bytes, len);
}

static void inject6(struct tcp_script *s, uint8_t *bytes, size_t len, const struct script_seg *more)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const struct test_ip6 ip = { .src = text6(more->src ? more->src : "10.0.0.2", src),
				     .dst = text6(more->dst ? more->dst : "10.0.0.1", dst),
				     .proto = IPPROTO_TCP,
				     .tclass = more->tos };

	assert_null(more->ip_opts);
	((struct sea_tcp_hdr *)bytes)->sum = test_checksum(
		bytes, len, test_pseudo6(test_ip6(src).b, test_ip6(dst).b, IPPROTO_TCP, len));
	test_inject_ip6(&s->t, &ip, bytes, len);
}

void script_send(struct tcp_script *s, const char *flags, uint32_t seq, uint32_t ack, uint32_t len,
		 const struct script_seg *more)
{
	static uint8_t bytes[65536];
	struct sea_tcp_hdr *th = (struct sea_tcp_hdr *)bytes;
	struct sea_tcp_opts o = { 0 };
	size_t hdr_len = sizeof(*th);

	parse_opts(more->opts, &o, s->iss);
	if (s->ts && !o.has_ts) {
		o.has_ts = true;
		o.ts_val = peer_clock(s);
		o.ts_ecr = s->ts_ecr;
	}
	o.sig = s->sign != NULL;
	o.ao = s->sign ? s->ao_len : 0;
	fill_header(s, th, flags, seq, ack, more);
	hdr_len += sea_tcp_opts_put(bytes + hdr_len, &o);
	th->off = (uint8_t)(hdr_len / 4 << 4 | (more->ace >> 2 ? SEA_TCP_AE : 0));
	for (uint32_t i = 0; i < len; i++)
		bytes[hdr_len + i] = more->payload ? ((const uint8_t *)more->payload)[i]
						   : (uint8_t)('a' + (seq + i) % 26);
	if (s->sign)
		s->sign(s, bytes, hdr_len, hdr_len + len);
	(over6 ? inject6 : inject4)(s, bytes, hdr_len + len, more);
}

/* -- out -- */

static void flags_text(uint8_t flags, char text[8])
{
	unsigned n = 0;

	for (unsigned i = 0; flag_names[i]; i++)
		if (flags & 1u << i)
			text[n++] = flag_names[i];
	text[n] = 0;
}

bool script_take(struct tcp_script *s)
{
	struct test_frame *f = test_take(&s->t);
	const uint8_t *bytes;
	uint8_t hdr_len;
	size_t len;

	if (!f)
		return false;
	if (over6)
		s->seen_tos = (uint8_t)(sea_be32_get(test_expect_ip6(f, IPPROTO_TCP, &bytes, &len)
							     ->ver_class_flow) >>
					20);
	else
		s->seen_tos = test_expect_ip(f, IPPROTO_TCP, &bytes, &len)->tos;
	s->seen_at = bytes;
	hdr_len = sea_tcp_hdr_len((const struct sea_tcp_hdr *)bytes);
	assert_in_range(hdr_len, 20, len);
	sea_tcp_parse(bytes, hdr_len, (uint32_t)len - hdr_len, &s->seen);
	s->seen_ace = sea_tcp_ace((const struct sea_tcp_hdr *)bytes);
	if (s->seen.flags & SEA_TCP_SYN)
		s->iss = s->seen.seq.v;
	if (s->seen.opts.has_ts)
		s->ts_ecr = s->seen.opts.ts_val;
	return true;
}

static void describe(const struct tcp_script *s, char *text, size_t size)
{
	char flags[8];

	flags_text(s->seen.flags, flags);
	snprintf(text, size, "%s seq %u ack %u len %u wnd %u", flags, s->seen.seq.v - s->iss,
		 s->seen.flags & SEA_TCP_ACK ? s->seen.ack.v - SCRIPT_PEER_ISN : 0, s->seen.len,
		 s->seen.wnd);
}

void script_expect(struct tcp_script *s, const char *flags, uint32_t seq, uint32_t ack,
		   uint32_t len, const char *file, int line)
{
	uint32_t got_ack;
	char text[128];

	if (!script_take(s)) {
		fail_msg("%s:%d: nothing was sent, expected %s seq %u ack %u len %u", file, line,
			 flags, seq, ack, len);
		return;
	}
	got_ack = s->seen.flags & SEA_TCP_ACK ? s->seen.ack.v - SCRIPT_PEER_ISN : 0;
	if (s->seen.flags == flags_of(flags) && s->seen.seq.v - s->iss == seq && got_ack == ack &&
	    s->seen.len == len)
		return;
	describe(s, text, sizeof(text));
	fail_msg("%s:%d: got %s, expected %s seq %u ack %u len %u", file, line, text, flags, seq,
		 ack, len);
}

void script_nothing(struct tcp_script *s, const char *file, int line)
{
	char text[128];

	if (!script_take(s))
		return;
	describe(s, text, sizeof(text));
	fail_msg("%s:%d: got %s, expected nothing", file, line, text);
}

/* -- calls -- */

sea_socket script_socket(struct tcp_script *s)
{
	sea_socket sock;

	assert_int_equal(sea_socket_new(s->t.stack, over6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0,
					&sock, s->t.now),
			 0);
	return sock;
}

int script_set(struct tcp_script *s, sea_socket sock, int level, int name, int value)
{
	int err = sea_socket_setsockopt(s->t.stack, sock, level, name, &value, sizeof(value),
					s->t.now);

	test_settle(&s->t);
	return err;
}

int script_get(struct tcp_script *s, sea_socket sock, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	assert_int_equal(
		sea_socket_getsockopt(s->t.stack, sock, level, name, &value, &len, s->t.now), 0);
	return value;
}

union name {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t name_of(union name *name, const char *addr, uint16_t port)
{
	sea_be32 a = test_ip4(addr);
	char text[INET6_ADDRSTRLEN];

	memset(name, 0, sizeof(*name));
	if (over6) {
		name->in6.sin6_family = AF_INET6;
		name->in6.sin6_port = htons(port);
		memcpy(&name->in6.sin6_addr, test_ip6(text6(addr, text)).b, 16);
		return sizeof(name->in6);
	}
	name->in.sin_family = AF_INET;
	name->in.sin_port = htons(port);
	memcpy(&name->in.sin_addr, &a, sizeof(a));
	return sizeof(name->in);
}

int script_bind(struct tcp_script *s, sea_socket sock, const char *addr, uint16_t port)
{
	union name name;
	socklen_t len = name_of(&name, addr, port);

	return sea_socket_bind(s->t.stack, sock, &name.sa, len, s->t.now);
}

int script_connect(struct tcp_script *s, sea_socket sock, const char *addr, uint16_t port)
{
	union name name;
	socklen_t len = name_of(&name, addr, port);
	int err = sea_socket_connect(s->t.stack, sock, &name.sa, len, s->t.now);

	test_settle(&s->t);
	return err;
}

int script_write(struct tcp_script *s, uint32_t len)
{
	static uint8_t bytes[1 << 20];
	struct iovec iov = { bytes, len };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_sendmsg(s->t.stack, s->sock, &msg, 0, s->t.now);

	test_settle(&s->t);
	return (int)n;
}

int script_read(struct tcp_script *s, uint32_t len)
{
	static uint8_t bytes[1 << 20];
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(s->t.stack, s->sock, &msg, 0, s->t.now);

	test_settle(&s->t);
	return (int)n;
}

int script_close(struct tcp_script *s)
{
	int err = sea_socket_close(s->t.stack, s->sock, s->t.now);

	test_settle(&s->t);
	return err;
}

int script_shutdown(struct tcp_script *s, int how)
{
	int err = sea_socket_shutdown(s->t.stack, s->sock, how, s->t.now);

	test_settle(&s->t);
	return err;
}

int script_state(struct tcp_script *s)
{
	uint8_t info[104];
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(s->t.stack, s->sock, IPPROTO_TCP, TCP_INFO, info,
					       &len, s->t.now),
			 0);
	return info[0];
}

static bool is_ours(const struct tcp_script *s, const struct sea_socket_info *info)
{
	const struct sockaddr_in *local = (const struct sockaddr_in *)&info->local;
	const struct sockaddr_in *peer = (const struct sockaddr_in *)&info->peer;

	return local->sin_port == htons(s->lport) && peer->sin_port == htons(s->rport) &&
	       info->state != TCP_CLOSE;
}

int script_listed(struct tcp_script *s)
{
	struct sea_socket_info info = { .size = sizeof(info) };
	uint64_t cursor = 0;

	while (sea_socket_next(s->t.stack, &cursor, &info))
		if (is_ours(s, &info))
			return info.state;
	return 0;
}

void script_sysctl(struct tcp_script *s, const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(s->t.stack, name, value, s->t.now), 0);
}

/* -- states -- */

void script_listen(struct tcp_script *s, int backlog)
{
	s->listener = script_socket(s);
	assert_int_equal(script_set(s, s->listener, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(script_bind(s, s->listener, "0.0.0.0", SCRIPT_PORT), 0);
	assert_int_equal(sea_socket_listen(s->t.stack, s->listener, backlog, s->t.now), 0);
}

int script_accept(struct tcp_script *s)
{
	return sea_socket_accept(s->t.stack, s->listener, NULL, NULL, &s->sock, s->t.now);
}

void script_established(struct tcp_script *s)
{
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_state(s), TCP_ESTABLISHED);
	NOTHING(s);
}

void script_syn_sent(struct tcp_script *s)
{
	s->sock = script_socket(s);
	s->lport = 50000;
	s->rport = SCRIPT_PORT;
	assert_int_equal(script_bind(s, s->sock, "0.0.0.0", s->lport), 0);
	assert_int_equal(script_connect(s, s->sock, "10.0.0.2", s->rport), -EINPROGRESS);
	EXPECT(s, "S", 0, 0, 0);
	assert_int_equal(script_state(s), TCP_SYN_SENT);
}

void script_connected(struct tcp_script *s)
{
	script_syn_sent(s);
	SEND(s, "SA", 0, 1, 0, .opts = "mss 1460");
	EXPECT(s, "A", 1, 1, 0);
	assert_int_equal(script_state(s), TCP_ESTABLISHED);
}

void script_fin_wait_1(struct tcp_script *s)
{
	script_established(s);
	assert_int_equal(script_shutdown(s, SHUT_WR), 0);
	EXPECT(s, "FA", 1, 1, 0);
	assert_int_equal(script_state(s), TCP_FIN_WAIT1);
}

void script_fin_wait_2(struct tcp_script *s)
{
	script_fin_wait_1(s);
	SEND(s, "A", 1, 2, 0);
	NOTHING(s);
	assert_int_equal(script_state(s), TCP_FIN_WAIT2);
}

void script_close_wait(struct tcp_script *s)
{
	script_established(s);
	SEND(s, "FA", 1, 1, 0);
	test_advance(&s->t, 40 * SEA_MSEC);
	EXPECT(s, "A", 1, 2, 0);
	assert_int_equal(script_state(s), TCP_CLOSE_WAIT);
}

void script_last_ack(struct tcp_script *s)
{
	script_close_wait(s);
	assert_int_equal(script_shutdown(s, SHUT_WR), 0);
	EXPECT(s, "FA", 1, 2, 0);
	assert_int_equal(script_state(s), TCP_LAST_ACK);
}

void script_closing(struct tcp_script *s)
{
	script_fin_wait_1(s);
	SEND(s, "FA", 1, 1, 0);
	EXPECT(s, "A", 2, 2, 0);
	assert_int_equal(script_state(s), TCP_CLOSING);
}

void script_time_wait(struct tcp_script *s)
{
	script_fin_wait_2(s);
	SEND(s, "FA", 1, 2, 0);
	EXPECT(s, "A", 2, 2, 0);
	assert_int_equal(script_state(s), TCP_CLOSE);
	assert_int_equal(script_listed(s), TCP_TIME_WAIT);
}
