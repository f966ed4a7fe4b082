/* SPDX-License-Identifier: Apache-2.0 */
/* A program's calls, with arguments that a program could give. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "tests/fuzz/stack.h"

#define IO_MAX 70000

static uint8_t buf[IO_MAX];

static sea_socket *pick(struct fuzz *f)
{
	return &f->socks[fuzz_u8(&f->in) % FUZZ_SOCKETS];
}

/* Us, the peer, loopback, anybody; ports that listeners, clients and the peer use. */
static struct sockaddr_in address(struct fuzz *f)
{
	static const uint8_t hosts[][4] = {
		{ 10, 0, 0, 2 }, { 10, 0, 0, 1 }, { 127, 0, 0, 1 },  { 0, 0, 0, 0 },
		{ 10, 0, 0, 9 }, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, { 192, 0, 2, 1 },
	};
	static const uint16_t ports[] = { 80, 7, 2000, 0, 80, 40000, 80, 53 };
	uint8_t what = fuzz_u8(&f->in);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(ports[what >> 3 & 7]) };

	memcpy(&a.sin_addr, hosts[what & 7], 4);
	if (what == 255)
		a.sin_family = AF_UNSPEC;
	return a;
}

static void make(struct fuzz *f, sea_socket *s)
{
	static const struct {
		int type, protocol;
	} kinds[] = { { SOCK_STREAM, 0 },
		      { SOCK_STREAM, 0 },
		      { SOCK_DGRAM, 0 },
		      { SOCK_DGRAM, IPPROTO_ICMP } };
	unsigned kind = fuzz_u8(&f->in) % 4;
	sea_socket made;

	if (sea_socket_new(f->host->stack, AF_INET, kinds[kind].type, kinds[kind].protocol, &made,
			   f->world.now))
		return;
	if (!sea_socket_is_none(*s))
		(void)sea_socket_close(f->host->stack, *s, f->world.now);
	*s = made;
	(void)sea_socket_watch(f->host->stack, made, SEA_POLLIN | SEA_POLLOUT | SEA_POLLPRI, 1);
	(void)!sea_socket_setsockopt(f->host->stack, made, SOL_SOCKET, SO_ZEROCOPY, &(int){ 1 },
				     sizeof(int), f->world.now);
}

static void bind_it(struct fuzz *f, sea_socket *s)
{
	struct sockaddr_in a = address(f);

	(void)!sea_socket_bind(f->host->stack, *s, (struct sockaddr *)&a, sizeof(a), f->world.now);
}

static void connect_it(struct fuzz *f, sea_socket *s)
{
	struct sockaddr_in a = address(f);

	(void)!sea_socket_connect(f->host->stack, *s, (struct sockaddr *)&a, sizeof(a),
				  f->world.now);
}

static void accept_it(struct fuzz *f, sea_socket *s)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	sea_socket made, *to = pick(f);

	if (sea_socket_accept(f->host->stack, *s, (struct sockaddr *)&a, &len, &made, f->world.now))
		return;
	if (!sea_socket_is_none(*to))
		(void)sea_socket_close(f->host->stack, *to, f->world.now);
	*to = made;
}

static size_t length(struct fuzz *f)
{
	uint8_t what = fuzz_u8(&f->in);

	return what < 200 ? what : (size_t)(what - 199) * 1237;
}

