/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses made of prefixes and interface identifiers; how long they live. */
#include "ip/slaac.h"

#include <errno.h>

#include "core/link_kind.h"
#include "ip/dad.h"
#include "ip/ifid.h"
#include "ip/ipv6.h"

#define TWO_HOURS_S 7200u

static const struct sea_ipaddr link_local_prefix = { { 0xfe, 0x80 } };

static bool is_stable_mode(const struct sea_link *link)
{
	int32_t mode = sea_link_ip6(link)->conf.addr_gen_mode;

	return mode == SEA_ADDR_GEN_STABLE || mode == SEA_ADDR_GEN_RANDOM;
}

/* -- identifiers -- */

/* The link's own secret, or the template's; one is drawn where there is none (mode RANDOM). */
static const uint8_t *secret_of(struct sea_link *link)
{
	struct sea_conf6 *conf = &sea_link_ip6(link)->conf;
	const struct sea_conf6 *dflt = &sea_ipv6_of(link->stack)->conf_default;

	if (!conf->stable_secret.set && dflt->stable_secret.set)
		return dflt->stable_secret.b;
	if (!conf->stable_secret.set) {
		struct sea_siphash_key key = sea_secret_key(&link->stack->shard.secret);

		memcpy(conf->stable_secret.b, &key, sizeof(conf->stable_secret.b));
		conf->stable_secret.set = true;
	}
	return conf->stable_secret.b;
}

/* The `counter`th address of the row that this prefix has on this link; moves *counter on (RFC 5453). */
static bool make_stable(struct sea_link *link, const uint8_t prefix[8], uint8_t *counter,
			struct sea_ipaddr *addr)
{
	struct sea_ifid_stable in = { .mac = sea_link_ip6(link)->first_mac,
				      .dad_counter = *counter };
	bool made;

	memcpy(in.secret, secret_of(link), sizeof(in.secret));
	memcpy(in.prefix, prefix, sizeof(in.prefix));
	memcpy(addr->b, prefix, 8);
	made = sea_ifid_stable(&in, addr->b + 8);
	*counter = in.dad_counter;
	return made;
}

void sea_slaac_eui64_link_local(const struct sea_link *link, struct sea_ipaddr *addr)
{
	*addr = link_local_prefix;
	sea_ifid_eui64(&link->mac, addr->b + 8);
}

/* -- making -- */

static uint32_t optimistic(const struct sea_link *link)
{
	bool router = sea_link_ip6(link)->conf.forwarding > 0;

	return !router && SEA_CONF6_OR(link, optimistic_dad) ? SEA_IFA_OPTIMISTIC : 0;
}

/* The first address of `like`'s prefix, as the link makes them. */
static bool name(struct sea_ifaddr6 *like)
{
	const struct sea_link_kind *kind = like->link->kind;
	const uint8_t *prefix = like->addr.b;

	if (kind && kind->own6)
		return kind->own6(like->link, like->addr.b + 8);
	if (!is_stable_mode(like->link)) {
		sea_ifid_eui64(&like->link->mac, like->addr.b + 8);
		return true;
	}
	like->flags |= SEA_IFA_STABLE_PRIVACY;
	return make_stable(like->link, prefix, &like->dad.counter, &like->addr);
}

/* An address of an advertised prefix, as somebody chose for the link, or as it makes them. */
static bool name_of_prefix(struct sea_ifaddr6 *like)
{
	static const uint8_t none[8];
	const uint8_t *token = sea_link_ip6(like->link)->token;

	like->tokenized = memcmp(token, none, sizeof(none)) != 0;
	if (!like->tokenized)
		return name(like);
	memcpy(like->addr.b + 8, token, 8);
	return true;
}

static bool drop_tokenized(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (!a->tokenized)
			continue;
		a->valid_s = a->preferred_s = 0; /* as it is told of (as on Linux) */
		sea_ifaddr6_drop(a);
		return true;
	}
	return false;
}

void sea_slaac_set_token(struct sea_link *link, const uint8_t token[8])
{
	static const uint8_t none[8];

	memcpy(sea_link_ip6(link)->token, token, 8);
	if (memcmp(token, none, sizeof(none)) != 0)
		sea_rs_again(link);
	while (drop_tokenized(link)) /* which takes others with it */
		;
}

static int add(const struct sea_ifaddr6 *like)
{
	struct sea_ifaddr6 *a = sea_ifaddr6_insert(like);
	int err = a ? sea_ifaddr6_start(a) : -ENOMEM;

	if (err && a)
		sea_ifaddr6_drop(a);
	return err;
}

void sea_slaac_next_stable(const struct sea_ifaddr6 *a)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(a->link->stack);
	struct sea_ifaddr6 like = *a, *next;

	if (a->dad.counter >= ip->sysctl.idgen_retries || a->dad.counter == UINT8_MAX)
		return;
	like.dad.counter++;
	like.flags = (a->flags & ~SEA_IFA_OPTIMISTIC) | SEA_IFA_TENTATIVE;
	like.valid_s = sea_ifaddr6_left_s(a, a->valid_s);
	like.preferred_s = sea_ifaddr6_left_s(a, a->preferred_s);
	if (!make_stable(a->link, a->addr.b, &like.dad.counter, &like.addr))
		return;
	next = sea_ifaddr6_insert(&like);
	if (next && sea_dad_start_later(next, ip->sysctl.idgen_delay * SEA_SEC))
		sea_ifaddr6_drop(next);
}

