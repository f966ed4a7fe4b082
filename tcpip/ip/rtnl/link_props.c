/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWLINKPROP and RTM_DELLINKPROP: alternative names of a link. */
#include <errno.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"

static int change_name(struct sea_nl_req *req, struct sea_link *link, const struct sea_nl_attr *a)
{
	char name[SEA_ALTNAME_MAX + 1];

	if (a->len > SEA_ALTNAME_MAX + 1)
		return -ERANGE;
	sea_nl_text(a, name, sizeof(name));
	return req->hdr.nlmsg_type == RTM_NEWLINKPROP ? sea_link_altname_add(link, name)
						      : sea_link_altname_del(link, name);
}

/* Those that were done stay so where one fails, and nobody is told of them (as on Linux). */
static int change_names(struct sea_nl_req *req, struct sea_link *link,
			const struct sea_nl_attr *list)
{
	struct sea_nl_attr a;
	bool changed = false;
	uint32_t at = 0;
	int err = 0;

	while (!err && sea_nl_next(list->value, list->len, &at, &a)) {
		if (a.type != IFLA_ALT_IFNAME)
			continue;
		err = change_name(req, link, &a);
		changed |= !err;
	}
	if (changed && !err)
		sea_link_tell_running(link);
	return err;
}

static int change_props(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[SEA_IFLA_MAX + 1];
	struct ifinfomsg hdr;
	struct sea_link *link;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_IFLA_MAX, sea_rtnl_link_policy,
				 SEA_NL_STRICT);

	if (err)
		return err;
	if (hdr.ifi_index > 0)
		link = sea_link_by_index(req->stack, hdr.ifi_index);
	else if (tb[IFLA_IFNAME].value || tb[IFLA_ALT_IFNAME].value)
		link = sea_rtnl_link_by_attrs(req->stack, tb);
	else
		return -EINVAL;
	if (!link)
		return -ENODEV;
	return tb[IFLA_PROP_LIST].value ? change_names(req, link, &tb[IFLA_PROP_LIST]) : 0;
}

int sea_rtnl_new_linkprop(struct sea_nl_req *req)
{
	return change_props(req);
}

int sea_rtnl_del_linkprop(struct sea_nl_req *req)
{
	return change_props(req);
}
