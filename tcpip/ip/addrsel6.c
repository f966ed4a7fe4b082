/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of RFC 6724 §5 as scores. Rule 5.5 (a next hop's own prefixes) is none of Linux's. */
#include "ip/addrsel6.h"

#include <string.h>

#include "ip/in6.h"

typedef int rule_fn(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src);

/* Rule 1: the destination itself. */
static int same_address(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	return memcmp(src->addr, sel->dst, sizeof(sel->dst)) == 0;
}

/* Rule 2: the smallest scope that reaches; of those that do not, the largest. */
static int scope(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	int s = sea_in6_scope(src->addr);

	return s >= sel->scope ? -s : s - 128;
}

/* Rule 3: not what is about to go, and (RFC 4429 §3.1) not what may prove to be another's. */
static int preferred(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	uint32_t avoid = SEA_IFA_DEPRECATED | (src->use_optimistic ? 0 : SEA_IFA_OPTIMISTIC);

	(void)sel;
	return !(src->flags & avoid);
}

/* Rule 4: a home address, unless a care-of address is asked for. */
static int home(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	bool want_home = !(sel->prefs & SEA_PREFER_SRC_COA);

	return !!(src->flags & SEA_IFA_HOMEADDRESS) == want_home;
}

/* Rule 5: of the link it goes out of. */
static int outgoing(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	return !sel->oif || sel->oif == src->ifindex;
}

/* Rule 6: of the same kind, as the policy table sees it. */
static int same_label(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	return sea_addrlabel_of(sel->labels, src->addr, src->ifindex) == sel->label;
}

/* Rule 7: temporary or not, as the socket says, else as the link's use_tempaddr. */
static int privacy(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	bool want = src->prefer_temporary;

	if (sel->prefs & (SEA_PREFER_SRC_TMP | SEA_PREFER_SRC_PUBLIC))
		want = sel->prefs & SEA_PREFER_SRC_TMP;
	return !!(src->flags & SEA_IFA_TEMPORARY) == want;
}

/* 2001:10::/28 (RFC 4843) names hosts, not places: only among themselves. */
static bool is_orchid(const uint8_t a[16])
{
	static const uint8_t orchid[16] = { 0x20, 0x01, 0x00, 0x10 };

	return sea_in6_same_prefix(a, orchid, 28);
}

static int orchid(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	return is_orchid(src->addr) == is_orchid(sel->dst);
}

/* Rule 8: the longest matching prefix, as far as the address's own prefix goes. */
static int longest_match(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	unsigned common = sea_in6_common(src->addr, sel->dst);

	return (int)(common < src->prefix_len ? common : src->prefix_len);
}

/* At last, what is sure before what is not. */
static int sure(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *src)
{
	(void)sel;
	return !(src->flags & SEA_IFA_OPTIMISTIC);
}

static rule_fn *const rules[] = { same_address, scope,   preferred, home,          outgoing,
				  same_label,   privacy, orchid,    longest_match, sure };

void sea_addrsel6_init(struct sea_addrsel6 *sel, const struct sea_addrlabels *labels,
		       const uint8_t dst[16], int oif, uint8_t prefs)
{
	*sel = (struct sea_addrsel6){ .labels = labels,
				      .scope = sea_in6_scope(dst),
				      .prefs = prefs,
				      .oif = oif,
				      .label = sea_addrlabel_of(labels, dst, oif) };
	memcpy(sel->dst, dst, sizeof(sel->dst));
}

bool sea_addrsel6_better(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *a,
			 const struct sea_addrsel6_src *b)
{
	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int difference = rules[i](sel, a) - rules[i](sel, b);

		if (difference)
			return difference > 0;
	}
	return false;
}
