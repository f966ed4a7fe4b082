// SPDX-License-Identifier: Apache-2.0
/* The calls of a program: what they ask, what they answer, and both as a line of a script. */
#include "tests/fuzz/differ/differ.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/fuzz/differ/names.h"

#define BUFFER 200000

/* A call under way: the words of it, and what came of it. */
struct call {
	struct diff_world *w;
	const struct diff_step *step;
	long fd, result;
	FILE *out;
};

#define WORD(x) ((uint64_t)(uintptr_t)(x))

static long make(struct call *c, enum sea_dut_nr nr, uint64_t a, uint64_t b, uint64_t d, uint64_t e,
		 uint64_t f)
{
	struct sea_dut_call call;

	sea_dut_call_init(&call, nr, a, b, d, e, f, 0);
	sea_dut_begin(c->w->run.dut, &call);
	if (!call.done)
		sea_dut_interrupt(c->w->run.dut, &call);
	return c->result = call.result;
}

static void result(struct call *c)
{
	if (c->result < 0)
		fprintf(c->out, " = -1 %s", strerrorname_np((int)-c->result));
	else
		fprintf(c->out, " = %ld", c->result);
}

static bool v6(const struct call *c)
{
	return c->w->program->family != SEA_RUN_IPV4;
}

static socklen_t address(const struct call *c, const struct sea_addr *from, unsigned port,
			 struct sockaddr_storage *any)
{
	struct sockaddr_in *in = (void *)any;
	struct sockaddr_in6 *in6 = (void *)any;

	memset(any, 0, sizeof(*any));
	if (!v6(c)) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, from->b, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)port);
	if (from->family == SEA_AF_INET6) {
		memcpy(&in6->sin6_addr, from->b, 16);
	} else {
		memset(&in6->sin6_addr.s6_addr[10], 0xff, 2);
		memcpy(&in6->sin6_addr.s6_addr[12], from->b, 4);
	}
	return sizeof(*in6);
}

static void keep(struct call *c, unsigned slot)
{
	if (c->result >= 0)
		c->w->fds[slot] = c->result;
}

static void do_socket(struct call *c)
{
	make(c, SEA_DUT_socket, v6(c) ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
	     IPPROTO_TCP, 0, 0);
	keep(c, c->step->slot);
	fputs("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP)", c->out);
	result(c);
}

static void do_bind(struct call *c)
{
	struct sockaddr_storage any;
	socklen_t len = address(c, &c->w->run.config.local, (unsigned)c->step->a, &any);

	make(c, SEA_DUT_bind, (uint64_t)c->fd, WORD(&any), len, 0, 0);
	if (c->step->a == DIFF_PORT)
		fprintf(c->out, "bind(%ld, ..., ...)", c->fd);
	else
		fprintf(c->out, "bind(%ld, {sin_port=%ld}, ...)", c->fd, (long)c->step->a);
	result(c);
}

static void do_listen(struct call *c)
{
	make(c, SEA_DUT_listen, (uint64_t)c->fd, (uint64_t)c->step->a, 0, 0, 0);
	fprintf(c->out, "listen(%ld, %ld)", c->fd, (long)c->step->a);
	result(c);
}

static void do_connect(struct call *c)
{
	const struct sea_conn *conn = &c->w->conns[c->step->other].conn;
	struct sockaddr_storage any;
	socklen_t len = address(c, &conn->remote, conn->remote_port, &any);

	make(c, SEA_DUT_connect, (uint64_t)c->fd, WORD(&any), len, 0, 0);
	fprintf(c->out, "connect(%ld, ..., ...)", c->fd);
	result(c);
}

static void do_accept(struct call *c)
{
	make(c, SEA_DUT_accept4, (uint64_t)c->fd, 0, 0, SOCK_NONBLOCK, 0);
	keep(c, c->step->other);
	fprintf(c->out, "accept4(%ld, ..., ..., SOCK_NONBLOCK)", c->fd);
	result(c);
}

static void do_recv(struct call *c)
{
	static char bytes[BUFFER];

	make(c, SEA_DUT_recv, (uint64_t)c->fd, WORD(bytes), (uint64_t)c->step->a,
	     (uint64_t)c->step->b, 0);
	fprintf(c->out, "recv(%ld, ..., %ld, ", c->fd, (long)c->step->a);
	diff_print_flags(diff_msg_flags, c->step->b, c->out);
	fputc(')', c->out);
	result(c);
}

