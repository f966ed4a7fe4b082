/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers from the stack to the wire: coalescing (where the kernel does not do it), faults, capture:
 * what a capture shows is what the wire saw.
 */
#include <errno.h>
#include <stdio.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/stack.h>

#include "tools/cli/say.h"
#include "tools/host/device.h"
#include "tools/host/link.h"
#include "tools/host/routes.h"

static int wrap(struct sea_host_link *link, sea_time now)
{
	const struct sea_link_spec *spec = link->spec;
	int err = 0;

	if (spec->faulty)
		err = sea_wrap_fault(link->link, &spec->fault, &link->fault, now);
	if (err)
		return sea_say_failed("cannot prepare the link %s: %s", spec->device,
				      sea_say_errno(err));
	if (!spec->capture)
		return SEA_EXIT_OK;
	err = sea_capture_file_open(&link->capture, link->link, spec->capture, spec->capture_limit,
				    now);
	if (err)
		return sea_say_failed("cannot capture to %s: %s", spec->capture,
				      sea_say_errno(err));
	return SEA_EXIT_OK;
}

/* A stack without IPv6 takes no advice anyway. */
static int take_no_advice(const struct sea_host_link *link, struct sea_stack *stack, sea_time now)
{
	static const char *const names[] = { "accept_ra", "autoconf" };
	char name[SEA_SYSCTL_NAME_MAX];

	for (size_t i = 0; link->spec->no_autoconf && i < sizeof(names) / sizeof(names[0]); i++) {
		int err;

		snprintf(name, sizeof(name), "net.ipv6.conf.%s.%s", link->spec->device, names[i]);
		err = sea_sysctl_set(stack, name, "0", now);
		if (err && err != -ENOENT)
			return sea_say_failed("cannot set %s: %s", name, sea_say_errno(err));
	}
	return SEA_EXIT_OK;
}

int sea_host_link_open(struct sea_host_link *link, const struct sea_link_spec *spec,
		       struct sea_stack *stack, sea_time now)
{
	struct sea_link_info info = { .size = sizeof(info) };
	int status = sea_host_device_open(spec, stack, &link->port, now);

	if (status)
		return status;
	link->spec = spec;
	link->link = sea_port_link(link->port);
	sea_link_info(link->link, &info);
	link->ifindex = info.ifindex;
	status = take_no_advice(link, stack, now);
	return status ? status : wrap(link, now);
}

static int add_addr(const struct sea_host_link *link, struct sea_stack *stack,
		    const struct sea_prefix *prefix, sea_time now)
{
	struct sea_ifaddr addr = {
		.size = sizeof(addr),
		.ifindex = link->ifindex,
		.local = prefix->addr,
		.prefix_len = prefix->len,
	};
	int err = sea_ifaddr_add(stack, &addr, now);
	char text[SEA_ADDR_TEXT_MAX];

	if (!err)
		return SEA_EXIT_OK;
	sea_addr_text(&addr.local, text);
	if (err == -EEXIST)
		return sea_say_failed("%s has the address %s twice", link->spec->device, text);
	return sea_say_failed("cannot use the address %s/%u: %s", text, prefix->len,
			      sea_say_errno(err));
}

int sea_host_link_up(struct sea_host_link *link, struct sea_stack *stack, sea_time now)
{
	int err = sea_link_set_up(link->link, true, now), status = SEA_EXIT_OK;

	if (err)
		return sea_say_failed("cannot bring the link %s up: %s", link->spec->device,
				      sea_say_errno(err));
	for (unsigned i = 0; i < link->spec->addrs && !status; i++)
		status = add_addr(link, stack, &link->spec->addr[i], now);
	return status;
}

int sea_host_link_gateways(struct sea_host_link *link, struct sea_stack *stack, sea_time now)
{
	int status = SEA_EXIT_OK;

	for (int i = 0; i < 2 && !status; i++) {
		if (link->spec->gateway[i].family)
			status = sea_host_add_gateway(stack, &link->spec->gateway[i], link->ifindex,
						      link->spec->device, now);
	}
	return status;
}

void sea_host_link_drain(struct sea_host_link *link, sea_time now)
{
	sea_capture_file_drain(&link->capture, now);
}

void sea_host_link_close(struct sea_host_link *link, sea_time now)
{
	if (!link->port)
		return;
	sea_capture_file_close(&link->capture, now);
	sea_port_close(link->port, now);
	*link = (struct sea_host_link){ 0 };
}
