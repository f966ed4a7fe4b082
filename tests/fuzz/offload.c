/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames with hostile virtio headers, cut and coalesced. Input: one byte of options, then frames,
 * each a 16-bit length, a virtio header and that many bytes (the last as many as there are).
 *
 * What holds: a header that is believed describes the frame, so that it comes out of our own header
 * again; segments are no longer than they may be and together carry the payload; nothing is lost in
 * coalescing, and no memory (the stack's pool asserts that).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/gso.h"
#include "core/link.h"
#include "core/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPT_TRUSTED = 1, OPT_TUN = 2, OPT_SCALAR = 4 };

#define FRAMES_MAX 64

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void *alloc(void *ctx, size_t size, size_t align)
{
	(void)ctx;
	return aligned_alloc(align, (size + align - 1) / align * align);
}

static void release(void *ctx, void *mem, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	(void)align;
	free(mem);
}

static int secret(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 1, len);
	return 0;
}

static SEA_NORETURN void panic(void *ctx, const char *what, const char *file, int line)
{
	(void)ctx;
	(void)what;
	(void)file;
	(void)line;
	abort();
}

/* -- what comes out of the link -- */

static void cut(struct sea_stack *stack, struct sea_pkt *pkt)
{
	uint32_t size = pkt->gso_size, hdr, payload;
	struct sea_gso_view view;
	struct sea_pktq out;

	check(sea_gso_view(pkt, (uint32_t)(pkt->off_net - sea_pkt_offset(pkt)), &view));
	hdr = view.data;
	payload = view.end - view.data;
	sea_pktq_init(&out);
	check(sea_gso_segment(stack, pkt, &out));
	while ((pkt = sea_pktq_pop(&out))) {
		check(pkt->len > hdr && pkt->len <= hdr + size);
		check(pkt->csum_state == SEA_CSUM_NONE && pkt->gso_type == SEA_GSO_NONE);
		payload -= pkt->len - hdr;
		sea_pkt_free(pkt);
	}
	check(payload == 0);
}

static void arrive(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_pkt_unpull(pkt, (uint32_t)(sea_pkt_offset(pkt) - pkt->off_link));
	if (pkt->gso_type == SEA_GSO_NONE)
		sea_pkt_free(pkt);
	else
		cut(stack, pkt);
}

static const struct sea_net_proto ipv4 = { .ethertype = SEA_ETHERTYPE_IPV4, .input = arrive };
static const struct sea_net_proto ipv6 = { .ethertype = SEA_ETHERTYPE_IPV6, .input = arrive };

/* -- what goes in -- */

static void check_header(struct sea_pkt *pkt)
{
	uint8_t hdr[SEA_VNET_HDR_LEN];
	uint8_t gso_type = pkt->gso_type, csum_state = pkt->csum_state;
	uint16_t start = pkt->csum_start, offset = pkt->csum_offset, size = pkt->gso_size;

	if (csum_state != SEA_CSUM_PARTIAL)
		return;
	sea_pkt_vnet_put(pkt, hdr);
	check(sea_pkt_vnet_apply(pkt, hdr) == 0);
	check(pkt->gso_type == gso_type && pkt->gso_size == size);
	check(pkt->csum_state == csum_state && pkt->csum_start == start);
	check(pkt->csum_offset == offset);
}

static struct sea_pkt *receive(struct sea_link *link, const uint8_t *bytes, size_t len)
{
	struct sea_rx_chain chain = { 0 };
	struct iovec iov[SEA_RX_CHAIN_MAX];
	struct sea_pkt *pkt;
	size_t done = 0;
	int n;

	check(sea_rx_chain_fill(&chain, link) == 0);
	n = sea_rx_chain_iov(&chain, iov, SEA_RX_CHAIN_MAX);
	for (int i = 0; i < n; i++) {
		size_t part = len - done < iov[i].iov_len ? len - done : iov[i].iov_len;

		memcpy(iov[i].iov_base, bytes + done, part);
		done += part;
	}
	pkt = sea_rx_chain_take(&chain, done);
	sea_rx_chain_fini(&chain);
	return pkt;
}

static void input(struct sea_link *link, const uint8_t *data, size_t size)
{
	struct sea_pkt *batch[FRAMES_MAX];
	unsigned n = 0;

	while (n < FRAMES_MAX && size > 2 + SEA_VNET_HDR_LEN) {
		size_t len = (size_t)(data[0] << 8 | data[1]);
		const uint8_t *hdr = data + 2;

		data += 2 + SEA_VNET_HDR_LEN;
		size -= 2 + SEA_VNET_HDR_LEN;
		len = len && len < size ? len : size;
		batch[n] = receive(link, data, len);
		data += len;
		size -= len;
		if (sea_pkt_vnet_apply(batch[n], hdr)) {
			sea_link_reject(link, batch[n], SEA_DROP_LINK_VNET_HDR, SEA_TIME_ZERO);
			continue;
		}
		check_header(batch[n++]);
	}
	sea_link_input(link, batch, n, SEA_TIME_ZERO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sea_env env = {
		.size = sizeof(env),
		.alloc = alloc,
		.free = release,
		.secret = secret,
		.panic = panic,
	};
	uint8_t options = size ? data[0] : 0;
	const struct sea_stack_config config = { .size = sizeof(config),
						 .scalar_only = options & OPT_SCALAR };
	const struct sea_link_config link_config = {
		.size = sizeof(link_config),
		.name = "fuzz0",
		.type = options & OPT_TUN ? SEA_LINK_IP : SEA_LINK_ETHERNET,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.features = SEA_LINK_F_RX_GSO | (options & OPT_TRUSTED ? SEA_LINK_F_RX_TRUSTED : 0),
	};
	struct sea_wrapper *gro;
	struct sea_stack *stack;
	struct sea_link *link;

	check(sea_stack_new(&config, &env, NULL, 0, &stack) == 0);
	sea_stack_add_net_proto(stack, &ipv4);
	sea_stack_add_net_proto(stack, &ipv6);
	check(sea_link_add(stack, &link_config, &link, SEA_TIME_ZERO) == 0);
	check(sea_link_set_up(link, true, SEA_TIME_ZERO) == 0);
	check(sea_wrap_gro(link, &gro, SEA_TIME_ZERO) == 0);
	if (size)
		input(link, data + 1, size - 1);
	sea_stack_free(stack);
	return 0;
}
