/* SPDX-License-Identifier: Apache-2.0 */
/* A link of a host, and the driver between it and its segment. */
#include <errno.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/wrap.h>

#include "core/link.h"
#include "core/stack.h"
#include "tests/sim/sim.h"

#define TAKE_MAX SIM_LENT_MAX
#define RETRY_NS SEA_MSEC

/* -- life -- */

struct sea_addr sim_nic_address(const struct sim_nic *nic, bool ipv6)
{
	struct sea_addr addr = { .family = SEA_AF_INET6, .b = { 0xfd } };

	addr.b[7] = (uint8_t)nic->segment;
	addr.b[15] = (uint8_t)(nic->host->index + 1);
	if (ipv6)
		return addr;
	return sea_addr_v4(10, (uint8_t)nic->segment, 0, (uint8_t)(nic->host->index + 1));
}

void sim_nic_add_address6(struct sim_nic *nic)
{
	struct sim_host *h = nic->host;
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .ifindex = nic->link->ifindex,
				   .local = sim_nic_address(nic, true),
				   .prefix_len = 64,
				   .flags = SEA_IFA_NODAD };
	int err = sea_ifaddr_add(h->stack, &addr, h->world->now);

	SIM_CHECK(h->world, err == 0 || err == -EEXIST);
}

static void add_link(struct sim_nic *nic, uint32_t features, uint32_t mtu)
{
	struct sim_host *h = nic->host;
	struct sim_world *w = h->world;
	char name[] = "eth0";
	struct sea_link_config config = {
		.size = sizeof(config), .name = name, .mtu = mtu, .features = features
	};
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };

	name[3] = (char)('0' + (nic - h->nic));
	memcpy(config.mac, nic->mac, sizeof(config.mac));
	SIM_CHECK(w, sea_link_add(h->stack, &config, &nic->link, w->now) == 0);
	SIM_CHECK(w, sea_link_set_up(nic->link, true, w->now) == 0);
	addr.ifindex = nic->link->ifindex;
	addr.local = sim_nic_address(nic, false);
	SIM_CHECK(w, sea_ifaddr_add(h->stack, &addr, w->now) == 0);
	if (w->ipv6)
		sim_nic_add_address6(nic);
}

struct sim_nic *sim_nic_new(struct sim_host *h, unsigned segment, uint32_t features, uint32_t mtu)
{
	struct sim_world *w = h->world;
	unsigned i = h->n_nics++;
	const uint8_t mac[6] = { 2, 0, 0, (uint8_t)i, 0, (uint8_t)(h->index + 1) };
	struct sim_nic *nic = &h->nic[i];
	size_t before = h->env.live_bytes;

	SIM_CHECK(w, i < SIM_NICS_MAX && w->n_ports < SIM_PORTS_MAX);
	SIM_CHECK(w, segment < SIM_SEGMENTS_MAX);
	nic->host = h;
	nic->segment = segment;
	nic->port = w->n_ports;
	w->ports[w->n_ports++] = nic;
	memcpy(nic->mac, mac, sizeof(mac));
	add_link(nic, features, mtu);
	h->held_idle += h->env.live_bytes - before;
	return nic;
}

void sim_nic_hold(struct sim_nic *nic)
{
	struct sim_host *h = nic->host;
	struct sea_fault_config config = { .size = sizeof(config), .seed = h->world->seed };
	struct sea_wrapper *fault;

	if (!h->hold_ns)
		return;
	config.rx.jitter_ns = config.tx.jitter_ns = h->hold_ns;
	SIM_CHECK(h->world, sea_wrap_fault(nic->link, &config, &fault, h->world->now) == 0);
}

void sim_nic_give_back(struct sim_nic *nic)
{
	for (unsigned i = 0; i < nic->n_lent; i++)
		sea_pkt_done(nic->lent[i]);
	nic->n_lent = 0;
}

void sim_nic_free(struct sim_nic *nic)
{
	sim_nic_give_back(nic);
	sea_rx_chain_fini(&nic->chain);
}

void sim_nic_set_mac(struct sim_nic *nic, const uint8_t mac[6])
{
	struct sim_world *w = nic->host->world;

	memcpy(nic->mac, mac, sizeof(nic->mac));
	SIM_CHECK(w, sea_link_set_mac(nic->link, mac, w->now) == 0);
	nic->host->touched = true;
}

