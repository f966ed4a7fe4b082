/* SPDX-License-Identifier: Apache-2.0 */
/* A host: a stack, its link, and the driver between the link and the segment. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/wrap.h>

#include "core/link.h"
#include "core/stack.h"
#include "tests/sim/sim.h"

#define TAKE_MAX SIM_LENT_MAX
#define RETRY_NS SEA_MSEC
/* Tables that have grown, counters of ports, neighbours and paths that are still remembered. */
#define IDLE_SLACK (512 * 1024)

/* -- life -- */

struct sockaddr_in sim_address(unsigned host, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	uint8_t b[4] = { 10, 0, 0, (uint8_t)(host + 1) };

	memcpy(&a.sin_addr, b, sizeof(b));
	return a;
}

static void add_link(struct sim_host *h, uint32_t features, uint32_t mtu)
{
	struct sim_world *w = h->world;
	struct sea_link_config config = {
		.size = sizeof(config), .name = "eth0", .mtu = mtu, .features = features
	};
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };

	memcpy(config.mac, h->mac, sizeof(config.mac));
	SIM_CHECK(w, sea_link_add(h->stack, &config, &h->link, w->now) == 0);
	SIM_CHECK(w, sea_link_set_up(h->link, true, w->now) == 0);
	addr.ifindex = h->link->ifindex;
	addr.local = sea_addr_v4(10, 0, 0, (uint8_t)(h->index + 1));
	SIM_CHECK(w, sea_ifaddr_add(h->stack, &addr, w->now) == 0);
}

void sim_host_new(struct sim_world *w, unsigned index, uint32_t features, uint32_t mtu)
{
	struct sim_host *h = &w->hosts[index];
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, (uint8_t)(index + 1) };
	struct sea_stack_config config = SEA_STACK_CONFIG_INIT;

	if (w->no_cache)
		config.cache_max = 0;
	h->index = index;
	memcpy(h->mac, mac, sizeof(mac));
	sim_env_init(&h->env, w, w->seed * SIM_HOSTS_MAX + index);
	SIM_CHECK(w, sea_stack_new(&config, &h->env.env, sea_modules_all, sea_modules_all_n,
				   &h->stack) == 0);
	sea_stack_advance(h->stack, w->now);
	add_link(h, features, mtu);
	h->held_idle = h->env.live_bytes + IDLE_SLACK;
	h->touched = true;
}

void sim_host_hold(struct sim_host *h)
{
	struct sea_fault_config config = { .size = sizeof(config), .seed = h->world->seed };
	struct sea_wrapper *fault;

	if (!h->hold_ns)
		return;
	config.rx.jitter_ns = config.tx.jitter_ns = h->hold_ns;
	SIM_CHECK(h->world, sea_wrap_fault(h->link, &config, &fault, h->world->now) == 0);
}

static void give_back(struct sim_host *h)
{
	for (unsigned i = 0; i < h->n_lent; i++)
		sea_pkt_done(h->lent[i]);
	h->n_lent = 0;
}

void sim_host_free(struct sim_host *h)
{
	if (!h->stack)
		return;
	give_back(h);
	sea_rx_chain_fini(&h->chain);
	sea_stack_free(h->stack);
	h->stack = NULL;
	SIM_CHECK(h->world, h->env.live == 0 && h->env.live_bytes == 0);
}

void sim_host_set_mac(struct sim_host *h, const uint8_t mac[6])
{
	memcpy(h->mac, mac, sizeof(h->mac));
	SIM_CHECK(h->world, sea_link_set_mac(h->link, mac, h->world->now) == 0);
	h->touched = true;
}

/* -- in -- */

static struct sea_pkt *through_chain(struct sim_host *h, const uint8_t *bytes, size_t len)
{
	struct iovec iov[SEA_RX_CHAIN_MAX];
	size_t done = 0;
	int n;

	if (sea_rx_chain_fill(&h->chain, h->link))
		return NULL;
	n = sea_rx_chain_iov(&h->chain, iov, SEA_RX_CHAIN_MAX);
	for (int i = 0; i < n && done < len; i++) {
		size_t part = iov[i].iov_len < len - done ? iov[i].iov_len : len - done;

		memcpy(iov[i].iov_base, bytes + done, part);
		done += part;
	}
	return done < len ? NULL : sea_rx_chain_take(&h->chain, len);
}

