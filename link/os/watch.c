/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is there anybody at the other end? The kernel tells a netlink socket whenever an interface of its
 * namespace changes; the port's device is then asked how it is itself, so that what was told, in which
 * order and whether all of it arrived does not matter.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/link.h"
#include "link/os/port.h"

/* News read at a time; for what is left the descriptor stays readable. */
#define NEWS_MAX 64

int sea_port_watch_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int sea_port_watch_fd(const struct sea_port *port)
{
	return port->watch_fd;
}

/* ENOBUFS: some were lost; others may be behind. */
static void read_news(int fd)
{
	uint8_t scrap[16];

	for (int i = 0; i < NEWS_MAX; i++) {
		if (recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT) < 0 && errno != ENOBUFS)
			return;
	}
}

int sea_port_look(struct sea_port *port, sea_time now)
{
	int on = port->ops->carrier(port);

	if (port->link->carrier != (on > 0))
		sea_link_set_carrier(port->link, on > 0, now);
	return on < 0 ? on : 0;
}

int sea_port_watch(struct sea_port *port, sea_time now)
{
	read_news(port->watch_fd);
	return sea_port_look(port, now);
}
