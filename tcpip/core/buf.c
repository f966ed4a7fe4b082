/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: reference-counted memory that packets are views of. */
#include "core/pkt.h"

static_assert(sizeof(struct sea_buf) <= SEA_BUF_OVERHEAD, "the header fits before the data");

struct sea_buf *sea_buf_new(struct sea_pool *pool, uint32_t cap)
{
	return sea_buf_make(pool, SEA_BUF_OVERHEAD + (size_t)cap);
}

struct sea_buf *sea_buf_new_foreign(struct sea_pool *pool, void *data, uint32_t cap,
				    void (*release)(struct sea_buf *, void *), void *ctx)
{
	struct sea_buf *buf = sea_pool_alloc(pool, sizeof(*buf));

	if (!buf)
		return NULL;
	*buf = (struct sea_buf){
		.refs = 1,
		.cap = cap,
		.data = data,
		.pool = pool,
		.release = release,
		.release_ctx = ctx,
	};
	pool->n_bufs++;
	return buf;
}

void sea_buf_put(struct sea_buf *buf)
{
	struct sea_pool *pool = buf->pool;

	SEA_ASSERT(pool->env, buf->refs > 0);
	if (--buf->refs)
		return;
	pool->n_bufs--;
	if (buf->release) {
		buf->release(buf, buf->release_ctx);
		sea_pool_free(pool, buf, sizeof(*buf));
	} else {
		sea_pool_free(pool, buf, SEA_BUF_OVERHEAD + (size_t)buf->cap);
	}
}
