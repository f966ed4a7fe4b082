/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose text is made when they are opened. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

struct text {
	uint64_t len;
	char *at;
};

static int64_t text_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct text *text = file->own;
	int64_t n;

	if (*pos >= text->len || !uio->left)
		return 0;
	n = sea_uio_put(uio, text->at + *pos, text->len - *pos);
	*pos += n > 0 ? (uint64_t)n : 0;
	return n;
}

static int text_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	(void)file, (void)task, (void)wait;
	return POLLIN | POLLRDNORM;
}

static void text_release(struct sea_file *file)
{
	struct text *text = file->own;

	free(text->at);
	free(text);
}

static const struct sea_file_ops text_ops = {
	.read = text_read,
	.poll = text_poll,
	.release = text_release,
	.seekable = true,
};

int sea_text_open(struct sea_node *node, struct sea_task *task, struct sea_file *file)
{
	struct text *text = calloc(1, sizeof(*text));
	int64_t n;

	if (!text)
		return -ENOMEM;
	n = node->ops->text(node, task, &text->at);
	if (n < 0) {
		free(text);
		return (int)n;
	}
	text->len = (uint64_t)n;
	file->ops = &text_ops;
	file->own = text;
	return 0;
}
