/* SPDX-License-Identifier: Apache-2.0 */
/* A host: a stack with its memory and its links. */
#include <netinet/in.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/modules.h>

#include "core/stack.h"
#include "tests/sim/sim.h"

/* Tables that have grown, counters of ports, neighbours and paths that are still remembered. */
#define IDLE_SLACK (512 * 1024)
/* Between the seeds of two worlds; hosts beyond share them with those of the next, which harms nobody. */
#define SEED_STRIDE 4

static struct sim_name name_of(bool ipv6, const uint8_t *addr, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sim_name name = { .len = ipv6 ? sizeof(in6) : sizeof(in) };

	memcpy(&in.sin_addr, addr, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, addr, sizeof(in6.sin6_addr));
	if (ipv6)
		memcpy(&name.at, &in6, sizeof(in6));
	else
		memcpy(&name.at, &in, sizeof(in));
	return name;
}

struct sim_name sim_address(const struct sim_host *h, bool ipv6, uint16_t port)
{
	struct sea_addr addr = sim_nic_address(&h->nic[0], ipv6);

	return name_of(ipv6, addr.b, port);
}

struct sim_name sim_any(const struct sim_world *w, uint16_t port)
{
	static const uint8_t any[16];

	return name_of(w->ipv6, any, port);
}

void sim_host_new(struct sim_world *w, unsigned index)
{
	struct sim_host *h = &w->hosts[index];
	struct sea_stack_config config = SEA_STACK_CONFIG_INIT;

	if (w->no_cache)
		config.cache_max = 0;
	h->index = index;
	sim_env_init(&h->env, w, w->seed * SEED_STRIDE + index);
	SIM_CHECK(w, sea_stack_new(&config, &h->env.env, sea_modules_all, sea_modules_all_n,
				   &h->stack) == 0);
	sea_stack_advance(h->stack, w->now);
	h->held_idle = h->env.live_bytes + IDLE_SLACK;
	h->touched = true;
}

void sim_host_free(struct sim_host *h)
{
	if (!h->stack)
		return;
	for (unsigned i = 0; i < h->n_nics; i++)
		sim_nic_free(&h->nic[i]);
	sea_stack_free(h->stack);
	h->stack = NULL;
	SIM_CHECK(h->world, h->env.live == 0 && h->env.live_bytes == 0);
}

static struct sim_nic *nic_of(struct sim_host *h, const struct sea_link *link)
{
	unsigned i = 0;

	while (i < h->n_nics && h->nic[i].link != link)
		i++;
	SIM_CHECK(h->world, i < h->n_nics);
	return &h->nic[i];
}

void sim_host_transmit(struct sim_host *h)
{
	struct sea_link *link;

	for (unsigned i = 0; h->paced && i < h->n_nics; i++)
		sim_nic_transmit_paced(&h->nic[i]);
	while (!h->paced && (link = sea_stack_next_tx(h->stack)))
		sim_nic_transmit(nic_of(h, link));
}

sea_time sim_host_deadline(struct sim_host *h)
{
	sea_time at = sea_stack_deadline(h->stack);

	for (unsigned i = 0; i < h->n_nics; i++) {
		if (h->nic[i].n_lent || h->nic[i].stalled)
			at = sea_time_min(at, h->nic[i].lent_until);
	}
	return at;
}
