/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host is written out, made again from the bytes, written out again: the same bytes; then the copy
 * lives on in its place, with frames lost that stood in its transmit queue or in a wrapper.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/modules.h>
#include <seastack/save.h>

#include "core/link.h"
#include "core/stack.h"
#include "tests/sim/sim.h"

struct bytes {
	uint8_t *at;
	size_t len, size, read;
};

static int write_bytes(void *ctx, const void *from, size_t len)
{
	struct bytes *b = ctx;

	if (b->len + len > b->size) {
		b->size = 2 * (b->len + len);
		b->at = realloc(b->at, b->size);
		if (!b->at)
			return -ENOMEM;
	}
	if (len)
		memcpy(b->at + b->len, from, len);
	b->len += len;
	return 0;
}

static int read_bytes(void *ctx, void *to, size_t len)
{
	struct bytes *b = ctx;

	if (len > b->len - b->read)
		return -EIO;
	if (len)
		memcpy(to, b->at + b->read, len);
	b->read += len;
	return 0;
}

static void compare(struct sim_world *w, const struct bytes *a, const struct bytes *b)
{
	size_t i = 0;

	while (i < a->len && i < b->len && a->at[i] == b->at[i])
		i++;
	if (i < a->len || i < b->len)
		sim_fail(w, "saved, loaded and saved again: bytes differ from %zu on (%zu, %zu)", i,
			 a->len, b->len);
}

static void find_link(struct sim_nic *nic, unsigned i)
{
	const char name[] = { 'e', 't', 'h', (char)('0' + i), '\0' };

	nic->link = sea_link_by_name(nic->host->stack, name);
	SIM_CHECK(nic->host->world, nic->link);
	sim_nic_hold(nic);
}

void sim_restore(struct sim_host *h)
{
	struct sim_world *w = h->world;
	struct bytes first = { 0 }, second = { 0 };
	uint32_t fail_ppm = h->env.fail_ppm;
	struct sea_stack *copy;

	h->env.fail_ppm = 0;
	for (unsigned i = 0; i < h->n_nics; i++) {
		sim_nic_free(&h->nic[i]);
		h->nic[i].stalled = false;
	}
	SIM_CHECK(w, sea_stack_save(h->stack, write_bytes, &first) == 0);
	SIM_CHECK(w, sea_stack_load(NULL, &h->env.env, sea_modules_all, sea_modules_all_n, false,
				    read_bytes, &first, &copy) == 0);
	SIM_CHECK(w, first.read == first.len);
	SIM_CHECK(w, sea_stack_save(copy, write_bytes, &second) == 0);
	compare(w, &first, &second);
	sea_stack_free(h->stack);
	h->stack = copy;
	for (unsigned i = 0; i < h->n_nics; i++)
		find_link(&h->nic[i], i);
	h->env.fail_ppm = fail_ppm;
	h->touched = true;
	free(first.at);
	free(second.at);
}
