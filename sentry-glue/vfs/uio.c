/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

void *sea_uio_window(struct sea_uio *uio, size_t *len, bool write)
{
	struct sea_task *task = uio->task;
	void *at;

	if (*len > uio->left)
		*len = uio->left;
	if (uio->kernel) {
		at = uio->kernel;
		uio->kernel += *len;
		uio->left -= *len;
		return at;
	}
	while (uio->n && !uio->vec->len) {
		uio->vec++;
		uio->n--;
	}
	if (!uio->n)
		return NULL;
	if (*len > uio->vec->len)
		*len = uio->vec->len;
	at = sea_mm_window(task->mm, task->vcpu, uio->vec->addr, len, write);
	if (!at)
		return NULL;
	uio->vec->addr += *len;
	uio->vec->len -= *len;
	uio->left -= *len;
	return at;
}

static int64_t copy(struct sea_uio *uio, char *ours, uint64_t len, bool put)
{
	uint64_t done = 0;

	if (len > uio->left)
		len = uio->left;
	while (done < len) {
		size_t n = len - done;
		void *at = sea_uio_window(uio, &n, put);

		if (!at)
			return done ? (int64_t)done : -EFAULT;
		memcpy(put ? at : ours + done, put ? ours + done : at, n);
		done += n;
	}
	return (int64_t)done;
}

int64_t sea_uio_put(struct sea_uio *uio, const void *from, uint64_t len)
{
	return copy(uio, (char *)(uintptr_t)from, len, true);
}

int64_t sea_uio_get(struct sea_uio *uio, void *to, uint64_t len)
{
	return copy(uio, to, len, false);
}
