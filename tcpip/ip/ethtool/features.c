/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ETHTOOL_MSG_FEATURES_GET and _SET: what a link takes over. Of lo what Linux says of its own, where super-segments go as
 * they are; of others what they were made with, beside what the stack always does.
 */
#include <errno.h>

#include <seastack/link.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "ip/ethtool/ethtool.h"

#define BIT(n) (UINT64_C(1) << (n))
#define FEATURES ETH_SS_FEATURES

/* Bits by the numbers of strings.def. */
#define SCATTER_GATHER BIT(0)
#define CSUM_GENERIC BIT(3)
#define HIGH_DMA BIT(5)
#define GSO BIT(11)
#define TSO4 BIT(16)
#define TSO6 BIT(20)
#define USO BIT(33)
#define RX_CSUM BIT(40)

/* Linux's loopback. */
#define LO_ACTIVE UINT64_C(0x0000052e401d4c69)
#define LO_FIXED BIT(10) /* no VLANs */

static const struct {
	uint32_t ours;
	uint64_t theirs;
} map[] = { { SEA_LINK_F_TX_CSUM, CSUM_GENERIC },
	    { SEA_LINK_F_TSO4, TSO4 },
	    { SEA_LINK_F_TSO6, TSO6 },
	    { SEA_LINK_F_USO, USO },
	    { SEA_LINK_F_RX_TRUSTED, RX_CSUM } };

static uint64_t theirs_of(uint32_t ours)
{
	uint64_t theirs = 0;

	for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		theirs |= ours & map[i].ours ? map[i].theirs : 0;
	return theirs;
}

static uint32_t ours_of(uint64_t theirs)
{
	uint32_t ours = 0;

	for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		ours |= theirs & map[i].theirs ? map[i].ours : 0;
	return ours;
}

static bool is_lo(const struct sea_link *link)
{
	return link->type == SEA_LINK_LOOPBACK;
}

uint64_t sea_ethtool_active(const struct sea_link *link)
{
	if (is_lo(link))
		return LO_ACTIVE;
	return SCATTER_GATHER | HIGH_DMA | GSO | theirs_of(link->features);
}

uint64_t sea_ethtool_changeable(const struct sea_link *link)
{
	return theirs_of(sea_link_features_changeable(link));
}

uint64_t sea_ethtool_wanted(const struct sea_link *link)
{
	return theirs_of(sea_link_features_changeable(link) & ~link->features_off);
}

uint64_t sea_ethtool_fixed(const struct sea_link *link)
{
	return is_lo(link) ? LO_FIXED : 0;
}

void sea_ethtool_want(struct sea_link *link, uint64_t valid, uint64_t wanted)
{
	uint32_t off = (link->features_off & ~ours_of(valid)) | ours_of(valid & ~wanted);

	if (sea_link_do_without(link, off))
		sea_ethtool_tell(link, &sea_ethtool_features, ETHTOOL_MSG_FEATURES_NTF);
}

/* -- shown -- */

static int has(const struct sea_ethtool_ask *ask)
{
	(void)ask;
	return 0;
}

static void put(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	const struct sea_link *link = ask->link;
	const uint64_t all = UINT64_MAX;
	bool compact = ask->flags & ETHTOOL_FLAG_COMPACT_BITSETS;

	sea_ethtool_put_set(out, ETHTOOL_A_FEATURES_HW, FEATURES, sea_ethtool_changeable(link),
			    &all, compact);
	sea_ethtool_put_set(out, ETHTOOL_A_FEATURES_WANTED, FEATURES, sea_ethtool_wanted(link),
			    NULL, compact);
	sea_ethtool_put_set(out, ETHTOOL_A_FEATURES_ACTIVE, FEATURES, sea_ethtool_active(link),
			    NULL, compact);
	sea_ethtool_put_set(out, ETHTOOL_A_FEATURES_NOCHANGE, FEATURES, sea_ethtool_fixed(link),
			    NULL, compact);
}

const struct sea_ethtool_view sea_ethtool_features = { .cmd = ETHTOOL_MSG_FEATURES_GET,
						       .reply = ETHTOOL_MSG_FEATURES_GET_REPLY,
						       .header = ETHTOOL_A_FEATURES_HEADER,
						       .room = 4096,
						       .has = has,
						       .put = put };

/* -- set -- */

/* What was asked, and is not so; what became other than it was. */
struct change {
	uint64_t wanted, unmet, active, changed;
	bool compact;
};

static void put_change(struct sea_nl_out *out, const void *arg)
{
	const struct change *c = arg;

	sea_ethtool_put_set(out, ETHTOOL_A_FEATURES_WANTED, FEATURES, c->wanted & c->unmet,
			    &c->unmet, c->compact);
	sea_ethtool_put_set(out, ETHTOOL_A_FEATURES_ACTIVE, FEATURES, c->active & c->changed,
			    &c->changed, c->compact);
}

int sea_ethtool_set(struct sea_genl_req *r, const struct sea_ethtool_ask *ask)
{
	struct sea_link *link = ask->link;
	struct change c = { .compact = ask->flags & ETHTOOL_FLAG_COMPACT_BITSETS };
	uint64_t mask, was = sea_ethtool_active(link);
	int err;

	err = sea_ethtool_read_set(&r->attrs[ETHTOOL_A_FEATURES_WANTED], FEATURES, &c.wanted, &mask,
				   ask->extack);
	if (err)
		return err;
	if (mask & ~SEA_ETHTOOL_FEATURES)
		return sea_nl_complain(ask->extack, -EINVAL,
				       "attempt to change non-ethtool features");
	sea_ethtool_want(link, mask & sea_ethtool_changeable(link), c.wanted);
	c.active = sea_ethtool_active(link);
	c.unmet = (c.wanted ^ c.active) & mask;
	c.changed = c.active ^ was;
	if (ask->flags & ETHTOOL_FLAG_OMIT_REPLY)
		return 0;
	return sea_ethtool_answer(r, link, ETHTOOL_MSG_FEATURES_SET_REPLY, put_change, &c);
}
