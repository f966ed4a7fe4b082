/* SPDX-License-Identifier: Apache-2.0 */
/* Decides when a program is told that it has the memory of its MSG_ZEROCOPY calls back, and of which at once. */
#include "transport/zerocopy.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/save.h"
#include "transport/errq.h"

#define RANGES_MAX (1u << 16)

/* Of one socket; sock->more->zerocopy. */
struct zc_socket {
	struct sea_sock_attached attached;
	struct sea_sock *sock;
	uint32_t next_id;
	struct sea_list out; /* sea_zc.node, the oldest first */
};

struct sea_zc {
	struct sea_list node;
	struct zc_socket *of; /* NULL: the program has closed the socket */
	struct sea_pool *pool;
	struct sea_pkt *note; /* of the error queue, made in advance */
	uint32_t id, n;       /* calls [id, id + n) */
	uint32_t bytes, refs;
	bool copied;
	struct sea_list pieces; /* piece.node */
};

/* One piece of memory and whom it counts for. */
struct piece {
	struct sea_list node;
	struct sea_zc *zc;
	struct sea_buf *buf;
	void *own; /* the copy of the program's memory; NULL: none */
};

/* -- one socket's -- */

static void forget(struct sea_zc *zc)
{
	sea_list_remove(&zc->node);
	zc->of = NULL;
}

static void free_socket(struct sea_sock *sock)
{
	struct zc_socket *s = sea_container(sock->more->zerocopy, struct zc_socket, attached);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &s->out)
	forget(sea_container(node, struct sea_zc, node));
	sea_sock_more_edit(sock)->zerocopy = NULL;
	sea_pool_free(&sock->stack->shard.pool, s, sizeof(*s));
}

static struct zc_socket *socket_of(struct sea_sock *sock)
{
	struct sea_sock_more *more = sea_sock_more_edit(sock);
	struct zc_socket *s;

	if (!more)
		return NULL;
	if (more->zerocopy)
		return sea_container(more->zerocopy, struct zc_socket, attached);
	s = sea_pool_zalloc(&sock->stack->shard.pool, sizeof(*s));
	if (!s)
		return NULL;
	s->attached.free = free_socket;
	s->sock = sock;
	sea_list_init(&s->out);
	more->zerocopy = &s->attached;
	return s;
}

int sea_zc_set(struct sea_sock *sock, int on)
{
	struct sea_sock_more *more;

	if (sock->protocol != IPPROTO_TCP && sock->protocol != IPPROTO_UDP)
		return -EOPNOTSUPP;
	if (on < 0 || on > 1)
		return -EINVAL;
	if (on == sock->more->zerocopy_on)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->zerocopy_on = on;
	return 0;
}

/* -- calls -- */

static struct sea_zc *make(struct sea_sock *sock, struct zc_socket *s)
{
	struct sea_pool *pool = &sock->stack->shard.pool;
	struct sea_sock_more *more = sea_sock_more_edit(sock);
	struct sea_zc *zc;

	if (more->optmem > sock->stack->sysctl.optmem_max - SEA_ZC_OPTMEM_LEAST)
		return NULL;
	zc = sea_pool_zalloc(pool, sizeof(*zc));
	if (!zc)
		return NULL;
	zc->note = sea_errq_make(sock);
	if (!zc->note) {
		sea_pool_free(pool, zc, sizeof(*zc));
		return NULL;
	}
	more->optmem += SEA_ZC_OPTMEM;
	zc->of = s;
	zc->pool = pool;
	zc->id = s->next_id;
	sea_list_init(&zc->pieces);
	sea_list_push_back(&s->out, &zc->node);
	return zc;
}

int sea_zc_begin(struct sea_sock *sock, bool join, uint32_t size, struct sea_zc **out, bool *joined)
{
	struct zc_socket *s = socket_of(sock);
	struct sea_list *last = s ? sea_list_last(&s->out) : NULL;
	struct sea_zc *zc = join && last ? sea_container(last, struct sea_zc, node) : NULL;

	if (!s)
		return -ENOBUFS;
	/* One that came between may be done already. */
	if (zc && (zc->id + zc->n != s->next_id || size > SEA_ZC_JOIN_MAX ||
		   zc->bytes > SEA_ZC_JOIN_MAX - size))
		zc = NULL;
	*joined = zc;
	if (!zc)
		zc = make(sock, s);
	if (!zc)
		return -ENOBUFS;
	s->next_id++;
	zc->n++;
	zc->bytes += size;
	zc->refs++;
	*out = zc;
	return 0;
}

static void tell(struct sea_zc *zc)
{
	struct sea_sock *sock = zc->of->sock;

	sea_errq_zerocopy(sock, zc->note, zc->id, zc->id + zc->n - 1, zc->copied);
}

static void put(struct sea_zc *zc)
{
	if (--zc->refs)
		return;
	if (zc->of && zc->n) {
		tell(zc);
	} else {
		if (zc->of)
			sea_sock_more_edit(zc->of->sock)->optmem -= SEA_ZC_OPTMEM;
		sea_pkt_free(zc->note);
	}
	sea_list_remove(&zc->node);
	sea_pool_free(zc->pool, zc, sizeof(*zc));
}

