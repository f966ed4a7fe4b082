/* SPDX-License-Identifier: Apache-2.0 */
/* netdevice(7): what ioctls ask of IPv4's addresses. */
#include <errno.h>
#include <string.h>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "core/sock.h"
#include "ip/ifaddr.h"
#include "ip/ipv4_module.h"

/* -- SIOCGIFCONF -- */

struct list {
	uint8_t *at; /* NULL: they are counted */
	size_t room, len;
};

/* False: the list is full. */
static bool list_addr(struct list *list, const struct sea_ifaddr4 *addr)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ifreq ifr = { 0 };
	const char *label;

	if (list->at && list->room - list->len < sizeof(ifr))
		return false;
	memcpy(&in.sin_addr, addr->local.b, sizeof(in.sin_addr));
	memcpy(&ifr.ifr_addr, &in, sizeof(in));
	label = sea_ifaddr4_label(addr);
	memcpy(ifr.ifr_name, label, strnlen(label, sizeof(ifr.ifr_name) - 1));
	if (list->at)
		memcpy(list->at + list->len, &ifr, sizeof(ifr));
	list->len += sizeof(ifr);
	return true;
}

static void list_addrs(struct list *list, struct sea_stack *stack)
{
	struct sea_link *link = NULL;
	struct sea_list *node, *tmp;

	while ((link = sea_link_next(stack, link))) {
		SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
		if (!list_addr(list, sea_container(node, struct sea_ifaddr4, node)))
			return;
	}
}

static int get_list(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct list list = { .at = call->data };
	struct ifconf conf;
	int err = sea_ioctl_read(call, &conf, sizeof(conf));

	if (err)
		return err;
	if (call->data && conf.ifc_len > 0)
		list.room = (size_t)conf.ifc_len;
	if (list.room > call->data_len)
		return -EFAULT;
	list_addrs(&list, stack);
	conf.ifc_len = (int)list.len;
	call->data_written = list.at ? list.len : 0;
	return sea_ioctl_write(call, &conf, sizeof(conf));
}

/* -- which -- */

static int by_ipv4(struct sea_stack *stack, struct sea_ioctl *call)
{
	switch (call->request) {
	case SIOCGIFADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFDSTADDR:
		return sea_ipv4_ioctl_get_addr(stack, call);
	case SIOCSIFADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFDSTADDR:
		return sea_ipv4_ioctl_set_addr(stack, call);
	case SIOCSIFFLAGS:
		return sea_ipv4_ioctl_set_flags(stack, call);
	case SIOCADDRT:
	case SIOCDELRT:
		return sea_ipv4_ioctl_route(stack, call);
	case SIOCGARP:
	case SIOCSARP:
	case SIOCDARP:
		return sea_ipv4_ioctl_arp(stack, call);
	case SIOCRTMSG:
		return -EINVAL;
	case SIOCGIFPFLAGS: /* known, and never served (as on Linux) */
	case SIOCSIFPFLAGS:
		return call->arg ? -EINVAL : -EFAULT;
	default:
		return -ENOTTY;
	}
}

static int serve(struct sea_sock *sock, struct sea_ioctl *call)
{
	if (call->request == SIOCGIFCONF)
		return get_list(sock->stack, call);
	return sock->domain == AF_INET ? by_ipv4(sock->stack, call) : -ENOTTY;
}

const struct sea_ioctl_ops sea_ipv4_ioctl_ops = {
	.serve = serve,
};