/* -- the link's own -- */

static int own_loopback(struct sea_link *link)
{
	const struct sea_ifaddr6 like = { .link = link,
					  .addr = { { [15] = 1 } },
					  .prefix_len = 128,
					  .flags = SEA_IFA_PERMANENT,
					  .valid_s = SEA_LIFETIME_INFINITE,
					  .preferred_s = SEA_LIFETIME_INFINITE,
					  .proto = SEA_IFAPROT_KERNEL_LO };

	return sea_ifaddr6_find(link, &like.addr) ? 0 : add(&like);
}

int sea_slaac_own(struct sea_link *link)
{
	struct sea_ifaddr6 like = { .link = link,
				    .addr = link_local_prefix,
				    .prefix_len = 64,
				    .flags = SEA_IFA_PERMANENT | SEA_IFA_TENTATIVE |
					     optimistic(link),
				    .valid_s = SEA_LIFETIME_INFINITE,
				    .preferred_s = SEA_LIFETIME_INFINITE,
				    .proto = SEA_IFAPROT_KERNEL_LL,
				    .has_prefix = true };

	if (link->type == SEA_LINK_LOOPBACK)
		return own_loopback(link);
	if ((link->type != SEA_LINK_ETHERNET && !(link->kind && link->kind->own6)) ||
	    sea_link_ip6(link)->conf.addr_gen_mode == SEA_ADDR_GEN_NONE || !name(&like))
		return 0;
	return sea_ifaddr6_find(link, &like.addr) ? 0 : add(&like);
}

/* -- prefixes -- */

/* The address that was made of this prefix, by whichever identifier. */
static struct sea_ifaddr6 *made_of(const struct sea_link *link, const struct sea_ifaddr6 *like)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (sea_ipaddr_equal(&a->addr, &like->addr))
			return a;
		/* Another of its row, which stands in for a duplicate. */
		if (like->flags & a->flags & SEA_IFA_STABLE_PRIVACY &&
		    a->proto == SEA_IFAPROT_KERNEL_RA && !memcmp(a->addr.b, like->addr.b, 8))
			return a;
	}
	return NULL;
}

static int32_t count_addrs(const struct sea_link *link)
{
	struct sea_list *node, *tmp;
	int32_t n = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	n++;
	return n;
}

/* RFC 4862 §5.5.3 d. A flood of prefixes ends at max_addresses. */
static bool make(struct sea_ifaddr6 *like)
{
	int32_t most = sea_link_ip6(like->link)->conf.max_addresses;
	struct sea_ifaddr6 *a;

	if (!like->valid_s)
		return true;
	if (most && count_addrs(like->link) >= most) {
		sea_stack_count(like->link->stack, SEA_MIB_SeaRaRefused);
		return false;
	}
	a = sea_ifaddr6_insert(like);
	if (a && sea_ifaddr6_start(a)) {
		sea_ifaddr6_drop(a);
		a = NULL;
	}
	if (a)
		sea_temp_follow(a, like->valid_s, like->preferred_s, true);
	else
		sea_stack_count(like->link->stack, SEA_MIB_SeaRaRefused);
	return a;
}

/*
 * RFC 4862 §5.5.3 e: an unauthenticated advertisement may not bring the end nearer than two hours;
 * but ra_honor_pio_life lets it.
 */
static uint32_t believed(const struct sea_ifaddr6 *a, uint32_t valid_s)
{
	uint32_t left = sea_ifaddr6_left_s(a, a->valid_s);
	uint32_t least = left < TWO_HOURS_S ? left : TWO_HOURS_S;

	if (sea_link_ip6(a->link)->conf.ra_honor_pio_life)
		return valid_s;
	return valid_s > least ? valid_s : least;
}

bool sea_slaac_prefix(struct sea_link *link, const struct sea_ndp_prefix *prefix)
{
	struct sea_ifaddr6 *a,
		like = { .link = link,
			 .prefix_len = 64,
			 .flags = SEA_IFA_TENTATIVE | SEA_IFA_MANAGETEMPADDR | optimistic(link),
			 .valid_s = prefix->valid_s,
			 .preferred_s = prefix->preferred_s,
			 .proto = SEA_IFAPROT_KERNEL_RA };
	uint32_t valid_s;

	if (prefix->prefix_len != 64 || !link->framing->resolves)
		return false;
	memcpy(like.addr.b, prefix->prefix, 8);
	if (!name_of_prefix(&like))
		return false;
	a = made_of(link, &like);
	if (!a)
		return make(&like);
	if (a->flags & SEA_IFA_PERMANENT && a->proto != SEA_IFAPROT_KERNEL_RA)
		return true; /* configured: not an advertisement's to end */
	valid_s = believed(a, prefix->valid_s);
	sea_ifaddr6_renew(a, valid_s, prefix->preferred_s);
	sea_temp_follow(a, valid_s, prefix->preferred_s, false);
	return true;
}