static void do_send(struct call *c)
{
	static const char bytes[BUFFER];

	make(c, SEA_DUT_send, (uint64_t)c->fd, WORD(bytes), (uint64_t)c->step->a,
	     (uint64_t)(c->step->b | MSG_NOSIGNAL), 0);
	fprintf(c->out, "send(%ld, ..., %ld, ", c->fd, (long)c->step->a);
	diff_print_flags(diff_msg_flags, c->step->b | MSG_NOSIGNAL, c->out);
	fputc(')', c->out);
	result(c);
}

static void do_shutdown(struct call *c)
{
	static const char *const how[] = { "SHUT_RD", "SHUT_WR", "SHUT_RDWR", "3" };

	make(c, SEA_DUT_shutdown, (uint64_t)c->fd, (uint64_t)c->step->a, 0, 0, 0);
	fprintf(c->out, "shutdown(%ld, %s)", c->fd, how[c->step->a & 3]);
	result(c);
}

static void do_close(struct call *c)
{
	make(c, SEA_DUT_close, (uint64_t)c->fd, 0, 0, 0, 0);
	c->w->fds[c->step->slot] = -1;
	fprintf(c->out, "close(%ld)", c->fd);
	result(c);
}

static void do_setsockopt(struct call *c)
{
	const struct diff_option *o = &diff_options[c->step->a];
	int value = (int)c->step->b;

	make(c, SEA_DUT_setsockopt, (uint64_t)c->fd, (uint64_t)o->level, (uint64_t)o->name,
	     WORD(&value), 4);
	fprintf(c->out, "setsockopt(%ld, %s, %s, [%d], 4)", c->fd, o->level_text, o->name_text,
		value);
	result(c);
}

static void do_getsockopt(struct call *c)
{
	const struct diff_option *o = &diff_options[c->step->a];
	socklen_t len = 4;
	int value = 0;

	make(c, SEA_DUT_getsockopt, (uint64_t)c->fd, (uint64_t)o->level, (uint64_t)o->name,
	     WORD(&value), WORD(&len));
	fprintf(c->out, "getsockopt(%ld, %s, %s, [%d], [%u])", c->fd, o->level_text, o->name_text,
		value, len);
	result(c);
}

static void do_linger(struct call *c)
{
	struct linger linger = { (int)c->step->a, (int)c->step->b };

	make(c, SEA_DUT_setsockopt, (uint64_t)c->fd, SOL_SOCKET, SO_LINGER, WORD(&linger),
	     sizeof(linger));
	fprintf(c->out, "setsockopt(%ld, SOL_SOCKET, SO_LINGER, {l_onoff=%d, l_linger=%d}, 8)",
		c->fd, linger.l_onoff, linger.l_linger);
	result(c);
}

static void do_ioctl(struct call *c)
{
	static const struct {
		unsigned long nr;
		const char *name;
	} asked[] = { { SIOCINQ, "SIOCINQ" },
		      { SIOCOUTQ, "SIOCOUTQ" },
		      { SIOCOUTQNSD, "SIOCOUTQNSD" },
		      { SIOCATMARK, "SIOCATMARK" } };
	const unsigned i = (unsigned)c->step->a & 3;
	int value = -7;

	make(c, SEA_DUT_ioctl, (uint64_t)c->fd, asked[i].nr, WORD(&value), 0, 0);
	fprintf(c->out, "ioctl(%ld, %s, [%d])", c->fd, asked[i].name, value);
	result(c);
}

static void do_poll(struct call *c)
{
	struct pollfd pfd = { .fd = (int)c->fd, .events = (short)c->step->a };

	make(c, SEA_DUT_poll, WORD(&pfd), 1, 0, 0, 0);
	fprintf(c->out, "poll([{fd=%ld, events=", c->fd);
	diff_print_flags(diff_poll_flags, pfd.events, c->out);
	fputs(", revents=", c->out);
	diff_print_flags(diff_poll_flags, pfd.revents, c->out);
	fputs("}], 1, 0)", c->out);
	result(c);
}