static struct sea_pkt *receive(struct sim_host *h, const struct sim_frame *f)
{
	struct sim_world *w = h->world;
	struct sea_pkt *pkt = w->chains ? through_chain(h, f->bytes, f->len)
					: sea_pkt_from_bytes(h->link, f->bytes, f->len);

	if (!pkt)
		return NULL;
	pkt->link = h->link;
	if (w->offload && sea_pkt_vnet_apply(pkt, f->vnet))
		sim_fail(w, "a virtio header of ours is refused");
	return pkt;
}

void sim_host_deliver(struct sim_host *h, struct sim_frame **frames, unsigned n)
{
	struct sea_pkt *pkts[64];
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++) {
		struct sea_pkt *pkt = receive(h, frames[i]);

		if (pkt)
			pkts[k++] = pkt;
	}
	sea_link_input(h->link, pkts, k, h->world->now);
	h->touched = true;
}

/* -- out -- */

/* What has left is part of the run's fingerprint. */
static void fingerprint(struct sim_world *w, unsigned from, const uint8_t *bytes, size_t len)
{
	uint64_t hash = w->hash ^ (uint64_t)w->now.ns ^ from;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	w->hash = hash ^ hash >> 29;
	w->n_frames++;
}

/* A device that finishes a frame is told where its headers are, and reads them there. */
static bool headers_stand_in_one(const struct sea_pkt *pkt)
{
	uint32_t end = (uint32_t)pkt->csum_start + pkt->csum_offset + 2u;

	return pkt->frags[0].off + pkt->frags[0].len >= end;
}

static void send_frame(struct sim_host *h, const struct sea_pkt *pkt)
{
	struct sim_world *w = h->world;
	static uint8_t bytes[SIM_FRAME_MAX];
	uint8_t vnet[SEA_VNET_HDR_LEN] = { 0 };
	size_t len = sea_pkt_len(pkt);

	SIM_CHECK(w, len >= 14 && len <= sizeof(bytes) && sea_pkt_read(pkt, 0, bytes, len));
	SIM_CHECK(w, pkt->csum_state != SEA_CSUM_PARTIAL || headers_stand_in_one(pkt));
	if (w->offload)
		sea_pkt_vnet_put(pkt, vnet);
	else
		SIM_CHECK(w, pkt->csum_state != SEA_CSUM_PARTIAL && !pkt->gso_type);
	fingerprint(w, h->index, bytes, len);
	sim_trace_frame(w, h->index, bytes, len);
	sim_wire_send(h, bytes, (uint32_t)len, vnet);
}

static void transmit_all(struct sim_host *h)
{
	struct sea_pkt *pkts[TAKE_MAX];
	struct sea_link *link;

	while ((link = sea_stack_next_tx(h->stack))) {
		unsigned n = sea_link_take_tx(link, pkts, TAKE_MAX, h->world->now);

		for (unsigned i = 0; i < n; i++) {
			send_frame(h, pkts[i]);
			sea_pkt_done(pkts[i]);
		}
	}
}

/* Few at a time, held until the wire is free; now and then the wire takes none of the last ones. */
static void transmit_paced(struct sim_host *h)
{
	struct sim_world *w = h->world;
	unsigned n, refused;

	if (h->n_lent || h->stalled) {
		if (sea_time_before(w->now, h->lent_until))
			return;
		give_back(h);
	}
	n = sea_link_take_tx(h->link, h->lent, (unsigned)sim_between(&w->rng, 1, 4), w->now);
	refused = n && sim_chance(&w->rng, 30000) ? (unsigned)sim_between(&w->rng, 1, n) : 0;
	h->n_lent = n - refused;
	for (unsigned i = 0; i < h->n_lent; i++)
		send_frame(h, h->lent[i]);
	h->stalled = refused;
	if (refused)
		sea_link_return_tx(h->link, h->lent + h->n_lent, refused);
	h->lent_until = sea_time_add(sim_wire_free_at(h), refused ? RETRY_NS : 1);
}

void sim_host_transmit(struct sim_host *h)
{
	if (h->paced)
		transmit_paced(h);
	else
		transmit_all(h);
}

sea_time sim_host_deadline(struct sim_host *h)
{
	sea_time at = sea_stack_deadline(h->stack);

	return h->n_lent || h->stalled ? sea_time_min(at, h->lent_until) : at;
}
