/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The full list of modules, in an object of its own: who links statically and names modules one by
 * one does not get this, and so not the others.
 */
#include <seastack/modules.h>

const struct sea_module *const sea_modules_all[] = {
	&sea_ipv4,
	&sea_ipv6,
	&sea_ping,
	&sea_tcp,
	&sea_udp,
	&sea_qdiscs,
	&sea_link_kinds,
	&sea_netlink,
	&sea_rtnetlink,
	&sea_sock_diag,
	&sea_generic_netlink,
	&sea_ethtool_netlink,
	&sea_tcp_metrics_netlink,
};
const size_t sea_modules_all_n = sizeof(sea_modules_all) / sizeof(sea_modules_all[0]);