static void do_epoll_create(struct call *c)
{
	make(c, SEA_DUT_epoll_create1, 0, 0, 0, 0, 0);
	keep(c, c->step->slot);
	fputs("epoll_create1(0)", c->out);
	result(c);
}

static void do_epoll_ctl(struct call *c)
{
	static const char *const ops[] = { "0", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL", "EPOLL_CTL_MOD" };
	const long epoll = c->w->fds[c->step->other];
	struct epoll_event event = { .events = (uint32_t)c->step->b };

	event.data.fd = (int)c->fd;
	make(c, SEA_DUT_epoll_ctl, (uint64_t)epoll, (uint64_t)c->step->a, (uint64_t)c->fd,
	     WORD(&event), 0);
	fprintf(c->out, "epoll_ctl(%ld, %s, %ld, {events=", epoll, ops[c->step->a & 3], c->fd);
	diff_print_flags(diff_epoll_flags, event.events, c->out);
	fprintf(c->out, ", fd=%ld})", c->fd);
	result(c);
}

static void do_epoll_wait(struct call *c)
{
	struct epoll_event events[4] = { 0 };

	make(c, SEA_DUT_epoll_wait, (uint64_t)c->fd, WORD(events), (uint64_t)c->step->a, 0, 0);
	fprintf(c->out, "epoll_wait(%ld, {", c->fd);
	for (long i = 0; i < c->result; i++) {
		fprintf(c->out, "%sevents=", i ? ", " : "");
		diff_print_flags(diff_epoll_flags, events[i].events, c->out);
		fprintf(c->out, ", fd=%d", events[i].data.fd);
	}
	fprintf(c->out, "}, %ld, 0)", (long)c->step->a);
	result(c);
}

static void name_of(struct call *c, enum sea_dut_nr nr, const char *words)
{
	struct sockaddr_storage any;
	socklen_t len = sizeof(any);

	make(c, nr, (uint64_t)c->fd, WORD(&any), WORD(&len), 0, 0);
	fprintf(c->out, "%s(%ld, ..., [%u])", words, c->fd, len);
	result(c);
}

static void do_getsockname(struct call *c)
{
	name_of(c, SEA_DUT_getsockname, "getsockname");
}

static void do_getpeername(struct call *c)
{
	name_of(c, SEA_DUT_getpeername, "getpeername");
}

static void do_tcp_info(struct call *c)
{
	union {
		struct tcp_info tcp;
		uint8_t b[sizeof(struct tcp_info)];
	} info;
	socklen_t len = sizeof(info.tcp);

	memset(&info, 0, sizeof(info));
	make(c, SEA_DUT_getsockopt, (uint64_t)c->fd, IPPROTO_TCP, TCP_INFO, WORD(&info),
	     WORD(&len));
	fputs("tcp_info:", c->out);
	if (!c->result)
		diff_print_info(info.b, c->out);
	result(c);
}

static void (*const calls[DIFF_CALLS])(struct call *) = {
#define CALL(name) [DIFF_##name] = do_##name,
#include "tests/fuzz/differ/call.def"
#undef CALL
};

static const char *const names[DIFF_CALLS] = {
#define CALL(name) [DIFF_##name] = #name,
#include "tests/fuzz/differ/call.def"
#undef CALL
};

void diff_world_call(struct diff_world *w, const struct diff_step *step)
{
	struct call c = { .w = w, .step = step, .fd = w->fds[step->slot] };
	struct diff_answer *a;
	char *text = NULL;
	size_t len = 0;

	c.out = open_memstream(&text, &len);
	if (!c.out)
		abort();
	calls[step->call](&c);
	fclose(c.out);
	a = diff_world_answer(w);
	a->time = w->trace->times[w->step];
	snprintf(a->text, sizeof(a->text), "%s", text);
	memcpy(a->line, a->text, sizeof(a->line));
	snprintf(a->kind, sizeof(a->kind), "%s", names[step->call]);
	if (step->call == DIFF_setsockopt || step->call == DIFF_getsockopt)
		snprintf(a->kind, sizeof(a->kind), "%s %s", names[step->call],
			 diff_options[step->a].name_text);
	free(text);
}