/* -- in -- */

static struct sea_pkt *through_chain(struct sim_nic *nic, const uint8_t *bytes, size_t len)
{
	struct iovec iov[SEA_RX_CHAIN_MAX];
	size_t done = 0;
	int n;

	if (sea_rx_chain_fill(&nic->chain, nic->link))
		return NULL;
	n = sea_rx_chain_iov(&nic->chain, iov, SEA_RX_CHAIN_MAX);
	for (int i = 0; i < n && done < len; i++) {
		size_t part = iov[i].iov_len < len - done ? iov[i].iov_len : len - done;

		memcpy(iov[i].iov_base, bytes + done, part);
		done += part;
	}
	return done < len ? NULL : sea_rx_chain_take(&nic->chain, len);
}

static struct sea_pkt *receive(struct sim_nic *nic, const struct sim_frame *f)
{
	struct sim_world *w = nic->host->world;
	struct sea_pkt *pkt = w->chains ? through_chain(nic, f->bytes, f->len)
					: sea_pkt_from_bytes(nic->link, f->bytes, f->len);

	if (!pkt)
		return NULL;
	pkt->link = nic->link;
	if (w->offload && sea_pkt_vnet_apply(pkt, f->vnet))
		sim_fail(w, "a virtio header of ours is refused");
	return pkt;
}

void sim_nic_deliver(struct sim_nic *nic, struct sim_frame **frames, unsigned n)
{
	struct sea_pkt *pkts[64];
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++) {
		struct sea_pkt *pkt = receive(nic, frames[i]);

		if (pkt)
			pkts[k++] = pkt;
	}
	sea_link_input(nic->link, pkts, k, nic->host->world->now);
	nic->host->touched = true;
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

static void send_frame(struct sim_nic *nic, const struct sea_pkt *pkt)
{
	struct sim_world *w = nic->host->world;
	static uint8_t bytes[SIM_FRAME_MAX];
	uint8_t vnet[SEA_VNET_HDR_LEN] = { 0 };
	size_t len = sea_pkt_len(pkt);

	SIM_CHECK(w, len >= 14 && len <= sizeof(bytes) && sea_pkt_read(pkt, 0, bytes, len));
	SIM_CHECK(w, pkt->csum_state != SEA_CSUM_PARTIAL || headers_stand_in_one(pkt));
	if (w->offload)
		sea_pkt_vnet_put(pkt, vnet);
	else
		SIM_CHECK(w, pkt->csum_state != SEA_CSUM_PARTIAL && !pkt->gso_type);
	fingerprint(w, nic->port, bytes, len);
	sim_trace_frame(w, nic->port, bytes, len);
	sim_wire_send(nic, bytes, (uint32_t)len, vnet);
}

void sim_nic_transmit(struct sim_nic *nic)
{
	struct sea_pkt *pkts[TAKE_MAX];
	unsigned n = sea_link_take_tx(nic->link, pkts, TAKE_MAX, nic->host->world->now);

	for (unsigned i = 0; i < n; i++) {
		send_frame(nic, pkts[i]);
		sea_pkt_done(pkts[i]);
	}
}

void sim_nic_transmit_paced(struct sim_nic *nic)
{
	struct sim_world *w = nic->host->world;
	unsigned n, refused;

	if (nic->n_lent || nic->stalled) {
		if (sea_time_before(w->now, nic->lent_until))
			return;
		sim_nic_give_back(nic);
	}
	n = sea_link_take_tx(nic->link, nic->lent, (unsigned)sim_between(&w->rng, 1, 4), w->now);
	refused = n && sim_chance(&w->rng, 30000) ? (unsigned)sim_between(&w->rng, 1, n) : 0;
	nic->n_lent = n - refused;
	for (unsigned i = 0; i < nic->n_lent; i++)
		send_frame(nic, nic->lent[i]);
	nic->stalled = refused;
	if (refused)
		sea_link_return_tx(nic->link, nic->lent + nic->n_lent, refused);
	nic->lent_until = sea_time_add(sim_wire_free_at(nic), refused ? RETRY_NS : 1);
}