void sea_zc_end(struct sea_zc *zc, bool used)
{
	if (!used) {
		zc->n--;
		if (zc->of)
			zc->of->next_id--;
	}
	put(zc);
}

/* -- pieces -- */

static void release(struct sea_buf *buf, void *ctx)
{
	struct piece *p = ctx;
	struct sea_zc *zc = p->zc;

	zc->copied |= buf->copied;
	sea_list_remove(&p->node);
	if (p->own)
		sea_pool_free(buf->pool, p->own, buf->cap);
	sea_pool_free(buf->pool, p, sizeof(*p));
	put(zc);
}

static struct sea_buf *add_piece(struct sea_zc *zc, struct sea_pool *pool, void *bytes,
				 uint32_t len)
{
	struct piece *p = sea_pool_zalloc(pool, sizeof(*p));

	if (!p)
		return NULL;
	p->zc = zc;
	p->buf = sea_buf_new_foreign(pool, bytes, len, release, p);
	if (!p->buf) {
		sea_pool_free(pool, p, sizeof(*p));
		return NULL;
	}
	sea_list_push_back(&zc->pieces, &p->node);
	zc->refs++;
	return p->buf;
}

struct sea_buf *sea_zc_lend(struct sea_zc *zc, struct sea_pool *pool, const void *bytes,
			    uint32_t len)
{
	return add_piece(zc, pool, (void *)(uintptr_t)bytes, len); /* which nobody writes to */
}

static void gather(const struct msghdr *msg, uint8_t *to, uint32_t len)
{
	for (size_t i = 0; len; i++) {
		size_t n = msg->msg_iov[i].iov_len < len ? msg->msg_iov[i].iov_len : len;

		if (n)
			memcpy(to, msg->msg_iov[i].iov_base, n);
		to += n;
		len -= (uint32_t)n;
	}
}

struct sea_buf *sea_zc_copy(struct sea_zc *zc, struct sea_pool *pool, const struct msghdr *msg,
			    uint32_t len)
{
	void *own = sea_pool_alloc(pool, len);
	struct sea_buf *buf = own ? add_piece(zc, pool, own, len) : NULL;

	if (!buf) {
		if (own)
			sea_pool_free(pool, own, len);
		return NULL;
	}
	gather(msg, own, len);
	((struct piece *)buf->release_ctx)->own = own;
	return buf;
}

/* -- the end of a socket -- */

/* Whatever refers to the buffer finds the copy from now on. */
static bool copy_piece(struct piece *p)
{
	struct sea_buf *buf = p->buf;

	if (p->own || !buf->cap)
		return true;
	p->own = sea_pool_alloc(buf->pool, buf->cap);
	if (!p->own)
		return false;
	memcpy(p->own, buf->data, buf->cap);
	buf->data = p->own;
	buf->copied = true;
	return true;
}

int sea_zc_recall(struct sea_sock *sock)
{
	struct zc_socket *s;
	struct sea_list *call, *next, *node, *tmp;

	if (!sock->more->zerocopy)
		return 0;
	s = sea_container(sock->more->zerocopy, struct zc_socket, attached);
	SEA_LIST_EACH(call, next, &s->out)
	{
		SEA_LIST_EACH(node, tmp, &sea_container(call, struct sea_zc, node)->pieces)
		if (!copy_piece(sea_container(node, struct piece, node)))
			return -ENOMEM;
	}
	return 0;
}

/* -- save, load -- */

void sea_zc_save(struct sea_saver *to, const struct sea_sock *sock)
{
	const struct zc_socket *s;
	struct sea_list *node, *tmp;

	sea_save_u8(to, sock->more->zerocopy != NULL);
	if (!sock->more->zerocopy)
		return;
	s = sea_container(sock->more->zerocopy, struct zc_socket, attached);
	sea_save_u32(to, s->next_id);
	SEA_LIST_EACH(node, tmp, &s->out)
	{
		const struct sea_zc *zc = sea_container(node, struct sea_zc, node);

		sea_save_u8(to, 1);
		sea_save_u32(to, zc->id);
		sea_save_u32(to, zc->n);
	}
	sea_save_u8(to, 0);
}

/* Its bytes went into the snapshot, which is a copy. */
static void load_range(struct sea_loader *from, struct sea_sock *sock)
{
	uint32_t id = sea_load_u32(from), n = sea_load_u32(from);
	struct sea_pkt *note = from->err ? NULL : sea_errq_make(sock);

	if (note && n)
		sea_errq_zerocopy(sock, note, id, id + n - 1, true);
	else if (note)
		sea_pkt_free(note);
	if (!note || !n)
		sea_load_fail(from, note ? -EINVAL : -ENOMEM);
}

void sea_zc_load(struct sea_loader *from, struct sea_sock *sock)
{
	struct zc_socket *s;

	if (!sea_load_u8(from))
		return;
	s = socket_of(sock);
	if (!s) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	s->next_id = sea_load_u32(from);
	for (uint32_t i = 0; sea_load_u8(from) && !from->err; i++) {
		if (i == RANGES_MAX)
			sea_load_fail(from, -EINVAL);
		load_range(from, sock);
	}
}
