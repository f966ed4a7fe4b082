// SPDX-License-Identifier: Apache-2.0
/* Random calls. */
#include "tests/fuzz/differ/differ.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tests/fuzz/differ/names.h"

#define EPOLL_SLOT 7u

static int64_t a_size(struct diff_draw *d)
{
	static const int sizes[] = { 0,    1,    10,   100,   500,   1000,
				     1000, 2000, 5000, 10000, 20000, 100000 };

	return sizes[diff_rand(d, sizeof(sizes) / sizeof(sizes[0]))];
}

static int64_t recv_flags(struct diff_draw *d)
{
	static const int flags[] = {
		MSG_PEEK,           MSG_OOB,     MSG_TRUNC, MSG_WAITALL, MSG_PEEK | MSG_TRUNC,
		MSG_OOB | MSG_PEEK, MSG_ERRQUEUE
	};

	return diff_chance(d, 70) ? 0 : flags[diff_rand(d, 7)];
}

static int64_t send_flags(struct diff_draw *d)
{
	static const int flags[] = { MSG_OOB, MSG_MORE, MSG_EOR, MSG_DONTWAIT };

	return diff_chance(d, 75) ? 0 : flags[diff_rand(d, 4)];
}

static int64_t poll_events(struct diff_draw *d)
{
	return diff_chance(d, 60) ? 0x3fff : diff_rand(d, 0x4000) & 0x27ff;
}

static void epoll(struct diff_draw *d, struct diff_step *step)
{
	static const uint32_t modes[] = {
		0, EPOLLET, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLET | EPOLLONESHOT
	};

	if (d->world->fds[EPOLL_SLOT] < 0) {
		step->call = DIFF_epoll_create;
		step->slot = EPOLL_SLOT;
	} else if (diff_chance(d, 45)) {
		step->call = DIFF_epoll_ctl;
		step->other = EPOLL_SLOT;
		step->a = diff_chance(d, 70)   ? EPOLL_CTL_ADD
			  : diff_chance(d, 70) ? EPOLL_CTL_MOD
					       : EPOLL_CTL_DEL;
		step->b = (diff_chance(d, 60) ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI
					      : diff_rand(d, 0x400) | (diff_rand(d, 2) << 13)) |
			  (int64_t)modes[diff_rand(d, 6)];
	} else {
		step->call = DIFF_epoll_wait;
		step->slot = EPOLL_SLOT;
		step->a = 4;
	}
}

static void set_option(struct diff_draw *d, struct diff_step *step)
{
	const struct diff_option *o;

	step->call = diff_chance(d, 75) ? DIFF_setsockopt : DIFF_getsockopt;
	step->a = diff_rand(d, (uint32_t)diff_n_options);
	o = &diff_options[step->a];
	step->b = diff_chance(d, 92) ? o->values[diff_rand(d, 4)]
				     : (int32_t)diff_rand(d, UINT32_MAX);
}

static void rarely(struct diff_draw *d, struct diff_step *step)
{
	static const enum diff_call some[] = { DIFF_socket,      DIFF_bind,   DIFF_listen,
					       DIFF_connect,     DIFF_linger, DIFF_getsockname,
					       DIFF_getpeername, DIFF_accept };

	step->call = some[diff_rand(d, 8)];
	switch (step->call) {
	case DIFF_bind:
		step->a = diff_chance(d, 50) ? DIFF_PORT : DIFF_PORT + 1;
		break;
	case DIFF_listen:
		step->a = diff_rand(d, 4);
		break;
	case DIFF_connect:
		step->other = diff_rand(d, 2);
		break;
	case DIFF_linger:
		step->a = diff_rand(d, 2);
		step->b = diff_chance(d, 70) ? 0 : 1;
		break;
	case DIFF_socket:
		step->slot = 3 + diff_rand(d, 3);
		break;
	case DIFF_accept:
		step->slot = diff_chance(d, 80) ? 0 : 1;
		step->other = 2 + diff_rand(d, 3);
		break;
	default:
		break;
	}
}

/* The socket of most calls: the connection. */
static unsigned a_slot(struct diff_draw *d)
{
	const unsigned main_one = d->program->actives[0] ? 0 : 1;

	return diff_chance(d, 88) ? main_one : diff_rand(d, 5);
}

void diff_draw_call(struct diff_draw *d, struct diff_step *step)
{
	const uint32_t dice = diff_rand(d, 100);

	step->slot = a_slot(d);
	if (dice < 16) {
		step->call = DIFF_recv;
		step->a = a_size(d);
		step->b = recv_flags(d);
	} else if (dice < 38) {
		step->call = DIFF_send;
		step->a = a_size(d);
		step->b = send_flags(d);
	} else if (dice < 43) {
		step->call = DIFF_shutdown;
		step->a = diff_chance(d, 60) ? SHUT_WR : diff_rand(d, 4);
	} else if (dice < 48) {
		step->call = DIFF_close;
	} else if (dice < 62) {
		set_option(d, step);
	} else if (dice < 68) {
		step->call = DIFF_ioctl;
		step->a = diff_rand(d, 4);
	} else if (dice < 76) {
		step->call = DIFF_poll;
		step->a = poll_events(d);
	} else if (dice < 84) {
		epoll(d, step);
	} else if (dice < 94) {
		step->call = DIFF_tcp_info;
	} else {
		rarely(d, step);
	}
}