static void send_it(struct fuzz *f, sea_socket *s)
{
	static const int flags[] = { 0,       MSG_MORE,    MSG_OOB,     MSG_DONTROUTE, MSG_FASTOPEN,
				     MSG_EOR, MSG_CONFIRM, MSG_ZEROCOPY };
	uint8_t what = fuzz_u8(&f->in);
	struct sockaddr_in a = address(f);
	size_t len = length(f);
	struct iovec iov[2] = { { buf, len / 3 }, { buf + len / 3, len - len / 3 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	buf[0] = 8;
	if (what & 8) {
		msg.msg_name = &a;
		msg.msg_namelen = sizeof(a);
	}
	n = sea_socket_sendmsg(f->host->stack, *s, &msg, flags[what & 7], f->world.now);
	SIM_CHECK(&f->world, n <= (ssize_t)len);
}

static void receive_it(struct fuzz *f, sea_socket *s)
{
	static const int flags[] = { 0, MSG_PEEK,           MSG_OOB,    MSG_TRUNC, MSG_ERRQUEUE,
				     0, MSG_PEEK | MSG_OOB, MSG_WAITALL };
	uint8_t control[256];
	struct sockaddr_in a;
	size_t len = length(f);
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_name = &a,
			      .msg_namelen = sizeof(a),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int flag = flags[fuzz_u8(&f->in) & 7];
	ssize_t n = sea_socket_recvmsg(f->host->stack, *s, &msg, flag, f->world.now);

	SIM_CHECK(&f->world, n <= (ssize_t)len || (flag & MSG_TRUNC));
	SIM_CHECK(&f->world, msg.msg_controllen <= sizeof(control));
}

static void lend_in(struct fuzz *f, sea_socket *s)
{
	struct iovec iov[4];
	uint8_t what = fuzz_u8(&f->in);
	int n = sea_socket_recv_peek(f->host->stack, *s, iov, 1 + (what & 3), f->world.now);
	size_t total = 0;

	for (int i = 0; i < n; i++) {
		memcpy(buf, iov[i].iov_base, iov[i].iov_len < IO_MAX ? iov[i].iov_len : IO_MAX);
		total += iov[i].iov_len;
	}
	if (n > 0)
		SIM_CHECK(&f->world,
			  sea_socket_recv_consume(f->host->stack, *s, total * (what >> 2) / 63,
						  f->world.now) == 0);
}

static void lend_out(struct fuzz *f, sea_socket *s)
{
	struct iovec iov[4];
	uint8_t what = fuzz_u8(&f->in);
	size_t want = length(f) + 1, total = 0;
	int n = sea_socket_send_reserve(f->host->stack, *s, want, iov, 1 + (what & 3),
					f->world.now);

	for (int i = 0; i < n; i++) {
		memset(iov[i].iov_base, 'x', iov[i].iov_len);
		total += iov[i].iov_len;
	}
	SIM_CHECK(&f->world, total <= want);
	if (n > 0 && (what >> 3) != 0)
		(void)!sea_socket_send_commit(f->host->stack, *s, total * (what >> 3) / 31,
					      what & 4 ? MSG_MORE : 0, f->world.now);
}

/* -- options -- */

static const int levels[] = { SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_TCP };

/* Values around which something changes, and any. */
static int value(struct fuzz *f)
{
	static const int values[] = { 0, 1, -1, 2, 10, 100, 536, 4096, 65536, 1 << 20, INT32_MAX };
	uint8_t what = fuzz_u8(&f->in);

	return what < sizeof(values) / sizeof(values[0]) ? values[what] : (int)fuzz_u32(&f->in);
}

static void set_option(struct fuzz *f, sea_socket *s)
{
	uint8_t level = fuzz_u8(&f->in), name = fuzz_u8(&f->in);
	int v[2] = { value(f), value(f) };
	socklen_t len = level & 4 ? fuzz_u8(&f->in) % 9 : level & 8 ? 8 : 4;

	(void)!sea_socket_setsockopt(f->host->stack, *s, levels[level & 3], name % 64, v, len,
				     f->world.now);
}

static void get_option(struct fuzz *f, sea_socket *s)
{
	uint8_t level = fuzz_u8(&f->in), name = fuzz_u8(&f->in);
	socklen_t len = level & 4 ? fuzz_u8(&f->in) : 256;
	socklen_t room = len;

	(void)!sea_socket_getsockopt(f->host->stack, *s, levels[level & 3], name % 64, buf, &len,
				     f->world.now);
	SIM_CHECK(&f->world, len <= room || room < 256);
}

static void ask(struct fuzz *f, sea_socket *s)
{
	static const unsigned long requests[] = { SIOCINQ, SIOCOUTQ, SIOCATMARK, SIOCOUTQNSD };
	struct sea_socket_info info = { .size = sizeof(info) };
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	uint64_t cursor = 0;
	int v = 0;

	(void)!sea_socket_ioctl_int(f->host->stack, *s, requests[fuzz_u8(&f->in) & 3], &v,
				    f->world.now);
	(void)sea_socket_poll(f->host->stack, *s);
	(void)sea_socket_getsockname(f->host->stack, *s, (struct sockaddr *)&a, &len);
	(void)sea_socket_getpeername(f->host->stack, *s, (struct sockaddr *)&a, &len);
	for (unsigned i = 0; i < 100 && sea_socket_next(f->host->stack, &cursor, &info); i++)
		info.size = sizeof(info);
}

void fuzz_call(struct fuzz *f)
{
	uint8_t what = fuzz_u8(&f->in) & 15;
	sea_socket *s = pick(f);

	switch (what) {
	case 0:
	case 1:
		make(f, s);
		break;
	case 2:
		bind_it(f, s);
		break;
	case 3:
		(void)!sea_socket_listen(f->host->stack, *s, fuzz_u8(&f->in) % 8, f->world.now);
		break;
	case 4:
		connect_it(f, s);
		break;
	case 5:
		accept_it(f, s);
		break;
	case 6:
	case 7:
		send_it(f, s);
		break;
	case 8:
	case 9:
		receive_it(f, s);
		break;
	case 10:
		lend_in(f, s);
		break;
	case 11:
		lend_out(f, s);
		break;
	case 12:
		set_option(f, s);
		break;
	case 13:
		get_option(f, s);
		break;
	case 14:
		(void)sea_socket_shutdown(f->host->stack, *s, fuzz_u8(&f->in) % 4, f->world.now);
		break;
	default:
		if (fuzz_u8(&f->in) & 1)
			ask(f, s);
		else if (sea_socket_close(f->host->stack, *s, f->world.now) != -EWOULDBLOCK)
			*s = SEA_SOCKET_NONE;
	}
}
