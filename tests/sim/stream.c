/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a stream. Every byte says where in which stream it stands, so a byte that is lost, new
 * or out of its place is seen when it is read; an end of stream comes behind the last byte that the
 * other end wrote, and only when that has closed.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <seastack/stats.h>

#include "tests/sim/apps_priv.h"

#define IO_MAX 65536
#define PIECES_MAX 3
#define WATCHED (SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP)
#define LINGER_PATIENCE_NS (30 * SEA_SEC)

static struct sim_world *world_of(const struct sim_end *end)
{
	return end->host->world;
}

static const struct sim_manner *manner_of(const struct sim_end *end)
{
	return &end->flow->spec.manner[end->side];
}

static struct sim_end *peer_of(const struct sim_end *end)
{
	return &end->flow->end[!end->side];
}

static unsigned index_of(const struct sim_end *end)
{
	return (unsigned)(end->flow - world_of(end)->apps->flows) * 2 + end->side;
}

/* -- the bytes -- */

static uint8_t byte_at(uint32_t id, unsigned side, uint64_t off)
{
	uint64_t x = (off + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
		     ((uint64_t)id * 2 + side) * UINT64_C(0xbf58476d1ce4e5b9);

	return (uint8_t)(x >> 56);
}

void sim_fill(uint8_t *to, size_t len, uint32_t id, unsigned side, uint64_t off)
{
	for (size_t i = 0; i < len; i++, off++) {
		if (side == 0 && off < SIM_HELLO)
			to[i] = off < 4 ? (uint8_t) "SEAS"[off] : (uint8_t)(id >> 8 * (7 - off));
		else
			to[i] = byte_at(id, side, off);
	}
}

/* Bytes from `rx` on are those that the other end wrote there. */
static void verify(struct sim_end *end, const uint8_t *bytes, size_t len, uint64_t off)
{
	static uint8_t want[IO_MAX];

	SIM_CHECK(world_of(end), off + len <= peer_of(end)->tx);
	while (len) {
		size_t n = len < sizeof(want) ? len : sizeof(want);

		sim_fill(want, n, end->flow->id, !end->side, off);
		if (memcmp(want, bytes, n) != 0)
			sim_fail(world_of(end), "stream %" PRIu32 ": wrong bytes behind %" PRIu64,
				 end->flow->id, off);
		bytes += n;
		len -= n;
		off += n;
	}
}

/* -- the end of it -- */

static void finish(struct sim_end *end)
{
	struct sim_world *w = world_of(end);
	int err;

	end->host->touched = true;
	err = sea_socket_close(end->host->stack, end->sock, w->now);
	w->apps->last = w->now;
	if (err == -EWOULDBLOCK) {
		SIM_CHECK(w, manner_of(end)->linger && end->state != END_LINGERING);
		end->state = END_LINGERING;
		end->give_up =
			sea_time_add(w->now, (int64_t)sim_below(&w->rng, LINGER_PATIENCE_NS));
		return;
	}
	SIM_CHECK(w, err == 0 || end->state == END_LINGERING);
	end->state = END_DONE;
}

/*
 * May this end fail, or has somebody given it a reason to? A closed peer has nobody to tell that its
 * user timeout expired: this end finds no connection.
 */
static bool may_fail(const struct sim_end *end, int err)
{
	const struct sim_end *peer = peer_of(end);

	if (sea_stack_mib_get(peer->host->stack, "TcpExtTCPAbortOnMemory"))
		return true; /* it was closed, and nobody had the memory to send the rest */
	return world_of(end)->rough || (err == EHOSTUNREACH && world_of(end)->lossy) ||
	       peer->rude || peer->err || manner_of(end)->user_timeout_ms ||
	       (peer->state == END_DONE && manner_of(peer)->user_timeout_ms) ||
	       end->flow->spec.bind_port;
}

static void failed(struct sim_end *end, int err)
{
	if (!may_fail(end, err))
		sim_fail(world_of(end), "stream %" PRIu32 ": the %s fails with %s", end->flow->id,
			 end->side ? "server" : "client", strerror(err));
	end->err = err;
	finish(end);
}

static void abort_it(struct sim_end *end)
{
	const struct linger now = { .l_onoff = 1 };

	end->rude = true;
	SIM_CHECK(world_of(end),
		  sea_socket_setsockopt(end->host->stack, end->sock, SOL_SOCKET, SO_LINGER, &now,
					sizeof(now), world_of(end)->now) == 0);
	finish(end);
}

/* -- opening -- */

void sim_set_int(struct sim_host *h, sea_socket sock, int level, int name, int value)
{
	int err = sea_socket_setsockopt(h->stack, sock, level, name, &value, sizeof(value),
					h->world->now);

	SIM_CHECK(h->world, err == 0 || (err == -ENOMEM && h->world->rough));
}

void sim_set_keepalive(struct sim_host *h, sea_socket sock)
{
	sim_set_int(h, sock, SOL_SOCKET, SO_KEEPALIVE, 1);
	sim_set_int(h, sock, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	sim_set_int(h, sock, IPPROTO_TCP, TCP_KEEPINTVL, 20);
}

static void set_options(struct sim_end *end)
{
	const struct sim_manner *m = manner_of(end);
	const struct linger linger = { .l_onoff = 1, .l_linger = 5 };

	sim_set_keepalive(end->host, end->sock);
	if (m->rcvbuf)
		sim_set_int(end->host, end->sock, SOL_SOCKET, SO_RCVBUF, m->rcvbuf);
	if (m->sndbuf)
		sim_set_int(end->host, end->sock, SOL_SOCKET, SO_SNDBUF, m->sndbuf);
	if (m->nodelay)
		sim_set_int(end->host, end->sock, IPPROTO_TCP, TCP_NODELAY, 1);
	if (m->cork)
		sim_set_int(end->host, end->sock, IPPROTO_TCP, TCP_CORK, 1);
	if (m->maxseg && end->state == END_IDLE)
		sim_set_int(end->host, end->sock, IPPROTO_TCP, TCP_MAXSEG, m->maxseg);
	if (m->user_timeout_ms)
		sim_set_int(end->host, end->sock, IPPROTO_TCP, TCP_USER_TIMEOUT,
			    m->user_timeout_ms);
	if (m->linger)
		SIM_CHECK(world_of(end),
			  sea_socket_setsockopt(end->host->stack, end->sock, SOL_SOCKET, SO_LINGER,
						&linger, sizeof(linger), world_of(end)->now) == 0);
}

static void watch(struct sim_end *end)
{
	SIM_CHECK(world_of(end), sea_socket_watch(end->host->stack, end->sock, WATCHED,
						  sim_cookie(COOKIE_END, index_of(end))) == 0);
}

static int bind_and_connect(struct sim_end *end)
{
	const struct sim_flow_spec *spec = &end->flow->spec;
	struct sim_name local = sim_address(end->host, spec->ipv6, spec->bind_port);
	struct sim_name peer = sim_address(peer_of(end)->host, spec->ipv6, spec->port);
	sea_time now = world_of(end)->now;
	int err;

	if (spec->bind_port) {
		sim_set_int(end->host, end->sock, SOL_SOCKET, SO_REUSEADDR, 1);
		err = sea_socket_bind(end->host->stack, end->sock, (struct sockaddr *)&local.at,
				      local.len, now);
		if (err)
			return err;
	}
	return sea_socket_connect(end->host->stack, end->sock, (struct sockaddr *)&peer.at,
				  peer.len, now);
}

void sim_end_connect(struct sim_end *end)
{
	struct sim_world *w = world_of(end);
	int err;

	end->host->touched = true;
	err = sea_socket_new(end->host->stack, end->flow->spec.ipv6 ? AF_INET6 : AF_INET,
			     SOCK_STREAM, 0, &end->sock, w->now);
	if (err) {
		SIM_CHECK(w, err == -ENOMEM && sim_may_lack_memory(end->host));
		end->err = ENOMEM;
		end->state = END_DONE;
		return;
	}
	set_options(end);
	end->state = END_CONNECTING;
	watch(end);
	err = bind_and_connect(end);
	SIM_CHECK(w, err != 0);
	if (err != -EINPROGRESS)
		failed(end, -err);
}

void sim_end_adopt(struct sim_end *end, sea_socket sock)
{
	SIM_CHECK(world_of(end), end->state == END_IDLE);
	end->sock = sock;
	end->rx = SIM_HELLO;
	end->state = END_OPEN;
	set_options(end);
	watch(end);
	sim_end_run(end, 0);
}

/* True when the connection stands. */
static bool connected(struct sim_end *end)
{
	struct sea_stack *stack = end->host->stack;
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	int err = 0;
	socklen_t err_len = sizeof(err);

	SIM_CHECK(world_of(end), sea_socket_getsockopt(stack, end->sock, SOL_SOCKET, SO_ERROR, &err,
						       &err_len, world_of(end)->now) == 0);
	if (err) {
		failed(end, err);
		return false;
	}
	if (sea_socket_getpeername(stack, end->sock, (struct sockaddr *)&peer, &len))
		return false;
	end->state = END_OPEN;
	return true;
}

/* -- reading -- */

/* Splits `len` bytes at `buf` into a few pieces. */
static int split(struct sim_world *w, uint8_t *buf, size_t len, struct iovec *iov)
{
	int n = 0;

	while (n < PIECES_MAX - 1 && len > 1 && sim_chance(&w->rng, 300000)) {
		size_t k = sim_between(&w->rng, 1, len - 1);

		iov[n++] = (struct iovec){ buf, k };
		buf += k;
		len -= k;
	}
	iov[n++] = (struct iovec){ buf, len };
	return n;
}

static ssize_t read_copy(struct sim_end *end)
{
	struct sim_world *w = world_of(end);
	static uint8_t buf[IO_MAX];
	struct iovec iov[PIECES_MAX];
	size_t most = sim_size(&w->rng, manner_of(end)->read_max);
	struct msghdr msg = { .msg_iov = iov };
	int flags = sim_chance(&w->rng, manner_of(end)->peek_ppm) ? MSG_PEEK : 0;
	ssize_t n;

	msg.msg_iovlen = (size_t)split(w, buf, most, iov);
	n = sea_socket_recvmsg(end->host->stack, end->sock, &msg, flags, w->now);
	SIM_CHECK(w, n <= (ssize_t)most);
	if (n > 0)
		verify(end, buf, (size_t)n, end->rx);
	if (n > 0 && !flags)
		end->rx += (uint64_t)n;
	return n;
}

static ssize_t read_lent(struct sim_end *end)
{
	struct sim_world *w = world_of(end);
	struct sea_stack *stack = end->host->stack;
	struct iovec iov[8];
	uint64_t total = 0;
	int n = sea_socket_recv_peek(stack, end->sock, iov, (int)sim_between(&w->rng, 1, 8),
				     w->now);

	if (n <= 0)
		return n;
	for (int i = 0; i < n; i++) {
		verify(end, iov[i].iov_base, iov[i].iov_len, end->rx + total);
		total += iov[i].iov_len;
	}
	SIM_CHECK(w, total > 0);
	total = sim_between(&w->rng, 1, total);
	SIM_CHECK(w, sea_socket_recv_consume(stack, end->sock, total, w->now) == 0);
	end->rx += total;
	return (ssize_t)total;
}

/* Clean ends are true ends. */
static void at_eof(struct sim_end *end)
{
	const struct sim_end *peer = peer_of(end);
	struct sim_world *w = world_of(end);

	end->eof = true;
	if (peer->state == END_IDLE && end->side == 0) {
		SIM_CHECK(w, end->tx < SIM_HELLO && end->rx == 0);
		return;
	}
	/* A connection that a cookie made once more was closed at once. */
	if (w->cookies && peer->state == END_DONE && peer->rude)
		return;
	/* What failed was closed, and that is seen as an ordinary end. */
	if ((!peer->wr_closed && !peer->err) || end->rx != peer->tx)
		sim_fail(w,
			 "stream %" PRIu32 ": ends behind %" PRIu64 ", but %" PRIu64
			 " were written%s",
			 end->flow->id, end->rx, peer->tx, peer->wr_closed ? "" : " so far");
}

/* Rests until a time of its own choice; false: it does not rest at all. */
static bool rest(struct sim_end *end, int64_t most, sea_time *until)
{
	struct sim_world *w = world_of(end);

	if (!most)
		return false;
	*until = sea_time_add(w->now, 1 + (int64_t)sim_below(&w->rng, (uint64_t)most));
	return true;
}

static bool resting(sea_time until)
{
	return !sea_time_is_never(until);
}

static void wake(const struct sim_world *w, sea_time *until)
{
	if (!sea_time_before(w->now, *until))
		*until = SEA_TIME_NEVER;
}

static void run_read(struct sim_end *end)
{
	const struct sim_manner *m = manner_of(end);

	while (end->state == END_OPEN && !end->eof && !resting(end->read_at)) {
		ssize_t n = m->lend_receive ? read_lent(end) : read_copy(end);

		if (n == -EAGAIN)
			return;
		if (n < 0)
			failed(end, (int)-n);
		else if (n == 0)
			at_eof(end);
		else if (rest(end, m->read_pause_ns, &end->read_at))
			return;
	}
}

/* -- writing -- */

static ssize_t write_copy(struct sim_end *end, size_t len, int flags)
{
	struct sim_world *w = world_of(end);
	static uint8_t buf[IO_MAX];
	struct iovec iov[PIECES_MAX];
	struct msghdr msg = { .msg_iov = iov };

	sim_fill(buf, len, end->flow->id, end->side, end->tx);
	msg.msg_iovlen = (size_t)split(w, buf, len, iov);
	return sea_socket_sendmsg(end->host->stack, end->sock, &msg, flags, w->now);
}

static ssize_t write_lent(struct sim_end *end, size_t len, int flags)
{
	struct sim_world *w = world_of(end);
	struct sea_stack *stack = end->host->stack;
	struct iovec iov[4];
	size_t filled = 0;
	int n = sea_socket_send_reserve(stack, end->sock, len, iov, 4, w->now);
	int err;

	if (n < 0)
		return n;
	SIM_CHECK(w, n > 0);
	for (int i = 0; i < n; i++) {
		sim_fill(iov[i].iov_base, iov[i].iov_len, end->flow->id, end->side,
			 end->tx + filled);
		filled += iov[i].iov_len;
	}
	SIM_CHECK(w, filled > 0 && filled <= len);
	filled = sim_between(&w->rng, 1, filled);
	err = sea_socket_send_commit(stack, end->sock, filled, flags, w->now);
	return err ? err : (ssize_t)filled;
}

static size_t next_write(const struct sim_end *end)
{
	const struct sim_manner *m = manner_of(end);
	uint64_t most = m->ending == SIM_ABORT ? m->abort_at : m->total;
	uint64_t len = sim_size(&world_of(end)->rng, m->write_max);

	return (size_t)(len < most - end->tx ? len : most - end->tx);
}

static bool all_written(const struct sim_end *end)
{
	const struct sim_manner *m = manner_of(end);

	return end->tx >= (m->ending == SIM_ABORT ? m->abort_at : m->total);
}

static void run_write(struct sim_end *end)
{
	const struct sim_manner *m = manner_of(end);
	struct sim_world *w = world_of(end);

	while (end->state == END_OPEN && !all_written(end) && !resting(end->write_at)) {
		int flags = sim_chance(&w->rng, m->more_ppm) ? MSG_MORE : 0;
		size_t len = next_write(end);
		ssize_t n = m->lend_send ? write_lent(end, len, flags)
					 : write_copy(end, len, flags);

		if (n == -EAGAIN)
			return;
		if (n < 0) {
			failed(end, (int)-n);
			return;
		}
		SIM_CHECK(w, n > 0 && n <= (ssize_t)len);
		end->tx += (uint64_t)n;
		if (rest(end, m->write_pause_ns, &end->write_at))
			return;
	}
}

/* -- closing -- */

static void run_close(struct sim_end *end)
{
	struct sim_world *w = world_of(end);

	if (end->state != END_OPEN || !all_written(end))
		return;
	switch (manner_of(end)->ending) {
	case SIM_ABORT:
		abort_it(end);
		return;
	case SIM_CLOSE_AT_ONCE:
		end->wr_closed = end->rude = true;
		finish(end);
		return;
	case SIM_SHUTDOWN_THEN_EOF:
		if (!end->wr_closed) {
			int err = sea_socket_shutdown(end->host->stack, end->sock, SHUT_WR, w->now);

			end->wr_closed = true;
			if (err) {
				failed(end, -err);
				return;
			}
		}
		break;
	case SIM_EOF_THEN_CLOSE:
		break;
	}
	if (end->eof) {
		end->wr_closed = true;
		finish(end);
	}
}

/* -- running -- */

void sim_end_run(struct sim_end *end, uint32_t mask)
{
	struct sim_world *w = world_of(end);

	end->host->touched = true;
	if (end->state == END_LINGERING &&
	    ((mask & SEA_POLLHUP) || !sea_time_before(w->now, end->give_up)))
		finish(end);
	if (end->state == END_CONNECTING && !connected(end))
		return;
	if (end->state != END_OPEN)
		return;
	wake(w, &end->read_at);
	wake(w, &end->write_at);
	run_read(end);
	run_write(end);
	run_read(end);
	run_close(end);
}

sea_time sim_end_deadline(const struct sim_end *end)
{
	if (end->state == END_IDLE)
		return end->side ? SEA_TIME_NEVER : end->flow->spec.start;
	if (end->state == END_LINGERING)
		return end->give_up;
	if (end->state != END_OPEN)
		return SEA_TIME_NEVER;
	return sea_time_min(end->read_at, end->write_at);
}
