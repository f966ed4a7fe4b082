/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_GETNSID: numbers of other networks. A stack knows none and gives none, as a namespace that nobody has moved a link out
 * of; `ip netns` and `ip monitor` ask of each network that this machine has.
 */
#include <errno.h>
#include <string.h>

#include <linux/net_namespace.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"

static const struct sea_nl_policy policy[NETNSA_MAX + 1] = {
	[NETNSA_NSID] = { .type = SEA_NL_S32 },
	[NETNSA_PID] = { .type = SEA_NL_U32 },
	[NETNSA_FD] = { .type = SEA_NL_U32 },
	[NETNSA_TARGET_NSID] = { .type = SEA_NL_S32 },
};

static int get(struct sea_nl_req *req)
{
	const int32_t none = NETNSA_NSID_NOT_ASSIGNED;
	struct sea_nl_attr tb[NETNSA_MAX + 1];
	uint8_t bytes[64] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	struct rtgenmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, NETNSA_MAX, policy,
				 req->strict ? SEA_NL_DEPRECATED_STRICT : SEA_NL_LIBERAL);

	if (err)
		return err;
	if (req->strict && (tb[NETNSA_NONE].value || tb[NETNSA_CURRENT_NSID].value))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Unsupported attribute in peer netns getid request");
	if (!tb[NETNSA_PID].value && !tb[NETNSA_FD].value && tb[NETNSA_NSID].value)
		return sea_nl_complain_of(req->extack, -ENOENT, &tb[NETNSA_NSID],
					  "Peer netns reference is invalid");
	if (!tb[NETNSA_PID].value && !tb[NETNSA_FD].value)
		return sea_nl_complain(req->extack, -EINVAL, "Peer netns reference is missing");
	if (tb[NETNSA_TARGET_NSID].value)
		return sea_nl_complain_of(req->extack, -EINVAL, &tb[NETNSA_TARGET_NSID],
					  "Target netns reference is invalid");
	hdr.rtgen_family = AF_UNSPEC;
	sea_nl_begin(&out, req->from_port, req->hdr.nlmsg_seq, RTM_NEWNSID, 0, &hdr, sizeof(hdr));
	sea_nl_put(&out, NETNSA_NSID, &none, sizeof(none));
	return sea_nl_end(&out) ? sea_nl_answer(req, &out) : -EMSGSIZE;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	(void)d;
	(void)out;
	return 0;
}

const struct sea_nl_kind sea_rtnl_nsid_kinds[] = {
	{ .type = RTM_GETNSID, .family = AF_UNSPEC, .doit = get, .dump = dump },
};
const unsigned sea_rtnl_nsid_kinds_n = sizeof(sea_rtnl_nsid_kinds) / sizeof(sea_rtnl_nsid_kinds[0]);
